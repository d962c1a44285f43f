# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What `./dev guard` compares with. Sourced by bench/guard.bash and its test; the current folder is the checkout.

die() {
  printf 'guard: %s\n' "$*" >&2
  exit 1
}

# choose_base [COMMIT] - the commit to compare with, in $base, or why there is none, in $alone. Without COMMIT what is
# not committed is compared with HEAD, else HEAD with its (first) parent.
# shellcheck disable=SC2034 # for the scripts that source it
choose_base() {
  local problem
  base='' alone=''
  if ! problem=$(git rev-parse --verify HEAD 2>&1); then
    alone="git knows no commit here: ${problem%%$'\n'*}"
  elif (($# > 0)); then
    base=$(git rev-parse --verify --quiet "$1^{commit}") || die "$1 is no commit of this checkout"
  elif [[ -n $(git status --porcelain) ]]; then
    base=$(git rev-parse HEAD)
  elif ! base=$(git rev-parse --verify --quiet "HEAD^1^{commit}"); then
    alone="this checkout has no parent of HEAD"
  fi
  if [[ -n $base ]] && ! git cat-file -e "$base:bench/guard.cpp" 2>/dev/null; then
    alone="$(git rev-parse --short "$base") has no bench_guard yet"
  fi
}

# slower_reason BASE - what the commits after BASE say in trailers "Slower: REASON", one line; empty when they do not.
slower_reason() {
  git log --format='%(trailers:key=Slower,valueonly,unfold)' "$1..HEAD" | sed '/^$/d' | paste -sd ';'
}
