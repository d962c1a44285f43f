# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A throw-away MariaDB on 127.0.0.1 that offers TLS.
# shellcheck disable=SC2154 # bench/run sets the folder
# shellcheck disable=SC2034 # the version is for the report

readonly mariadb_port_first=33306 mariadb_ports=50 mariadb_start_s=60
mariadb_pid=
mariadb_port=

make_certificate() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -keyout "$work/server-key.pem" -out "$work/server-cert.pem" 2>"$work/openssl.log" || die "openssl failed"
}

mariadb_root() {
  mariadb --no-defaults --user=root --socket="$work/mariadb.sock" --batch --skip-column-names "$@"
}

mariadb_answers() {
  kill -0 "$mariadb_pid" 2>/dev/null || die "mariadbd ended: $(tail -n 1 "$work/mariadb.log")"
  mariadb_root -e 'SELECT 1' >"$work/mariadb-answer" 2>&1
}

# Nobody answers on it: bash opens the connection.
port_is_free() {
  ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

start_mariadb() {
  say "a MariaDB server"
  make_certificate
  local user
  user=$(id -un)
  mariadb-install-db --no-defaults --datadir="$work/mariadb" --user="$user" --skip-test-db \
    --auth-root-authentication-method=normal >"$work/mariadb-install.log" 2>&1 || die "mariadb-install-db failed"
  mariadb_port=$mariadb_port_first
  until port_is_free "$mariadb_port"; do
    ((++mariadb_port < mariadb_port_first + mariadb_ports)) || die "no free port"
  done
  local -a command=(mariadbd --no-defaults --user="$user" --datadir="$work/mariadb" --port="$mariadb_port"
    --bind-address=127.0.0.1 --socket="$work/mariadb.sock" --pid-file="$work/mariadb.pid"
    --ssl-cert="$work/server-cert.pem" --ssl-key="$work/server-key.pem")
  remember "${command[@]}"
  "${command[@]}" >"$work/mariadb.log" 2>&1 &
  mariadb_pid=$!
  children+=("$mariadb_pid")
  wait_until "$mariadb_start_s" mariadb_answers || die "mariadbd does not answer"
  # Anonymous users would win over the account for logins from this machine.
  mariadb_root -e "DELETE FROM mysql.global_priv WHERE User = ''; FLUSH PRIVILEGES;
    CREATE USER bench@'%' IDENTIFIED BY 'bench'; GRANT ALL ON *.* TO bench@'%'"
  mariadb_version=$(mariadb_root -e 'SELECT VERSION()')
}

stop_mariadb() {
  kill -TERM "$mariadb_pid"
  wait "$mariadb_pid" || true
}
