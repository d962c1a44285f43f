# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A throw-away MariaDB or Oracle MySQL on 127.0.0.1, with everything at its default but what is needed to live in a
# folder. One at a time.
# shellcheck disable=SC2154 # bench/run sets the folders

readonly server_port_first=33306 server_ports=50 server_start_s=60
server_pid=
server_port=

server_root() {
  mariadb --no-defaults --user=root --socket="$work/server.sock" --batch --skip-column-names "$@"
}

server_answers() {
  kill -0 "$server_pid" 2>/dev/null || die "the server ended: $(tail -n 1 "$work/server.log")"
  server_root -e 'SELECT 1' >"$work/server-answer" 2>&1
}

# Nobody answers on it: bash opens the connection.
port_is_free() {
  ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

engine_name() {
  if [[ $1 == mysql ]]; then echo "Oracle MySQL"; else echo MariaDB; fi
}

# The engines that this machine has: Oracle's is where the tests have put it.
available_engines() {
  echo mariadb
  if [[ -x $oracle_mysql/mysqld ]]; then echo mysql; fi
}

# install_server ENGINE - a new data folder, and what starts it in `command`.
install_server() {
  local user
  user=$(id -un)
  rm -rf "$work/server"
  if [[ $1 == mysql ]]; then
    cp -r "$oracle_mysql/data" "$work/server"
    command=("$oracle_mysql/mysqld" --mysqlx=0 --secure-file-priv= --local-infile=1)
  else
    mariadb-install-db --no-defaults --datadir="$work/server" --user="$user" --skip-test-db \
      --auth-root-authentication-method=normal >"$work/server-install.log" 2>&1 || die "mariadb-install-db failed"
    command=(mariadbd --no-defaults)
  fi
  command+=(--user="$user" --datadir="$work/server" --port="$server_port" --bind-address=127.0.0.1
    --socket="$work/server.sock" --pid-file="$work/server.pid")
}

# start_server ENGINE [OPTION...] - mariadb or mysql; the account `bench` has no password.
start_server() {
  local -a command
  say "a $(engine_name "$1") server"
  server_port=$server_port_first
  until port_is_free "$server_port"; do
    ((++server_port < server_port_first + server_ports)) || die "no free port"
  done
  install_server "$1"
  command+=("${@:2}")
  remember "${command[@]}"
  "${command[@]}" >"$work/server.log" 2>&1 &
  server_pid=$!
  children+=("$server_pid")
  wait_until "$server_start_s" server_answers || die "the server does not answer"
  # Anonymous users would win over the account for logins from this machine.
  if [[ $1 == mariadb ]]; then server_root -e "DELETE FROM mysql.global_priv WHERE User = ''; FLUSH PRIVILEGES"; fi
  server_root -e "CREATE USER bench@'%'; GRANT ALL ON *.* TO bench@'%'"
  record "version_$1" "$(server_root -e "SELECT REPLACE(VERSION(), ' ', '')")"
}

stop_server() {
  kill -TERM "$server_pid"
  wait "$server_pid" || true
}

# table_bytes DATABASE [TABLE] - of the files that hold it, with its indexes and all its partitions.
table_bytes() {
  find "$work/server/$1" -type f \( -name "${2:-*}.ibd" -o -iname "${2:-*}#p#*.ibd" \) -printf '%s\n' |
    awk '{ bytes += $1 } END { printf "%.0f\n", bytes }'
}

# table_pages_bytes DATABASE TABLE - of the pages in use, by the server's word.
table_pages_bytes() {
  local fresh=
  if [[ $(server_root -e "SELECT VERSION()") != *MariaDB* ]]; then fresh="SET SESSION information_schema_stats_expiry = 0;"; fi
  server_root -e "ANALYZE TABLE $1.$2" >"$work/answer"
  server_root -e "$fresh SELECT DATA_LENGTH + INDEX_LENGTH FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = '$1' AND TABLE_NAME = '$2'"
}

# record_table_sizes PREFIX DATABASE SAMPLES
record_table_sizes() {
  local table
  record "$1database_mb" "$(ratio "$(table_bytes "$2")" 1 1e6)"
  record "$1database_bytes_per_sample" "$(ratio "$(table_bytes "$2")" "$3")"
  for table in samples samples_1m samples_1h; do
    record "$1${table}_bytes_per_sample" "$(ratio "$(table_bytes "$2" "$table")" "$3")"
  done
  record "$1pages_bytes_per_sample" "$(ratio "$(table_pages_bytes "$2" samples)" "$3")"
}
