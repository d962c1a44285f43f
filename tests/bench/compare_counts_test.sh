#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What bench/compare_counts.bash says and returns, with made-up counts.
set -euo pipefail

readonly compare=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
before=$work/before now=$work/now

fail() {
  echo "FAILED: $*" >&2
  cat "$work/output" >&2
  exit 1
}

# compared STATUS [REASON] - of the files that are there.
compared() {
  local expected=$1 status=0
  shift
  "$compare" "$before" "$now" "$@" >"$work/output" 2>&1 || status=$?
  ((status == expected)) || fail "status $status instead of $expected"
}

says() {
  grep -qE -- "$1" "$work/output" || fail "does not say: $1"
}

says_not() {
  if grep -qE -- "$1" "$work/output"; then fail "says: $1"; fi
}

# Two sections, the second of which has grown to so many instructions.
grown_to() {
  printf '%s\n' '1000000 collect cpu' '100000 queue' >"$before"
  printf '%s\n' '1000000 collect cpu' "$1 queue" >"$now"
}

what_grew_by_no_more_than_is_tolerated_passes() {
  grown_to 102000
  compared 0
  says '^queue +100000 +102000 +\+2\.00 %$'
  says '^sum +1100000 +1102000 +\+0\.18 %$'
  grown_to 103000
  compared 0
  says_not 'TOO MUCH'
}

what_became_less_passes() {
  grown_to 50000
  compared 0
  says '^queue .* -50\.00 %$'
}

one_section_that_grew_by_more_fails_and_is_named() {
  grown_to 103001
  compared 1
  says '^queue .* \+3\.00 %  TOO MUCH$'
  says '^more than 3 % above: queue$'
  says_not '^collect cpu .*TOO MUCH'
}

the_sum_is_named_too() {
  printf '%s\n' '100 collect cpu' '100 queue' >"$before"
  printf '%s\n' '100 collect cpu' '200 queue' >"$now"
  compared 1
  says '^more than 3 % above: queue, sum$'
}

a_reason_makes_it_pass_and_is_told() {
  grown_to 200000
  compared 0 'checks every row'
  says 'TOO MUCH'
  says '^that is meant: checks every row$'
  compared 1 ''
}

a_reason_is_not_told_when_nothing_grew() {
  grown_to 100000
  compared 0 'checks every row'
  says_not 'meant'
}

new_and_gone_sections_are_told_and_not_in_the_sum() {
  printf '%s\n' '100 queue' '5000 collect old' >"$before"
  printf '%s\n' '900000 collect new' '100 queue' >"$now"
  compared 0
  says '^collect new +900000 +new$'
  says '^collect old +5000 +gone$'
  says '^sum +100 +100 +\+0\.00 %$'
}

nothing_in_common_is_refused() {
  echo '100 queue' >"$before"
  echo '100 collect cpu' >"$now"
  compared 2
  says 'no section in common'
}

# refused TEXT - as the counts of now, also where a reason is given.
refused() {
  echo '100 queue' >"$before"
  printf '%s' "$1" >"$now"
  compared 2 'a reason'
}

what_is_no_list_of_counts_is_refused_with_its_place() {
  refused ''
  says "$now: no counts"
  refused $'100 queue\nqueue 100\n'
  says "$now:2: expected \"INSTRUCTIONS SECTION\", got \"queue 100\""
  refused $'100\n'
  says "$now:1: expected"
  refused $'0 queue\n'
  says "$now:1: expected"
  refused $'-5 queue\n'
  says "$now:1: expected"
  refused $'1e9 queue\n'
  says "$now:1: expected"
  refused $'100 queue\n100 queue\n'
  says "$now:2: \"queue\" was there before"
  : >"$before"
  echo '100 queue' >"$now"
  compared 2
  says "$before: no counts"
}

missing_files_and_arguments_are_refused() {
  echo '100 queue' >"$before"
  rm -f "$now"
  compared 2
  says "cannot read $now"
  local status=0
  "$compare" "$before" >"$work/output" 2>&1 || status=$?
  ((status == 2)) || fail "status $status without arguments"
  says 'usage'
}

what_grew_by_no_more_than_is_tolerated_passes
what_became_less_passes
one_section_that_grew_by_more_fails_and_is_named
the_sum_is_named_too
a_reason_makes_it_pass_and_is_told
a_reason_is_not_told_when_nothing_grew
new_and_gone_sections_are_told_and_not_in_the_sum
nothing_in_common_is_refused
what_is_no_list_of_counts_is_refused_with_its_place
missing_files_and_arguments_are_refused
