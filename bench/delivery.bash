# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How quickly, and in how much memory, a backlog goes to MySQL; the same rows by other means next to it.
# shellcheck disable=SC2154 # bench/run sets the folders and the durations

make_backlog() {
  say "a backlog of $backlog_hours hours at 1 s"
  measure backlog_ "$build/bench_make_store" "$backlog_hours" 1 "$work/backlog.db"
  mkdir "$work/rows"
  measure dump_ "$build/bench_dump_rows" "$work/backlog.db" "$work/rows"
}

# copy_backlog KIND - the store of one round; with the kind `drain` its rollups count as delivered.
copy_backlog() {
  rm -f "$work/drain.db"*
  cp "$work/backlog.db" "$work/drain.db"
  if [[ $1 == all ]]; then return; fi
  sqlite3 "$work/drain.db" \
    "INSERT OR REPLACE INTO meta SELECT 'delivered_period', max(period) FROM periods"
}

# delivery_run ENGINE KIND - one measurement in a new database.
delivery_run() {
  server_root -e "DROP DATABASE IF EXISTS bench_rows"
  case $2 in
    drain | all)
      copy_backlog "$2"
      measure "delivery_$1_$2_" "$build/bench_drain" "$work/drain.db" "$server_port" bench_rows
      ;;
    *) measure "delivery_$1_$2_" "$build/bench_load_rows" "$2" "$work/rows" "$server_port" bench_rows ;;
  esac
}

# The kinds take turns in being the first.
delivery_round() {
  local engine=$1 round=$2 i
  for ((i = 0; i < ${#delivery_kinds[@]}; ++i)); do
    delivery_run "$engine" "${delivery_kinds[(i + round) % ${#delivery_kinds[@]}]}"
  done
  for i in drain all; do
    [[ " ${delivery_kinds[*]} " == *" $i "* ]] || continue
    record "delivery_${engine}_${i}_ratio" \
      "$(ratio "$(newest "delivery_${engine}_${i}_rows_per_s")" "$(newest "delivery_${engine}_load_rows_per_s")")"
  done
}

# newest KEY - what was recorded last.
newest() {
  awk -v key="$1" '$1 == key { value = $2 } END { print value }' "$results"
}

measure_delivery() {
  local engine round
  make_backlog
  for engine in "${engines[@]}"; do
    start_server "$engine"
    for ((round = 1; round <= rounds; ++round)); do
      say "delivery to $(engine_name "$engine"), round $round of $rounds"
      delivery_round "$engine" "$round"
    done
    stop_server
  done
}

# Memory must not depend on the backlog.
measure_large_backlog() {
  say "a backlog of $large_backlog_hours hours at 1 s"
  rm -rf "$work/rows" "$work/backlog.db"* "$work/drain.db"*
  measure large_made_ "$build/bench_make_store" "$large_backlog_hours" 1 "$work/large.db"
  start_server mariadb
  measure large_ "$build/bench_drain" "$work/large.db" "$server_port" bench_rows
  stop_server
  rm -f "$work/large.db"*
}

# Rollups included, at real pace: what changes within a minute decides how much a rollup needs.
measure_store_size() {
  local interval
  for interval in 1 10; do
    say "size of a store with an interval of $interval s"
    measure "store_size_${interval}s_" "$build/bench_make_store" "$store_size_hours" "$interval" \
      "$work/size.db" ${store_size_pace:+"$store_size_pace"}
    rm -f "$work/size.db"*
  done
}

# As the daemon delivers while all is well: a flush every 10 s, each of them a transaction. That fills pages in another way
# than a backlog.
measure_table_size() {
  local engine interval database
  for engine in "${engines[@]}"; do
    start_server "$engine"
    for interval in 1 10; do
      database=bench_live_$interval
      say "size of the tables in $(engine_name "$engine") with an interval of $interval s"
      measure "live_${interval}s_${engine}_" "$build/bench_append" "$work/live.db" \
        $((live_hours[interval] * 3600 / interval)) "$interval" $((flush_s / interval)) "$server_port" "$database"
      record_table_sizes "live_${interval}s_${engine}_" "$database" "$(newest "live_${interval}s_${engine}_rows")"
      rm -f "$work/live.db"*
    done
    stop_server
  done
}
