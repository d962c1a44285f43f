# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What stays the same, and what grows, with 1, 10 and 100 days of data.
# shellcheck disable=SC2154 # bench/run sets the folders and the durations

readonly growth_interval_s=60 growth_more_ticks=60 growth_flushes=20 growth_run_ms=500

growth_config() {
  cat >"$work/growth.ini" <<END
[service]
interval = 1s
[store]
path = $work/growth.db
retention = 3650d
retention_1m = 3650d
retention_1h = 36500d
size_max = 16T
[control]
socket = $work/growth.sock
[log]
file = $work/growth.log
END
}

# forget_pages FILE - it leaves the page cache.
forget_pages() {
  sync "$1"
  dd if="$1" iflag=nocache count=0 status=none
}

# ask_grown_store KEY - starts the daemon on the store, asks, and looks at its memory.
ask_grown_store() {
  local before pid since_ms i
  local -a history view
  before=$(counter growth collected)
  remember "$build/caretakerd" --config "$work/growth.ini"
  "$build/caretakerd" --config "$work/growth.ini" >"$work/growth.out" 2>&1 &
  pid=$!
  children+=("$pid")
  wait_until "$first_sample_s" has_collected_more growth "$before" || die "no sample: $(tail -n 3 "$work/growth.out")"
  history=("$build/caretakerctl" --socket "$work/growth.sock" history --since 1h --limit 100000)
  timed "$1_history_ms" "${history[@]}" load1
  since_ms=$((($(date +%s) - 3600) * 1000))
  view=(sqlite3 -readonly "$work/growth.db"
    "SELECT time, value FROM metrics WHERE metric = 'load1' AND time_ms >= $since_ms")
  timed "$1_view_ms" "${view[@]}"
  settle growth
  record "$1_rss_mb" "$(ratio "$(memory_bytes "$pid" Rss)" 1 1e6)"
  record "$1_anonymous_mb" "$(ratio "$(memory_bytes "$pid" Anonymous)" 1 1e6)"
  end "$pid"
  for ((i = 0; i < growth_cold_rounds; ++i)); do
    forget_pages "$work/growth.db"
    timed_once "$1_view_cold_ms" "${view[@]}"
  done
}

# measure_grown_store DAYS
measure_grown_store() {
  local key=growth_$1
  say "a local store of $1 days at $growth_interval_s s"
  measure "${key}_" "$build/bench_make_store" $(($1 * 24)) "$growth_interval_s" "$work/growth.db"
  record "${key}_mb" "$(ratio "$(stat -c %s "$work/growth.db")" 1 1e6)"
  cp "$work/growth.db" "$work/growth-$1.db" # for the servers
  sync "$work/growth.db" "$work/growth-$1.db"
  measure "${key}_" "$build/bench_startup" "$growth_start_rounds" "$growth_run_ms" \
    "$build/caretakerd" --config "$work/growth.ini"
  ask_grown_store "$key"
  measure "${key}_" "$build/bench_append" "$work/growth.db" "$growth_more_ticks" "$growth_interval_s"
  rm -f "$work/growth.db"*
}

# What the defaults leave of the largest one.
measure_default_retention() {
  local days=${growth_days[-1]}
  say "a local store after $days days with the default retention"
  measure growth_default_ "$build/bench_make_store" $((days * 24)) "$growth_interval_s" "$work/growth.db" retention
  record growth_default_mb "$(ratio "$(stat -c %s "$work/growth.db")" 1 1e6)"
  rm -f "$work/growth.db"*
}

# measure_grown_tables ENGINE DAYS - from the store of so many days.
measure_grown_tables() {
  local key=growth_$2_$1_ database=bench_growth_$2 store=$work/growth.db
  say "tables of $2 days in $(engine_name "$1")"
  cp "$work/growth-$2.db" "$store"
  sync "$store" # its writing is not what is measured
  measure "${key}all_" "$build/bench_drain" "$store" "$server_port" "$database" "$2"
  record_table_sizes "$key" "$database" "$(newest "${key}all_rows")"
  timed "${key}select_ms" mariadb --no-defaults --user=bench --host=127.0.0.1 --port="$server_port" --batch \
    --execute="SELECT time, value FROM metrics WHERE metric = 'load1' AND time >= UTC_TIMESTAMP() - INTERVAL 1 HOUR" \
    "$database"
  measure "${key}waits_" "$build/bench_append" "$store" "$growth_more_ticks" "$growth_interval_s"
  measure "${key}more_" "$build/bench_drain" "$store" "$server_port" "$database"
  measure "$key" "$build/bench_append" "$store" "$growth_flushes" "$growth_interval_s" 1 "$server_port" "$database"
  rm -f "$store"*
}

