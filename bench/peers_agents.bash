# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The agents that are compared: how each is started, what it has taken, what can be asked for, what is on disk.
# shellcheck disable=SC2034,SC2154 # for and from bench/run and the other parts
#
# An agent NAME is the functions NAME_start, NAME_values (how many so far; or NAME_rate, how many per second),
# NAME_points (points of the last $peer_points_s seconds of one metric that it answers with, where it answers) and
# NAME_newest (after kill -9: when the newest value on disk is from, in seconds; nothing where there is none).
# A start sets peer_pid by peer_run, and helper_pid where something else must run beside it.

readonly peer_agents=(caretaker caretaker_mysql node_exporter collectd netdata zabbix psutil)
declare -rA peer_titles=([caretaker]="Caretaker" [caretaker_mysql]="Caretaker, MySQL" [node_exporter]="node_exporter"
  [collectd]="collectd, csv" [netdata]="Netdata, RAM mode" [zabbix]="Zabbix agent" [psutil]="psutil + PyMySQL")
declare -rA peer_does=(
  [caretaker]="its default jobs into its local store"
  [caretaker_mysql]="the same, and delivery to MariaDB every 10 s"
  [node_exporter]="the default collectors of Debian's package, scraped once per second by one \`curl\` over one connection, without compression"
  [collectd]="plugins cpu, memory, disk, df, interface and load into CSV files"
  [netdata]="\`memory mode = ram\`; of its plugins only proc (no file systems), without health, machine learning and self-monitoring"
  [zabbix]="passive checks of @KEYS@ items once per second, a connection per item; those of file systems start a process each (active checks need a Zabbix server)"
  [psutil]="\`bench/peers/psutil_agent.py\`: a row of 8 values over a new connection"
)
declare -rA peer_history=(
  [caretaker]="SQL (SQLite)" [caretaker_mysql]="SQL (SQLite, MySQL)" [node_exporter]="PromQL needs a Prometheus"
  [collectd]="no, CSV files to read" [netdata]="HTTP API, of what RAM holds" [zabbix]="needs a Zabbix server"
  [psutil]="SQL (MySQL)"
)
declare -rA peer_beside=([caretaker_mysql]="MariaDB" [node_exporter]="\`curl\`, in place of a Prometheus"
  [zabbix]="\`bench/peers/ask_zabbix.py\`, in place of a Zabbix server" [psutil]="MariaDB")
readonly peer_points_s=10 psutil_columns=8
declare -rA peer_points_more_s=([caretaker_mysql]=$flush_s) # what is in the server is up to one flush behind
readonly peer_port_first=32101 # below the range of outgoing connections; Zabbix takes none above 32767

# peer_run COMMAND... - in the agent's folder and a session of its own, by which all its processes are found.
peer_run() {
  remember "$@"
  (cd "$peer_dir" && exec setsid "$@") >"$work/peer.out" 2>&1 &
  peer_pid=$!
  sessions+=("$peer_pid")
}

# peer_helper_run OUTPUT COMMAND...
peer_helper_run() {
  local out=$1
  shift
  remember "$@"
  setsid "$@" >"$out" 2>"$out.err" &
  helper_pid=$!
  helper_kind=session
  sessions+=("$helper_pid")
}

# peer_takes_port - a free one into peer_port.
peer_takes_port() {
  peer_port=$peer_port_first
  until port_is_free "$peer_port"; do
    ((++peer_port < peer_port_first + server_ports)) || die "no free port"
  done
}

# The newest file that an agent has left in its folder, logs and pid files aside.
newest_file() {
  find "$peer_dir" -type f -size +0 ! -name '*.log' ! -name '*.pid' ! -name '*.conf' ! -name 'keys' -printf '%T@\n' |
    sort -g | tail -n 1
}

caretaker_start() {
  rm -f "$work/caretaker.db"*
  write_config caretaker local
  peer_run "$build/caretakerd" --config "$work/caretaker.ini"
}

caretaker_values() {
  counter caretaker collected
}

# store_points NAME
store_points() {
  sqlite3 -readonly "$work/$1.db" "SELECT count(*) FROM metrics WHERE metric = 'load1'
    AND time_ms >= ($(date +%s) - $peer_points_s) * 1000"
}

caretaker_points() {
  store_points caretaker
}

