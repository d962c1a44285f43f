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

delivery_figures() {
  local engine interval
  for engine in "${engines[@]}"; do
    figure "backlog to $(engine_name "$engine"): rate by that of LOAD DATA" ">= 0.65" "" "delivery_${engine}_drain_ratio"
  done
  figure "RSS growth of the process while a large backlog is delivered" "<= 8" MB large_rss_growth_mb
  figure "local store with rollups, interval 1 s" "<= 24" "bytes per sample" store_size_1s_bytes_per_sample
  figure "local store with rollups, interval 10 s" "<= 24" "bytes per sample" store_size_10s_bytes_per_sample
  for engine in "${engines[@]}"; do
    for interval in 1 10; do
      figure "table \`samples\` in $(engine_name "$engine"), pages in use, interval $interval s" "<= 71" "bytes per sample" \
        "live_${interval}s_${engine}_pages_bytes_per_sample"
    done
  done
}

delivery_more() {
  local engine name interval row
  extra "backlog: samples" "" backlog_samples
  for engine in "${engines[@]}"; do
    name=$(engine_name "$engine")
    extra "$name: delivery, without rollups" "rows/s" "delivery_${engine}_drain_rows_per_s"
    extra "$name: delivery, with the rollups of those samples, which are not counted" "rows/s" "delivery_${engine}_all_rows_per_s"
    extra "$name: the same by the rate of LOAD DATA" "" "delivery_${engine}_all_ratio"
    extra "$name: LOAD DATA LOCAL INFILE, a transaction per 20,000 rows" "rows/s" "delivery_${engine}_load_rows_per_s"
    extra "$name: LOAD DATA LOCAL INFILE, one file" "rows/s" "delivery_${engine}_load_one_rows_per_s"
    extra "$name: INSERT of 5000 rows, a transaction per 20,000" "rows/s" "delivery_${engine}_insert_rows_per_s"
    extra "$name: CPU of our process per delivered sample" µs "delivery_${engine}_drain_cpu_us"
    extra "$name: RSS growth" MB "delivery_${engine}_drain_rss_growth_mb"
    for interval in 1 10; do
      row="live_${interval}s_${engine}"
      extra "$name, interval $interval s: a flush while all is well" ms "${row}_flush_ms"
      extra "$name, interval $interval s: files of the database" "bytes per sample" "${row}_database_bytes_per_sample"
      extra "$name, interval $interval s: files of \`samples\` in that" "bytes per sample" "${row}_samples_bytes_per_sample"
      extra "$name, interval $interval s: files of \`samples_1m\` in that" "bytes per sample" "${row}_samples_1m_bytes_per_sample"
    done
  done
  extra "large backlog: samples" "" large_rows
  extra "large backlog: delivery, with rollups" "rows/s" large_rows_per_s
  extra "large backlog: highest RSS" MB large_rss_mb
  extra "large backlog: growth of anonymous memory, at the end" MB large_anonymous_growth_mb
}

# A chart per engine: delivery beside other means.
delivery_charts() {
  local engine
  for engine in "${engines[@]}"; do
    {
      chart_row "Caretaker" "delivery_${engine}_drain_rows_per_s"
      chart_row "Caretaker, with rollups" "delivery_${engine}_all_rows_per_s"
      chart_row "LOAD DATA" "delivery_${engine}_load_rows_per_s"
      chart_row "LOAD DATA, one file" "delivery_${engine}_load_one_rows_per_s"
      chart_row "INSERT of 5000 rows" "delivery_${engine}_insert_rows_per_s"
    } | draw_chart "delivery_$engine" "A backlog to $(engine_name "$engine")" rows/s more
  done
}

delivery_details() {
  delivery_charts
  printf '\nIn detail:\n\n'
  print_more delivery
  printf '\n%s rounds.\n' "$rounds"
  cat <<'END'

How it is measured:

- *Backlog*: a store as the daemon leaves it at an interval of 1 s is delivered by the delivery of the daemon, without pacing:
  reading the store, the ledger, `hosts`, `series` and the headline rows are in the time, and so is the store's own thread.
  Connecting and making the tables are not. Only rows of `samples` are counted, also where rollups are delivered too.
- *By other means*: the same rows in the same order, sorted by (series_id, time) within each transaction, into an empty copy
  of the partitioned table `samples`. The files are in the page cache; writing them is not in the time.
- Every measurement begins with a new database; the kinds take turns in being the first of a round; a ratio is that of one
  round. The servers run with their defaults (128 MB of buffer pool; Oracle's writes a binary log).
- *RSS growth*: highest RSS (`VmHWM`) after connecting and before the end, less the RSS after connecting.
- *Bytes per sample*: size of the store's file by its samples after a day whose ticks repeat a minute of this machine, recorded
  in real time; counters go on growing.
- *Tables*: ticks of this machine, delivered every 10 s as the daemon does while all is well: 2 h at 1 s and 12 h at 10 s. Files have
  room ahead, *pages in use* is `DATA_LENGTH` after `ANALYZE TABLE`. *A flush*: from its begin to the last COMMIT.
END
}

headline_delivery() {
  local engine
  for engine in "${engines[@]}"; do
    figure "backlog to $(engine_name "$engine"): rate by that of LOAD DATA" ">= 0.65" "" "delivery_${engine}_drain_ratio"
  done
}