measure_growth_part() {
  local days engine
  growth_config
  for days in "${growth_days[@]}"; do measure_grown_store "$days"; done
  measure_default_retention
  for engine in "${engines[@]}"; do
    start_server "$engine"
    for days in "${growth_days[@]}"; do
      if [[ $engine == mariadb ]] || ((days <= growth_mysql_days_max)); then measure_grown_tables "$engine" "$days"; fi
    done
    stop_server
  done
  rm -rf "$work/growth-"*.db "$work/server"
}

# growth_tables_of ENGINE - the days of its largest tables.
growth_tables_of() {
  local days largest=
  for days in "${growth_days[@]}"; do
    if summary "growth_${days}_$1_all_rows" >/dev/null; then largest=$days; fi
  done
  echo "$largest"
}

growth_figures() {
  local days=${growth_days[-1]} engine
  figure "history of one metric over 1 h, \`caretakerctl\` from start to exit, local store of $days days" "<= 100" ms \
    "growth_${days}_history_ms"
  figure "the same from the SQL view, \`sqlite3\` from start to exit" "<= 100" ms "growth_${days}_view_ms"
  figure "start to READY=1, local store of $days days" "<= 50" ms "growth_${days}_ready_ms"
  figure "RSS, local store of $days days" "<= 16" MB "growth_${days}_rss_mb"
  figure "anonymous memory, local store of $days days" "<= 8" MB "growth_${days}_anonymous_mb"
  for engine in "${engines[@]}"; do
    days=$(growth_tables_of "$engine")
    figure "one metric over 1 h from the view in $(engine_name "$engine"), client from start to exit, $days days" "<= 100" ms \
      "growth_${days}_${engine}_select_ms"
    figure "table \`samples\` in $(engine_name "$engine"), pages in use, $days days" "<= 71" "bytes per sample" \
      "growth_${days}_${engine}_pages_bytes_per_sample"
  done
}

# growth_row TEXT SUFFIX - what was measured for growth_DAYS_SUFFIX, and that by the first of the days.
growth_row() {
  local days first median rest
  printf '| %s |' "$1"
  for days in "${growth_days[@]}"; do
    if summary "growth_${days}_$2" >/dev/null; then
      printf ' %s |' "$(measured "growth_${days}_$2" "")"
    else
      printf ' not measured |'
    fi
  done
  read -r first rest < <(summary "growth_${growth_days[0]}_$2") || first=0
  for days in "${growth_days[@]:1}"; do
    if read -r median rest < <(summary "growth_${days}_$2"); then
      printf ' %s |' "$(number "$(ratio "$median" "$first")")"
    else
      printf ' |'
    fi
  done
  printf '\n'
}

growth_head() {
  local days
  printf '| %s |' "$1"
  printf ' %s d |' "${growth_days[@]}"
  for days in "${growth_days[@]:1}"; do printf ' %s d by %s d |' "$days" "${growth_days[0]}"; done
  printf '\n|---|'
  printf -- '---|%.0s' "${growth_days[@]}" "${growth_days[@]:1}"
  printf '\n'
}

print_grown_stores() {
  growth_head "local store"
  growth_row "samples" samples
  growth_row "size, MB" mb
  growth_row "size, bytes per sample" bytes_per_sample
  growth_row "a tick appended and committed, ms" commit_ms
  growth_row "start to READY=1, ms" ready_ms
  growth_row "history of one metric over 1 h, ms" history_ms
  growth_row "the same from the SQL view, ms" view_ms
  growth_row "the same, nothing of the store in the page cache, ms" view_cold_ms
  growth_row "RSS, MB" rss_mb
  growth_row "anonymous memory, MB" anonymous_mb
}

