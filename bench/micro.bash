# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Single steps, with Google Benchmark on the kernel files of this machine.
# shellcheck disable=SC2154 # bench/run sets the folders and the durations

measure_micro_part() {
  say "single steps"
  local -a command=("$build/bench_micro" "--benchmark_min_time=$micro_s" "--benchmark_repetitions=$micro_repetitions"
    "--benchmark_out=$work/micro.csv" --benchmark_out_format=csv)
  remember "${command[@]}"
  "${command[@]}" >"$work/micro.log" 2>&1 || die "bench_micro failed: $(tail -n 1 "$work/micro.log")"
}

# The medians of Google Benchmark's CSV.
print_micro() {
  cat <<'END'
| step | time | CPU time of its thread | samples |
|---|---|---|---|
END
  awk -F , '
    $1 ~ /_median"$/ {
      name = $1
      gsub(/"|\/real_time|_median/, "", name)
      printf "| %s | %.1f %s | %.1f %s | %s |\n", name, $3, $5, $4, $5, $11 == "" ? "" : sprintf("%.0f", $11)
    }' "$work/micro.csv" | sed 's/ us / µs /g'
}

micro_details() {
  print_micro
}
