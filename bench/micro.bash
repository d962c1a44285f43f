# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Single steps, with Google Benchmark.
# shellcheck disable=SC2154 # bench/run sets the folders and the durations

measure_micro_part() {
  start_asked_daemon
  say "single steps"
  measure "" "$build/bench_micro" "--benchmark_min_time=$micro_s" "--benchmark_repetitions=$micro_repetitions" \
    "$work/micro.sock"
  end "$asked_daemon"
  record_all_collectors
}

# A daemon to be asked, on a store that holds an hour.
start_asked_daemon() {
  measure micro_store_ "$build/bench_make_store" 1 1 "$work/micro.db"
  write_config micro local
  remember "$build/caretakerd" --config "$work/micro.ini"
  "$build/caretakerd" --config "$work/micro.ini" >"$work/micro.out" 2>&1 &
  asked_daemon=$!
  children+=("$asked_daemon")
  wait_until "$first_sample_s" test -S "$work/micro.sock" || die "no control socket: $(tail -n 3 "$work/micro.out")"
}

# One line per repetition: what one tick of all collectors costs, which are measured one after the other.
record_all_collectors() {
  awk '
    $1 !~ /^micro_(cpu_us|floor_us|allocations):collect:/ { next }
    { split($1, key, ":"); repetition = seen[$1]++ }
    key[1] == "micro_allocations" { if (key[3] != "self") allocations[repetition] += $2; next }
    { sum[key[1], repetition] += $2; if (repetition >= repetitions) repetitions = repetition + 1 }
    END {
      for (i = 0; i < repetitions; ++i) {
        printf "collectors_cpu_us %.4f\n", sum["micro_cpu_us", i]
        printf "collectors_floor_us %.4f\n", sum["micro_floor_us", i]
        printf "collectors_floor_ratio %.4f\n", sum["micro_cpu_us", i] / sum["micro_floor_us", i]
        printf "collectors_allocations %.4f\n", allocations[i]
      }
    }' "$results" >"$work/collectors"
  cat "$work/collectors" >>"$results"
}

micro_figures() {
  figure "heap allocations of a tick, all collectors but \`self\`" "<= 0" "" collectors_allocations
  extra "CPU of a tick, all collectors" µs collectors_cpu_us
  extra "CPU of the bare reads of their files" µs collectors_floor_us
  extra "CPU of all collectors by that of the bare reads" "" collectors_floor_ratio
}

# micro_table GROUP WHAT... - the steps of a group in the order in which they were measured.
micro_table() {
  local -r group=$1
  local step what
  while read -r step; do
    printf '| %s |' "${step//_/ }"
    for what in "${@:2}"; do cell "micro_$what:$group:$step"; done
    printf '\n'
  done < <(measured_names "micro_us:$group:([^ ]*)")
}

print_collectors() {
  cat <<'END'

Collectors, on the kernel files of this machine:

| collector | time, µs | CPU, µs | samples | bytes read | heap allocations | files kept open | their floor, µs | times the floor |
|---|---|---|---|---|---|---|---|---|
END
  micro_table collect us cpu_us samples bytes allocations files floor_us ratio
}

print_parsers() {
  cat <<'END'

Collectors on the fixed text of their tests, so on plain files in memory:

| collector | time, µs | CPU, µs | samples | bytes read | MB/s | heap allocations |
|---|---|---|---|---|---|---|
END
  micro_table fixture us cpu_us samples bytes mb_per_s allocations
  cat <<'END'

Parsers alone, on the same text without any file:

| text | time, µs | CPU, µs | bytes | MB/s | heap allocations |
|---|---|---|---|---|---|
END
  micro_table parse us cpu_us bytes mb_per_s allocations
}

print_steps() {
  cat <<'END'

Other steps:

| step | time, µs | CPU of its thread, µs | samples | CPU per sample, ns | heap allocations |
|---|---|---|---|---|---|
END
  micro_table step us cpu_us samples ns_per_sample allocations
  cat <<'END'

Questions to a daemon whose store holds an hour, each on a connection of its own:

| question | time, µs | CPU of the asking side, µs | bytes of the answer |
|---|---|---|---|
END
  micro_table ask us cpu_us answer_bytes
}

print_micro() {
  read_medians
  print_collectors
  print_parsers
  print_steps
}

# Two bars per collector.
micro_chart() {
  local step
  while read -r step; do
    chart_row "Caretaker, $step" "micro_cpu_us:collect:$step"
    chart_row "pread(2) of its files" "micro_floor_us:collect:$step"
  done < <(measured_names "micro_ratio:collect:([^ ]*)")
}

micro_details() {
  print_micro
  micro_chart | draw_chart micro-collectors "CPU of a collector beside the bare reads" µs less
  cat <<'END'

How it is measured:

- Google Benchmark, on one thread: medians of the repetitions. What is counted (bytes, samples, heap allocations) is counted
  in 50 runs that are not timed, after the timed ones: a collector has then opened its files and made its series.
- *Bytes read* are those that the kernel has given to `read(2)` and its like (`rchar` of `/proc/PID/io`).
- *Heap allocations* are the calls of `malloc`, `calloc` and `realloc` in all threads, those of C++ and of C libraries alike.
- *Floor*: one `pread(2)` of each kernel file that the collector keeps open into one buffer, right after the collector and
  as often: what the kernel takes to write these texts. Ratios are of CPU time. What a collector asks anew in each run is
  not in the floor: the space of file systems (`statvfs(2)`: `filesystem`, `system`), the number of descriptors (`self`).
- `self` gets the state of the daemon as a copy with a list of the jobs, which is its allocation.
- *Commit one tick*: what the store thread does once per second, without the thread; the minutes that end on the way are
  written too, and the log is copied into the database when it is long.
- *Format rows*: the text of a transaction's INSERTs of 1000 rows each; nothing is sent.
- *Control socket round trip*: from `connect(2)` to the end of a short answer of a server in the same process, whose
  allocations are counted too.
- Planning a cleanup of up to 10,000 images is in the part *Cleanup*.
END
}