# A copy is asked: what a killed process has left in the journal of the store is found by recovery, which writes.
caretaker_newest() {
  rm -f "$work/copy.db"*
  local suffix
  for suffix in "" -wal; do cp "$work/$peer_agent.db$suffix" "$work/copy.db$suffix"; done
  sqlite3 "$work/copy.db" "SELECT max(time_ms) / 1e3 FROM metrics WHERE metric = 'load1'"
}

caretaker_mysql_start() {
  rm -f "$work/caretaker_mysql.db"*
  server_root -e "DROP DATABASE IF EXISTS bench_mysql"
  write_config caretaker_mysql mysql
  peer_run "$build/caretakerd" --config "$work/caretaker_mysql.ini"
  helper_pid=$server_pid
  helper_kind=process
}

caretaker_mysql_values() {
  counter caretaker_mysql collected
}

caretaker_mysql_points() {
  server_root bench_mysql -e "SELECT count(*) FROM system_monitor
    WHERE timestamp >= UTC_TIMESTAMP() - INTERVAL $((peer_points_s + peer_points_more_s[caretaker_mysql])) SECOND"
}

caretaker_mysql_newest() {
  caretaker_newest
}

node_exporter_start() {
  peer_takes_port
  mkdir "$peer_dir/textfile"
  peer_run "$peers/usr/bin/prometheus-node-exporter" "--web.listen-address=127.0.0.1:$peer_port" \
    "--collector.textfile.directory=$peer_dir/textfile"
  wait_for_agent curl -sf -o "$work/answer" "http://127.0.0.1:$peer_port/" || return
  peer_helper_run "$work/scrapes" stdbuf -oL curl -s -N --rate 1/s -o /dev/null -w '%{http_code}\n' \
    "http://127.0.0.1:$peer_port/metrics?scrape=[1-100000]"
  node_exporter_series=$(curl -sf "http://127.0.0.1:$peer_port/metrics" | grep -vc '^#') || return
}

node_exporter_values() {
  echo "$(($(grep -cx 200 "$work/scrapes") * node_exporter_series))"
}

# It has no question about the past: such a request is not found.
node_exporter_points() {
  curl -s -o "$work/answer" -w '%{http_code}' "http://127.0.0.1:$peer_port/api/v1/query?query=node_load1%5B10s%5D" >"$work/code"
  if [[ $(<"$work/code") == 404 ]]; then echo 0; else grep -c node_load1 "$work/answer"; fi
}

node_exporter_newest() {
  newest_file
}

collectd_start() {
  mkdir "$peer_dir/csv"
  cat >"$peer_dir/collectd.conf" <<END_OF_CONFIG
Hostname "bench"
FQDNLookup false
Interval 1
BaseDir "$peer_dir"
PIDFile "$peer_dir/collectd.pid"
PluginDir "$peers/usr/lib/collectd"
TypesDB "$peers/usr/share/collectd/types.db"
$(printf 'LoadPlugin %s\n' csv cpu memory disk df interface load)
<Plugin csv>
  DataDir "$peer_dir/csv"
</Plugin>
END_OF_CONFIG
  peer_run "$peers/usr/sbin/collectd" -f -C "$peer_dir/collectd.conf"
}

# Every line but the heading is a time and its values.
collectd_values() {
  find "$peer_dir/csv" -type f -exec cat {} + | awk -F , '$1 != "epoch" { values += NF - 1 } END { print values + 0 }'
}

collectd_newest() {
  tail -q -n 1 "$peer_dir"/csv/bench/load/load-* | cut -d , -f 1 | sort -g | tail -n 1
}

netdata_start() {
  local name
  peer_takes_port
  mkdir "$peer_dir"/{config,cache,lib,log,home,web,plugins}
  touch "$peer_dir/config/.opt-out-from-anonymous-statistics"
  {
    printf '[global]\nrun as user = %s\n[db]\nmode = ram\nupdate every = 1\n[directories]\n' "$(id -un)"
    for name in config cache lib log home web plugins; do printf '%s = %s\n' "$name" "$peer_dir/$name"; done
    printf 'stock config = %s/config\nlock = %s/lib\nregistry = %s/lib\n' "$peer_dir" "$peer_dir" "$peer_dir"
    printf '[web]\nbind to = 127.0.0.1:%s\n[plugins]\nproc = yes\nenable running new plugins = no\n' "$peer_port"
    printf '%s = no\n' 'netdata monitoring' timex tc idlejitter cgroups diskspace checks statsd slabinfo apps charts.d \
      python.d go.d node.d ebpf nfacct perf ioping debugfs
    printf '[%s]\nenabled = no\n' health ml statsd cloud
  } >"$peer_dir/netdata.conf"
  netdata_begin
}

