#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# guard.bash [BASE] - counts the instructions of the same work in this tree and in BASE, its parent, and fails when
# they have become more than is tolerated; then replays a day and fails when memory grows. What `./dev guard` runs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly build=build/guard parent=build/guard-parent
readonly soak_ticks=86400 # a day at 1 s

die() {
  printf 'guard: %s\n' "$*" >&2
  exit 1
}

work=$(mktemp -d "${TMPDIR:-/var/tmp}/caretaker-guard.XXXXXX")
readonly work log=$PWD/build/log/guard.log
clean_up() {
  rm -rf "$work"
  remove_parent
}
trap clean_up EXIT
trap 'exit 130' INT TERM

remove_parent() {
  if [[ -d $parent ]]; then git worktree remove --force "$parent" || rm -rf "$parent"; fi
}

# build_in TREE TARGET... - in its build/guard: at the same depth everywhere, the compiler's cache serves all trees.
build_in() {
  local tree=$1
  shift
  (
    cd "$tree"
    cmake --preset release -B "$build" -DCARETAKER_TESTS=OFF -DCARETAKER_BENCH=ON &&
      cmake --build "$build" --target "$@"
  ) >>"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    die "$tree does not build, the whole log is in $log"
  }
}

# count TREE OUT - lines "INSTRUCTIONS SECTION". Folder and arguments have the same names for every tree: longer paths
# are more instructions.
count() {
  local tree=$1 out=$2
  rm -rf "$work/run" "$work/counts"
  mkdir "$work/run" "$work/counts"
  cp "$tree/config/config.ini" "$work/config.ini"
  valgrind --quiet --tool=callgrind --collect-atstart=no --callgrind-out-file="$work/counts/of" \
    "$tree/$build/bench_guard" bench/guard "$work/config.ini" "$work/run" >>"$log" 2>&1 ||
    die "bench_guard of $tree failed: $(tail -n 3 "$log")"
  local file section
  while IFS= read -r file; do
    section=$(sed -n 's/^desc: Trigger: Client Request: //p' "$file")
    if [[ -n $section ]]; then printf '%s %s\n' "$(sed -n 's/^totals: //p' "$file")" "$section"; fi
  done < <(printf '%s\n' "$work/counts"/* | sort -V) >"$out"
}

# The commit to compare with, in $base, or why there is none, in $alone.
choose_base() {
  base='' alone=''
  if ! git rev-parse --verify --quiet HEAD >/dev/null; then
    alone="this is no git checkout"
  elif (($# > 0)); then
    base=$(git rev-parse --verify --quiet "$1^{commit}") || die "$1 is no commit here"
  elif [[ -n $(git status --porcelain) ]]; then
    base=$(git rev-parse HEAD)
  elif ! base=$(git rev-parse --verify --quiet "HEAD^{commit}^"); then
    alone="the parent of HEAD is not in this checkout"
  fi
  if [[ -n $base ]] && ! git cat-file -e "$base:bench/guard.cpp" 2>/dev/null; then
    alone="$(git log -1 --format=%h "$base") has no bench_guard yet"
  fi
}

compare_with_base() {
  git worktree prune
  remove_parent
  git worktree add --quiet --detach "$parent" "$base" 2>>"$log" || die "no worktree of $base: $(tail -n 1 "$log")"
  build_in "$parent" bench_guard
  count "$parent" "$work/before"
  printf 'instructions, before: %s, now: %s\n' "$(git log -1 --format='%h %s' "$base")" \
    "$(git describe --always --dirty=' with changes')"
  bench/compare_counts.bash "$work/before" "$work/now" \
    "$(git log --format='%(trailers:key=Slower,valueonly,separator=%x3B )' "$base..HEAD" | sed '/^$/d')"
}

mkdir -p build/log
: >"$log"
choose_base "$@"
build_in . bench_guard
count . "$work/now"
failed=''
if [[ -n $alone ]]; then
  echo "nothing was compared: $alone"
  cat "$work/now"
elif ! compare_with_base; then
  failed="slower than before. If it is meant, say why in the commit message: a last line \"Slower: REASON\""
fi
if [[ -n $failed ]]; then die "$failed"; fi
