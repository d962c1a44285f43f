# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The real scheduler and event loop with jobs that do nothing.
# shellcheck disable=SC2154 # bench/run sets the folders and the durations

measure_scheduler_part() {
  say "scheduler with 1000 jobs"
  measure "" "$build/bench_scheduler" 1000 "$scheduler_s"
}

scheduler_figures() {
  figure "1000 jobs at 1 s: lateness, p99" "<= 1" ms scheduler_p99_ms
}

scheduler_more() {
  extra "1000 jobs at 1 s: lateness, p50" ms scheduler_p50_ms
  extra "1000 jobs at 1 s: lateness, largest" ms scheduler_max_ms
  extra "1000 jobs at 1 s: CPU per run" µs scheduler_dispatch_us
  extra "1000 jobs at 1 s: missed runs" "" scheduler_missed
}

scheduler_details() {
  printf '\nIn detail:\n\n'
  print_more scheduler
  cat <<'END'

How it is measured:

- The real scheduler and event loop with command jobs that do nothing; lateness is the begin of a run after its scheduled
  moment.
END
}
