#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# get_oracle_mysql.bash DIR - Oracle's MySQL server and client library for the tests, in a folder of its own.
#
# Debian 12 has only MariaDB; Debian's development version has both. Its packages are unpacked into DIR, nothing
# is installed, no root is needed. DIR/mysqld starts the server with the libraries that came with it, DIR/data is
# an initialised data directory to copy. Takes about 10 s and 500 MB.
set -euo pipefail
# shellcheck source=tests/support/debian_packages.bash
. "$(dirname "${BASH_SOURCE[0]}")/debian_packages.bash"

readonly packages=(mysql-server-core libmysqlclient-dev)
readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg
target=$(realpath -m "$1")
readonly target part="$target.part" # a half-made folder is never taken for a whole one

# apt-get with a state of its own: nothing is installed yet, and the machine's sources do not count.
private_apt() {
  apt-get -q -o Dir::State="$part/apt" -o Dir::State::status="$part/apt/status" -o Dir::Cache="$part/apt" \
    -o Dir::Etc::SourceList="$part/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Check-Valid-Until=false "$@"
}

unpack() {
  local from
  from=$(mirror)
  mkdir -p "$part"/apt/{lists,archives}/partial
  : >"$part/apt/status"
  printf 'deb [signed-by=%s] %s sid main\n' "$keyring" "$from" >"$part/apt/sources.list"
  private_apt update
  private_apt install -y --no-install-recommends --download-only "${packages[@]}"
  local package
  for package in "$part"/apt/archives/*.deb; do
    dpkg-deb -x "$package" "$part"
  done
  rm -rf "$part/apt"
}

# Oracle's server needs a newer C library than this machine has.
write_starter() {
  local -a loaders=("$part"/usr/lib/*/ld-linux-*.so.*)
  local loader=${loaders[0]#"$part/"}
  cat >"$part/mysqld" <<END_OF_STARTER
#!/bin/sh
here=\$(dirname "\$(realpath "\$0")")
exec "\$here/$loader" --library-path "\$here/$(dirname "$loader")" "\$here/usr/sbin/mysqld" \\
  --no-defaults --basedir="\$here/usr" "\$@"
END_OF_STARTER
  chmod 755 "$part/mysqld"
}

initialise() {
  local -a as_root=()
  if ((EUID == 0)); then as_root=(--user=root); fi # it refuses without
  "$part/mysqld" --initialize-insecure --datadir="$part/data" --innodb-redo-log-capacity=8M "${as_root[@]}"
}

rm -rf "$part"
unpack
write_starter
initialise
mv -T "$part" "$target"
