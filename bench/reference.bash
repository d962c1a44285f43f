# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The daemon of a commit that met the goals of CPU time on the machine of its day. The same work takes another time on
# another machine; beside that commit it can be compared.
# shellcheck disable=SC2034,SC2154 # for the scripts that source it; bench/run sets the folders

readonly reference_commit=a08c47ca86cabd3d3039c5b9efdaf6d5eb7431c8 reference_tree=build/bench-reference
readonly reference=${reference_commit:0:7}
# What docs/benchmarks.md said of it (in 1570268), and the goals: µs of CPU per stored sample.
declare -rA reference_us=([local]=4.51 [tls]=5.24) reference_goal_us=([local]=5 [tls]=8)

# Builds it; without it, $reference_missing says why.
reference_missing=
make_reference() {
  say "the daemon of $reference, to compare with"
  if ! add_tree "$reference_tree" "$reference_commit" 2>"$work/reference.log"; then
    reference_missing="this checkout does not have it: $(tail -n 1 "$work/reference.log")"
  elif ! build_in "$reference_tree" caretakerd >"$work/reference.log" 2>&1; then
    reference_missing="it does not build here: $(tail -n 1 "$work/reference.log")"
  fi
}

# daemon_of KIND - the program of a kind of round.
daemon_of() {
  if [[ $1 == reference_* ]]; then
    printf '%s' "$PWD/$reference_tree/$tree_build/caretakerd"
  else
    printf '%s' "$build/caretakerd"
  fi
}

# record_reference_share KIND - the newest round of a kind beside the newest one of the reference.
record_reference_share() {
  record "reference_share_$1" "$(ratio "$(newest "cpu_us_$1")" "$(newest "cpu_us_reference_$1")")"
}

newest() {
  awk -v key="$1" '$1 == key { value = $2 } END { print value }' "$results"
}

# reference_limit KIND - the goal by what the reference took when it met it.
reference_limit() {
  awk -v goal="${reference_goal_us[$1]}" -v us="${reference_us[$1]}" 'BEGIN { printf "%.2f", goal / us }'
}

# reference_figure KIND TEXT - a line of the table.
reference_figure() {
  figure "$2, by that of $reference, which met the goal on another machine" "<= $(reference_limit "$1")" "" \
    "reference_share_$1"
}

say_whether_reference_is_there() {
  if [[ -n $reference_missing ]]; then printf '\nNot compared with %s: %s.\n' "$reference" "$reference_missing"; fi
}

explain_reference() {
  cat <<END
- *By that of $reference*: the same work takes another time on another machine. On the machine of its day $reference met the goals, with
  ${reference_us[local]} µs on a new local store and ${reference_us[tls]} µs with MySQL over TLS (this page in 1570268). It is built again and measured by turns with
  this Caretaker, the columns \`reference_\`. ${reference_goal_us[local]} µs is $(reference_limit local) times those ${reference_us[local]}, and ${reference_goal_us[tls]} µs $(reference_limit tls) times those ${reference_us[tls]}: up to there this Caretaker
  meets the goals where $reference met them.
END
}
