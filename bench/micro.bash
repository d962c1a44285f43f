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

# micro_table GROUP WHAT... - the medians of a group's steps, in the order in which they were measured. A step
# that lacks something has an empty cell.
micro_table() {
  local group=$1
  shift
  awk -v group="$group" -v columns="$*" '
    function number(value, size) {
      size = value < 0 ? -value : value
      return sprintf(size == int(size) || size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f", value)
    }
    function median(key, i, j, n, held, sorted) {
      n = count[key]
      for (i = 1; i <= n; ++i) {
        held = value[key, i]
        for (j = i; j > 1 && sorted[j - 1] > held; --j) sorted[j] = sorted[j - 1]
        sorted[j] = held
      }
      return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
    }
    {
      split($1, key, ":")
      if (key[2] != group || key[1] !~ /^micro_/) next
      if (!known[key[3]]++) step[++steps] = key[3]
      value[$1, ++count[$1]] = $2 + 0
    }
    END {
      wanted = split(columns, column, " ")
      for (i = 1; i <= steps; ++i) {
        name = step[i]
        gsub(/_/, " ", name)
        printf "| %s |", name
        for (c = 1; c <= wanted; ++c) {
          what = "micro_" column[c] ":" group ":" step[i]
          printf " %s |", what in count ? number(median(what)) : ""
        }
        printf "\n"
      }
    }' "$results"
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
  done < <(sed -n 's/^micro_ratio:collect:\([^ ]*\) .*/\1/p' "$results" | awk '!seen[$0]++')
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
