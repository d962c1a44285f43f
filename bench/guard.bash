#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# guard.bash [BASE] - counts the instructions of the same work in this tree and in BASE, its parent, and fails when
# they have become more than is tolerated; then replays a day and fails when memory grows. What `./dev guard` runs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly parent=build/guard-parent
readonly soak_ticks=86400 # a day at 1 s
# A byte that leaks per tick makes 3.6.
readonly growth_kb_per_h_max=3

# shellcheck source=bench/guard_base.bash
source bench/guard_base.bash
# shellcheck source=bench/worktree.bash
source bench/worktree.bash

work=$(mktemp -d "${TMPDIR:-/var/tmp}/caretaker-guard.XXXXXX")
readonly work log=$PWD/build/log/guard.log
clean_up() {
  rm -rf "$work"
  remove_tree "$parent"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# count TREE OUT - lines "INSTRUCTIONS SECTION". Folder and arguments have the same names for every tree: longer paths
# are more instructions.
count() {
  local tree=$1 out=$2
  rm -rf "$work/run" "$work/counts"
  mkdir "$work/run" "$work/counts"
  cp "$tree/config/config.ini" "$work/config.ini"
  # Freed memory waits where it is found at once. In the heap's own lists the work depends on what lies beside it: another
  # folder's name changed "collect network" by 7 %.
  GLIBC_TUNABLES=glibc.malloc.tcache_count=1000 \
    valgrind --quiet --tool=callgrind --collect-atstart=no --callgrind-out-file="$work/counts/of" \
    "$tree/$tree_build/bench_guard" bench/guard "$work/config.ini" "$work/run" >>"$log" 2>&1 ||
    die "bench_guard of $tree failed: $(tail -n 3 "$log")"
  local file section
  while IFS= read -r file; do
    section=$(sed -n 's/^desc: Trigger: Client Request: //p' "$file")
    if [[ -n $section ]]; then printf '%s %s\n' "$(sed -n 's/^totals: //p' "$file")" "$section"; fi
  done < <(printf '%s\n' "$work/counts"/* | sort -V) >"$out"
}

# Where it does not build, it has left nothing to compare with: it may need packages that this tree no longer wants.
build_base() {
  add_tree "$parent" "$base" 2>>"$log" || die "no worktree of $base: $(tail -n 1 "$log")"
  build_in "$parent" bench_guard >>"$log" 2>&1 || alone="$(git rev-parse --short "$base") does not build here, see $log"
}

soak() {
  local growth
  mkdir "$work/soak"
  growth=$("$tree_build/bench_soak" "$soak_ticks" bench/guard "$work/soak" 2>>"$log") ||
    die "bench_soak failed: $(tail -n 1 "$log")"
  growth=${growth#soak_growth_kb_per_h }
  printf 'a day of ticks: memory grows by %s kB per hour, %s are tolerated\n' "$growth" "$growth_kb_per_h_max"
  awk -v growth="$growth" -v max="$growth_kb_per_h_max" 'BEGIN { exit !(growth ~ /^-?[0-9.]+$/ && growth + 0 <= max) }'
}

mkdir -p build/log
: >"$log"
choose_base "$@"
build_in . bench_guard bench_soak >>"$log" 2>&1 || {
  tail -n 40 "$log" >&2
  die "this tree does not build, the whole log is in $log"
}
if [[ -z $alone ]]; then build_base; fi
count . "$work/now"
problems=()
if [[ -n $alone ]]; then
  echo "instructions; nothing was compared: $alone"
  cat "$work/now"
else
  count "$parent" "$work/before"
  printf 'instructions before (%s) and now\n' "$(git log -1 --format='%h %s' "$base")"
  status=0
  bench/compare_counts.bash "$work/before" "$work/now" "$(slower_reason "$base")" || status=$?
  ((status <= 1)) || die "the counts cannot be compared"
  if ((status == 1)); then
    problems+=('slower than before: if that is meant, the commit message says why in a line "Slower: REASON" at its end')
  fi
fi
soak || problems+=("memory grows")
if ((${#problems[@]} > 0)); then
  printf 'guard: %s\n' "${problems[@]}" >&2
  exit 1
fi