netdata_begin() {
  peer_run env DO_NOT_TRACK=1 "$peers/usr/sbin/netdata" -D -c "$peer_dir/netdata.conf"
  wait_for_agent netdata_get charts
}

# netdata_get QUESTION
netdata_get() {
  curl -sf -o "$work/answer" "http://127.0.0.1:$peer_port/api/v1/$1"
}

netdata_rate() {
  netdata_get charts
  "$python" bench/peers/netdata_rate.py <"$work/answer"
}

# netdata_points_of BEGIN END - lines with values of that time.
netdata_points_of() {
  netdata_get "data?chart=system.cpu&format=csv&options=nonzero&points=1000&after=$1&before=$2"
  grep -c '^[0-9].*,[0-9.]' "$work/answer" || true
}

netdata_points() {
  local now
  now=$(date +%s)
  netdata_points_of "$((now - peer_points_s))" "$now"
}

# It is started again on the same folder and asked for the time before it was killed.
netdata_newest() {
  netdata_begin || die "Netdata does not start again"
  if (($(netdata_points_of "$((peer_killed_s - 60))" "$peer_killed_s") > 0)); then newest_file; fi
  kill_session "$peer_pid"
}

zabbix_start() {
  peer_takes_port
  cat >"$peer_dir/zabbix.conf" <<END_OF_CONFIG
PidFile=$peer_dir/zabbix.pid
LogFile=$peer_dir/zabbix.log
Server=127.0.0.1
ListenIP=127.0.0.1
ListenPort=$peer_port
Hostname=bench
$(if ((EUID == 0)); then echo AllowRoot=1; fi)
END_OF_CONFIG
  zabbix_keys >"$peer_dir/keys"
  peer_run "$peers/usr/sbin/zabbix_agentd" -f -c "$peer_dir/zabbix.conf"
  sleep 1 # its collector needs one for the first values of the CPU
  peer_helper_run "$work/zabbix-values" "$python" bench/peers/ask_zabbix.py "$peer_port" "$peer_dir/keys"
}

# Those of the usual template for Linux, but for the few that start another program or read all of /proc.
zabbix_keys() {
  local interface
  interface=$(awk '$2 == "00000000" { print $1; exit }' /proc/net/route)
  printf 'system.cpu.util[,%s]\n' user nice system idle iowait interrupt softirq steal guest guest_nice
  printf 'system.cpu.load[all,%s]\n' avg1 avg5 avg15
  printf '%s\n' system.cpu.num system.cpu.switches system.cpu.intr system.uptime system.boottime kernel.maxproc
  printf 'vm.memory.size[%s]\n' total available pavailable free cached buffers
  printf 'system.swap.size[,%s]\n' total free pfree
  printf 'vfs.fs.size[/,%s]\n' total used pused
  printf 'vfs.fs.inode[/,%s]\n' pfree total
  printf 'vfs.dev.read[,%s]\nvfs.dev.write[,%s]\n' sectors sectors operations operations
  printf "net.if.in[${interface:-lo},%s]\nnet.if.out[${interface:-lo},%s]\n" \
    bytes bytes packets packets errors errors dropped dropped
}

zabbix_values() {
  tail -n 1 "$work/zabbix-values" | grep -x '[0-9]*' || echo 0
}

zabbix_newest() {
  newest_file
}

psutil_start() {
  server_root -e "DROP DATABASE IF EXISTS bench_psutil; CREATE DATABASE bench_psutil"
  peer_run "$python" "$PWD/bench/peers/psutil_agent.py" "$work/server.sock" bench bench_psutil
  helper_pid=$server_pid
  helper_kind=process
}

psutil_rows() {
  server_root bench_psutil -e "SELECT $1 FROM system_stats" 2>/dev/null
}

psutil_values() {
  echo "$(($(psutil_rows 'count(*)' || echo 0) * psutil_columns))"
}

psutil_points() {
  psutil_rows "coalesce(sum(time >= NOW() - INTERVAL $peer_points_s SECOND), 0)"
}

psutil_newest() {
  psutil_rows "UNIX_TIMESTAMP(max(time))"
}
