# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The real scheduler and event loop with jobs that do nothing, beside bare threads that sleep.
# shellcheck disable=SC2154 # bench/run sets the folders and the durations

readonly load_settle_s=1
declare -A scheduler_reason=() # why a number of jobs was not measured
load_pid=

measure_scheduler_part() {
  local round jobs load
  for ((round = 1; round <= rounds; ++round)); do
    for load in idle loaded; do
      say "scheduler, $load, ${scheduler_jobs[*]} jobs, round $round of $rounds"
      if [[ $load == loaded ]]; then start_load; fi
      for jobs in "${scheduler_jobs[@]}"; do
        measure_schedule "scheduler:$load:$jobs" "$jobs" "$scheduler_s"
        if ((round == 1)); then measure_schedule "bare:$load:$jobs" "$jobs" "$scheduler_floor_s" floor; fi
      done
      if [[ $load == loaded ]]; then end_load; fi
    done
  done
  record_shares
}

# Percentages of all runs of all rounds, and the medians of CPU by each other.
record_shares() {
  awk '
    { split($1, key, ":"); which = key[2] ":" key[3] }
    key[1] == "scheduler" && key[4] == "runs" { runs[which] += $2 }
    key[1] == "scheduler" && key[4] ~ /^late_/ { late[$1] += $2 }
    END {
      for (name in late) {
        split(name, key, ":")
        printf "scheduler:%s:%s:percent_%s %.4f\n", key[2], key[3], substr(key[4], 6), 100 * late[name] / runs[key[2] ":" key[3]]
      }
    }' "$results" >"$work/shares"
  cat "$work/shares" >>"$results"
  local jobs load ours bare rest
  for load in idle loaded; do
    for jobs in "${scheduler_jobs[@]}"; do
      read -r ours rest < <(summary "scheduler:$load:$jobs:run_us") || continue
      read -r bare rest < <(summary "bare:$load:$jobs:run_us") || continue
      record "times:$load:$jobs:run_us" "$(ratio "$ours" "$bare")"
    done
  done
}

# measure_schedule KEY JOBS SECONDS [floor] - what this machine cannot do becomes a row with the reason.
measure_schedule() {
  local key=$1
  shift
  remember "$build/bench_scheduler" "$@"
  if "$build/bench_scheduler" "$@" >"$work/schedule" 2>"$work/schedule.err"; then
    sed "s/^/$key:/" "$work/schedule" >>"$results"
  else
    scheduler_reason[$key]=$(tail -n 1 "$work/schedule.err")
  fi
}

# All cores busy, from a session of its own, as work of somebody else would be. It ends by itself if we do not.
start_load() {
  local -a command=(stress-ng --quiet --cpu "$(nproc)" --timeout "$((${#scheduler_jobs[@]} * (scheduler_s + scheduler_floor_s + 30)))s")
  remember "setsid ${command[*]}"
  setsid "${command[@]}" >"$work/load.out" 2>&1 &
  load_pid=$!
  sessions+=("$load_pid")
  sleep "$load_settle_s"
  kill -0 "$load_pid" 2>/dev/null || die "no load: $(tail -n 1 "$work/load.out")"
}

end_load() {
  kill_session "$load_pid"
}

scheduler_figures() {
  figure "1000 jobs at 1 s, idle: lateness, p99" "<= 1" ms scheduler:idle:1000:p99_ms
}

# scheduler_row JOBS LOAD WHAT... - a row of cells; one cell with the reason where there are none.
scheduler_row() {
  local -r key=scheduler:$2:$1
  local what
  printf '| %s, %s |' "$1" "$2"
  if [[ -n ${scheduler_reason[$key]:-} ]]; then
    printf ' not measured: %s |' "${scheduler_reason[$key]}"
    printf ' |%.0s' "${@:4}"
  else
    for what in "${@:3}"; do cell "$key:$what"; done
  fi
  printf '\n'
}

# scheduler_rows WHAT...
scheduler_rows() {
  local jobs load
  for load in idle loaded; do
    for jobs in "${scheduler_jobs[@]}"; do scheduler_row "$jobs" "$load" "$@"; done
  done
}

print_lateness() {
  cat <<'END'

How late a run begins after its scheduled moment:

| jobs | p50, ms | p99, ms | largest, ms | runs | missed runs | threads | RSS, MB |
|---|---|---|---|---|---|---|---|
END
  scheduler_rows p50_ms p99_ms max_ms runs missed threads rss_mb
}

print_histogram() {
  cat <<'END'

The same as percentages of the runs of all rounds, by milliseconds:

| jobs | to 0.1 | to 0.2 | to 0.5 | to 1 | to 2 | to 5 | to 10 | to 100 | more |
|---|---|---|---|---|---|---|---|---|---|
END
  scheduler_rows percent_{0.1,0.2,0.5,1,2,5,10,100,more}
}

print_dispatch() {
  local jobs load key
  cat <<'END'

CPU per run, beside as many bare threads that sleep with `clock_nanosleep(2)` until the same moments:

| jobs | CPU, µs | bare threads: CPU, µs | times those | bare threads: p50, ms | bare threads: p99, ms |
|---|---|---|---|---|---|
END
  for load in idle loaded; do
    for jobs in "${scheduler_jobs[@]}"; do
      printf '| %s, %s |' "$jobs" "$load"
      for key in {scheduler,bare,times}:"$load:$jobs":run_us bare:"$load:$jobs":{p50,p99}_ms; do cell "$key"; done
      printf '\n'
    done
  done
}

print_scheduler() {
  read_medians
  print_lateness
  print_histogram
  print_dispatch
}

scheduler_chart() {
  local jobs load
  for load in idle loaded; do
    for jobs in "${scheduler_jobs[@]}"; do
      chart_row "Caretaker, $jobs, $load" "scheduler:$load:$jobs:p99_ms"
      chart_row "bare threads, $jobs, $load" "bare:$load:$jobs:p99_ms"
    done
  done
}

scheduler_details() {
  print_scheduler
  scheduler_chart | draw_chart scheduler-lateness "Lateness by number of jobs, p99" ms less
  printf '\n%s rounds of %s s, and one of %s s of the bare threads.\n' "$rounds" "$scheduler_s" "$scheduler_floor_s"
  cat <<'END'

How it is measured:

- The real scheduler and event loop with command jobs that do nothing, at an interval of 1 s: each has a thread of its own and,
  by its name, a moment of its own in the second. A run is late by what lies between its moment and its begin on its thread.
- *CPU* is that of the whole process by its runs.
- *Loaded*: `stress-ng` keeps every core busy from a session of its own, at the same nice value. Where the kernel groups
  processes by session (`sched_autogroup_enabled`), it shares the CPU by halves with what is measured.
- *Bare threads*: a wake-up and the note of its time, with nothing that hands over work or takes its result. The kernel may
  delay `clock_nanosleep(2)` by its timer slack of 50 µs.
END
  # shellcheck disable=SC2016 # no variable of ours
  printf -- '- `sched_autogroup_enabled` is %s.\n' "$(cat /proc/sys/kernel/sched_autogroup_enabled 2>/dev/null || echo missing)"
}
