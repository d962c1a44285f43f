# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The real daemon at its own pace, seen from outside.
# shellcheck disable=SC2154 # bench/run sets the folders and the durations

readonly first_sample_s=20 settle_s=0.3 flush_s=10

# write_config NAME KIND - $work/NAME.ini: defaults, an interval of 1 s, own paths; with what makes KIND deliver.
write_config() {
  local tls=off
  [[ $2 == *tls ]] && tls=required
  cat >"$work/$1.ini" <<END
[service]
interval = 1s
[store]
path = $work/$1.db
[control]
socket = $work/$1.sock
[log]
file = $work/$1.log
END
  if ! delivers "$2"; then return; fi
  cat >>"$work/$1.ini" <<END
[mysql]
host = 127.0.0.1
port = $server_port
user = bench
database = bench_$2
tls = $tls
flush_interval = ${flush_s}s
END
  chmod 600 "$work/$1.ini"
}

delivers() {
  [[ $1 == mysql || $1 == *tls ]]
}

# counter NAME COUNTER - a counter of the store, read beside the daemon so that it costs the daemon nothing.
counter() {
  sqlite3 -readonly "$work/$1.db" "SELECT coalesce((SELECT value FROM counters WHERE name = '$2'), 0)" 2>/dev/null ||
    echo 0
}

has_collected_more() {
  (($(counter "$1" collected) > $2))
}

# Right after a tick is committed, so that CPU time and samples belong together.
settle() {
  wait_until "$first_sample_s" has_collected_more "$1" "$(counter "$1" collected)" || die "the daemon stores nothing"
  sleep "$settle_s"
}

# All rounds begin at the same place between two deliveries.
wait_for_middle_of_flushes() {
  until (($(date +%s) % flush_s == flush_s / 2)); do sleep 0.1; done
}

# paced_round KIND - starts a daemon, on a new store unless the kind is `day`, measures it, stops it.
paced_round() {
  local kind=$1 program pid before=0
  program=$(daemon_of "$kind")
  if [[ $kind == day ]]; then
    before=$(counter day collected)
  else
    rm -f "$work/$kind.db"*
  fi
  write_config "$kind" "$kind"
  remember "$program" --config "$work/$kind.ini"
  "$program" --config "$work/$kind.ini" >"$work/$kind.out" 2>&1 &
  pid=$!
  children+=("$pid")
  wait_until "$first_sample_s" has_collected_more "$kind" "$before" || die "no sample: $(tail -n 3 "$work/$kind.out")"
  sleep "$warm_up_s"
  measure_footprint "$kind" "$pid"
  if delivers "$kind"; then
    (($(counter "$kind" delivered) > 0)) || die "nothing was delivered: $(tail -n 3 "$work/$kind.log")"
  fi
  end "$pid"
}

measure_footprint() {
  local kind=$1 pid=$2 samples cpu busy anonymous elapsed
  if ! $quick; then wait_for_middle_of_flushes; fi
  settle "$kind"
  samples=$(counter "$kind" collected)
  cpu=$(cpu_ns "$pid")
  thread_cpu_ns "$pid" >"$work/threads-before"
  busy=$(machine_busy_ns)
  anonymous=$(memory_bytes "$pid" Anonymous)
  elapsed=$(now_us)
  sleep "$paced_s"
  settle "$kind"
  thread_cpu_ns "$pid" >"$work/threads-after"
  cpu=$(($(cpu_ns "$pid") - cpu))
  samples=$(($(counter "$kind" collected) - samples))
  busy=$(($(machine_busy_ns) - busy - cpu))
  elapsed=$(($(now_us) - elapsed))
  record "cpu_us_$kind" "$(ratio "$cpu" "$samples" 1e3)"
  record "cpu_percent_$kind" "$(ratio "$cpu" "$elapsed" 10)"
  record "samples_per_s_$kind" "$(ratio "$samples" "$elapsed" 1e-6)"
  record "others_percent_$kind" "$(ratio "$busy" "$((elapsed * $(nproc)))" 10)"
  record "anonymous_mb_$kind" "$(ratio "$(memory_bytes "$pid" Anonymous)" 1 1e6)"
  record "anonymous_growth_kb_$kind" "$(ratio "$(($(memory_bytes "$pid" Anonymous) - anonymous))" 1 1e3)"
  record "rss_mb_$kind" "$(ratio "$(memory_bytes "$pid" Rss)" 1 1e6)"
  record "pss_mb_$kind" "$(ratio "$(memory_bytes "$pid" Pss)" 1 1e6)"
  record_threads "$kind" "$samples"
}

# record_threads KIND SAMPLES - microseconds per sample of each thread.
record_threads() {
  awk -v kind="$1" -v samples="$2" '
    NR == FNR { before[$1] = $2; next }
    { printf "thread_us_%s:%s %.4f\n", kind, $1, ($2 - before[$1]) / 1e3 / samples }
  ' "$work/threads-before" "$work/threads-after" >>"$results"
}

# ratio A B [DIVISOR] - A / B / DIVISOR
ratio() {
  awk -v a="$1" -v b="$2" -v divisor="${3:-1}" 'BEGIN { printf "%.4f\n", a / b / divisor }'
}

# timed_once KEY COMMAND... - wall time of the whole command in milliseconds.
timed_once() {
  local key=$1 begin
  shift
  remember "$@"
  begin=$(now_us)
  "$@" >"$work/answer" || die "$* failed"
  record "$key" "$(ratio "$(($(now_us) - begin))" 1 1e3)"
}

# timed KEY COMMAND... - the same $history_rounds times.
timed() {
  local i
  for ((i = 0; i < history_rounds; ++i)); do timed_once "$@"; done
  record "${1%_ms}_lines" "$(wc -l <"$work/answer")"
}

# A store as the daemon has it after some time; $work/day.db from here on.
make_old_store() {
  say "a store of $store_hours hours"
  measure store_ "$build/bench_make_store" "$store_hours" 1 "$work/day.db"
  record store_mb "$(ratio "$(stat -c %s "$work/day.db")" 1 1e6)"
  write_config day day
}

measure_history() {
  say "questions to that store"
  local pid since_ms
  "$build/caretakerd" --config "$work/day.ini" >"$work/day.out" 2>&1 &
  pid=$!
  children+=("$pid")
  wait_until "$first_sample_s" test -S "$work/day.sock" || die "no control socket: $(tail -n 3 "$work/day.out")"
  local -a history=("$build/caretakerctl" --socket "$work/day.sock" history --since 1h --limit 100000)
  timed history_ms "${history[@]}" load1
  timed history_cpu_ms "${history[@]}" cpu_seconds_total
  since_ms=$((($(date +%s) - 3600) * 1000))
  timed history_view_ms sqlite3 -readonly "$work/day.db" \
    "SELECT time, value FROM metrics WHERE metric = 'load1' AND time_ms >= $since_ms"
  end "$pid"
  measure day_ "$build/bench_startup" "$start_rounds" 1200 "$build/caretakerd" --config "$work/day.ini"
}

make_certificate() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -keyout "$work/server-key.pem" -out "$work/server-cert.pem" 2>"$work/openssl.log" || die "openssl failed"
}