# print_grown_tables ENGINE
print_grown_tables() {
  growth_head "$(engine_name "$1")"
  growth_row "samples" "$1_all_rows"
  growth_row "files of the database, MB" "$1_database_mb"
  growth_row "files of the database, bytes per sample" "$1_database_bytes_per_sample"
  growth_row "\`samples\` in that, bytes per sample" "$1_samples_bytes_per_sample"
  growth_row "\`samples_1m\` in that, bytes per sample" "$1_samples_1m_bytes_per_sample"
  growth_row "\`samples_1h\` in that, bytes per sample" "$1_samples_1h_bytes_per_sample"
  growth_row "pages in use by \`samples\`, bytes per sample" "$1_pages_bytes_per_sample"
  growth_row "all of it in one go, with rollups, samples/s" "$1_all_rows_per_s"
  growth_row "one hour more, with rollups, samples/s" "$1_more_rows_per_s"
  growth_row "one hour more, with rollups, ms" "$1_more_ms"
  growth_row "one tick more, ms" "$1_flush_ms"
  growth_row "one metric over 1 h from the view, ms" "$1_select_ms"
}

# What a terminal gets.
print_growth() {
  local engine
  printf '\n'
  print_grown_stores
  for engine in "${engines[@]}"; do
    printf '\n'
    print_grown_tables "$engine"
  done
  printf '\n'
  print_default_retention
}

print_default_retention() {
  printf 'With the default retention a local store of %s days is of %s: %s of %s samples are still in it.\n' \
    "${growth_days[-1]}" "$(measured growth_default_mb MB)" "$(value growth_default_samples_kept)" \
    "$(value growth_default_samples)"
}

# growth_chart NAME TITLE UNIT SUFFIX...
growth_chart() {
  local name=$1 title=$2 unit=$3 days suffix
  shift 3
  for suffix in "$@"; do
    for days in "${growth_days[@]}"; do
      chart_row "$(growth_label "$suffix"), $days d" "growth_${days}_$suffix"
    done
  done | draw_chart "growth_$name" "$title" "$unit" less
}

growth_label() {
  case $1 in
    mariadb_*) echo MariaDB ;;
    mysql_*) echo "Oracle MySQL" ;;
    view*) echo "SQL view" ;;
    history*) echo caretakerctl ;;
    *) echo "local store" ;;
  esac
}

growth_details() {
  local engine
  local -a sizes=(mb) questions=(history_ms view_ms)
  printf '\nThe local store:\n\n'
  print_grown_stores
  printf '\n'
  print_default_retention
  for engine in "${engines[@]}"; do
    printf '\nThe tables in %s:\n\n' "$(engine_name "$engine")"
    print_grown_tables "$engine"
    sizes+=("${engine}_database_mb")
    questions+=("${engine}_select_ms")
  done
  growth_chart size "Size by days, interval $growth_interval_s s" MB "${sizes[@]}"
  growth_chart query "One metric over 1 h, by days" ms "${questions[@]}"
  growth_chart ready "Start to READY=1, by days in the store" ms ready_ms
  printf '\nHow it is measured:\n\n'
  if [[ " ${engines[*]} " == *" mysql "* ]]; then
    printf -- '- Oracle MySQL gets %s days at most, so that the part takes no longer than it does.\n' "$growth_mysql_days_max"
  fi
  cat <<'END'
- A minute of this machine is repeated at an interval of 60 s. Every sample is a minute of its own then, which is the largest share
  that rollups can have. The retention of store and tables is as good as off, so that what grows can be seen.
- *A tick appended and committed*: 60 times, from the first batch to the end of the commit; each of them closes a minute.
- *Start*: from `exec` to `READY=1` on a notification socket. *History*: of a running daemon. The files are in the page cache, but
  where the table says that they are not.
- *RSS*: of the daemon on that store, after these questions.
- *The tables* have the partitions that so many days leave behind, and get the store in transactions of up to 20,000 rows, all of one
  host. Sizes are those of the files, which grow by 1 to 4 MB at once; *pages in use* is `DATA_LENGTH` after `ANALYZE TABLE`. *One
  hour more*: 60 ticks that wait. *One tick more*: 20 times, each from the begin of the flush to its last COMMIT.
- *One metric over 1 h from the view*: the client `mariadb` from start to exit, with its login.
END
}

headline_growth() {
  local days=${growth_days[-1]}
  figure "history of one metric over 1 h, local store of $days days" "<= 100" ms "growth_${days}_history_ms"
  figure "start to READY=1, local store of $days days" "<= 50" ms "growth_${days}_ready_ms"
}
