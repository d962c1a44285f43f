#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# get_systemd_root.bash DIR - a small Debian 12 with systemd as init, in a folder of its own, for the tests that
# boot it as a container.
#
# It holds what the package depends on, MariaDB's server with a unit of ours, and apt's lists, so that the tests need
# no network. DIR/var/lib/dpkg/status.minimal tells what was installed before all that, DIR/root/made_by is this
# script as it was. Needs root. Takes about 60 s and 400 MB.
set -euo pipefail
# shellcheck source=tests/support/debian_packages.bash
. "$(dirname "${BASH_SOURCE[0]}")/debian_packages.bash"

readonly libraries=(
  adduser libcurl4 libfmt9 libinih1 libmariadb3 libmicrohttpd12 libsmartcols1 libspdlog1.10 libsqlite3-0
  libsystemd0 libxxhash0
)
readonly tools=(
  libfuse3-3 # fuse_server
  mariadb-server-core mariadb-client-core sqlite3 curl
)
target=$(realpath -m "$1")
readonly target part="$target.part" # a half-made folder is never taken for a whole one

in_root() {
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 chroot "$part" "$@"
}

# Small, fast and the same on each machine; what makes a service start is the tests' business.
prepare() {
  printf '127.0.0.1 localhost\n' >"$part/etc/hosts"
  printf 'caretaker-test\n' >"$part/etc/hostname"
  mkdir -p "$part"/etc/{apt/apt.conf.d,dpkg/dpkg.cfg.d}
  printf 'APT::Install-Recommends "false";\nAPT::Sandbox::User "root";\nAcquire::Languages "none";\n' \
    >"$part/etc/apt/apt.conf.d/50caretaker-tests"
  printf 'force-unsafe-io\n' >"$part/etc/dpkg/dpkg.cfg.d/50caretaker-tests"
  cp "$part/var/lib/dpkg/status" "$part/var/lib/dpkg/status.minimal"
}

# Until a test enables them: no service that waits for hardware, a network or a user.
quiet() {
  in_root systemd-machine-id-setup # else each boot is a first boot
  local unit
  for unit in systemd-networkd systemd-resolved systemd-timesyncd apt-daily.timer apt-daily-upgrade.timer \
    dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap fstrim.timer getty@tty1 console-getty; do
    in_root systemctl mask --quiet "$unit" || true
  done
}

add_mariadb() {
  in_root useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin mysql
  in_root mariadb-install-db --no-defaults --datadir=/var/lib/mysql --user=mysql \
    --auth-root-authentication-method=normal --force --skip-test-db # --force: no look-up of names
  cat >"$part/etc/systemd/system/mariadb.service" <<'END_OF_UNIT'
[Unit]
Description=MariaDB for the tests

[Service]
Type=notify
User=mysql
RuntimeDirectory=mysqld
ExecStart=/usr/sbin/mariadbd --no-defaults --datadir=/var/lib/mysql --socket=/run/mysqld/mysqld.sock \
  --bind-address=127.0.0.1 --innodb-buffer-pool-size=16M --innodb-log-file-size=8M --innodb-flush-method=fsync
Restart=on-failure
TimeoutStartSec=90

[Install]
WantedBy=multi-user.target
END_OF_UNIT
}

((EUID == 0)) || die "making a Debian needs root"
rm -rf "$part"
debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus bookworm "$part" "$(mirror)"
prepare
in_root apt-get -q update
in_root apt-get -q install -y "${libraries[@]}" "${tools[@]}"
in_root apt-get clean
add_mariadb
quiet
cp "${BASH_SOURCE[0]}" "$part/root/made_by"
rm -rf "$target"
mv -T "$part" "$target"
