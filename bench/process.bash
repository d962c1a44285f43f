# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the kernel counts about processes and the machine.
# shellcheck disable=SC2154 # bench/run sets the folders

jiffies_per_s=$(getconf CLK_TCK)
readonly jiffies_per_s

# cpu_ns PID - CPU time so far of all threads of a process, and of the helper processes that it has now
# (schedstat: nanoseconds that ran on a CPU).
cpu_ns() {
  local total child
  total=$(cat "/proc/$1/task/"*/schedstat | awk '{ ns += $1 } END { printf "%.0f\n", ns }')
  for child in $(children_of "$1"); do total=$((total + $(cpu_ns "$child"))); done
  echo "$total"
}

# children_of PID - the processes that any of its threads has started and that still run.
children_of() {
  cat "/proc/$1/task/"*/children
}

# thread_cpu_ns PID - "NAME NANOSECONDS" of every thread.
thread_cpu_ns() {
  local task name
  for task in "/proc/$1/task/"*; do
    read -r name <"$task/comm"
    awk -v name="${name// /-}" '{ print name, $1; exit }' "$task/schedstat"
  done
}

# memory_bytes PID FIELD - Rss, Pss or Anonymous, with helper processes.
memory_bytes() {
  local total child
  total=$(awk -v field="$2:" '$1 == field { printf "%.0f\n", $2 * 1024 }' "/proc/$1/smaps_rollup")
  for child in $(children_of "$1"); do total=$((total + $(memory_bytes "$child" "$2"))); done
  echo "$total"
}

# machine_busy_ns - CPU time that the whole machine has used so far, time stolen by its host included.
machine_busy_ns() {
  awk -v hz="$jiffies_per_s" '$1 == "cpu" { printf "%.0f\n", ($2 + $3 + $4 + $7 + $8 + $9) * 1e9 / hz }' /proc/stat
}

load_average() {
  cut -d ' ' -f 1-3 /proc/loadavg
}

# machine_speed - CPU time that two programs take that are not ours: what runs in the caches, and what is work for the
# kernel. The same machine is faster at one hour than at another when it shares its hardware.
machine_speed() {
  printf "\`sqlite3\` counts to 1,000,000 in %s ms, 100 starts of \`true\` take %s ms" \
    "$(median_cpu_ms count_in_sqlite)" "$(median_cpu_ms start_true)"
}

count_in_sqlite() {
  sqlite3 :memory: 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
    SELECT sum(i) FROM n' >/dev/null
}

start_true() {
  local i
  for ((i = 0; i < 100; ++i)); do env true; done
}

# median_cpu_ms COMMAND... - of five runs, children included.
median_cpu_ms() {
  local i TIMEFORMAT='%U %S'
  for ((i = 0; i < 5; ++i)); do { time "$@"; } 2>&1; done |
    awk '{ print ($1 + $2) * 1e3 }' | sort -g | sed -n 3p
}

# now_us - wall clock in microseconds.
now_us() {
  echo "${EPOCHREALTIME/[.,]/}"
}

# wait_until SECONDS COMMAND... - polls until the command succeeds.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.02
  done
}

# end PID - SIGTERM, then waits for it.
end() {
  kill -TERM "$1"
  wait "$1" || die "process $1 ended with status $?"
}

# readable TEXT - with the names of throw-away folders made short.
readable() {
  local line=$1
  line=${line//$build/build/release}
  line=${line//$oracle_mysql/build/oracle-mysql}
  line=${line//$container_engines/build/container-engines}
  line=${line//$peers/build/peers}
  line=${line//$PWD\//}
  printf '%s\n' "${line//$work/\$WORK}"
}

# remember COMMAND... - for the report.
remember() {
  local line
  line=$(readable "$*")
  grep -qxF -- "$line" "$commands" 2>/dev/null || printf '%s\n' "$line" >>"$commands"
}
