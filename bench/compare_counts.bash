#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# compare_counts.bash BEFORE NOW [REASON] - two files of lines "INSTRUCTIONS SECTION", side by side. Fails (1) when a
# section, or the sum of those that both have, grew by more than is tolerated, unless REASON says why. What is not such
# a file is another failure (2).
set -euo pipefail
export LC_ALL=C

readonly tolerance_percent=3

if (($# < 2 || $# > 3)); then
  echo "usage: compare_counts.bash BEFORE NOW [REASON]" >&2
  exit 2
fi
for file in "$1" "$2"; do
  if [[ ! -r $file ]]; then
    echo "compare_counts: cannot read $file" >&2
    exit 2
  fi
done

status=0
awk -v tolerance="$tolerance_percent" '
  function refuse(why) {
    print "compare_counts: " why >"/dev/stderr"
    refused = 1
    exit 2
  }
  function change(before, now) {
    return sprintf("%+.2f %%", (now - before) * 100 / before)
  }
  function line(section, before, now, verdict, comment) {
    printf "%-36s %14s %14s %10s%s\n", section, before, now, verdict, comment
  }
  function judge(section, before, now) {
    too_much = now * 100 > before * (100 + tolerance)
    line(section, before, now, change(before, now), too_much ? "  TOO MUCH" : "")
    if (too_much) grown = grown (grown == "" ? "" : ", ") section
  }
  FNR == 1 { ++files }
  {
    section = $0
    sub(/^[0-9]+ /, "", section)
    if ($1 !~ /^[1-9][0-9]*$/ || NF < 2) refuse(FILENAME ":" FNR ": expected \"INSTRUCTIONS SECTION\", got \"" $0 "\"")
    if ((FILENAME, section) in seen) refuse(FILENAME ":" FNR ": \"" section "\" was there before")
    seen[FILENAME, section] = 1
    if (FILENAME == ARGV[1]) { before[section] = $1; order_before[++n_before] = section }
    else { now[section] = $1; order[++n_now] = section }
  }
  END {
    if (refused) exit 2
    if (n_before == 0) refuse(ARGV[1] ": no counts")
    if (n_now == 0) refuse(ARGV[2] ": no counts")
    line("section", "before", "now", "change", "")
    for (i = 1; i <= n_now; ++i) {
      section = order[i]
      if (!(section in before)) { line(section, "", now[section], "new", ""); continue }
      judge(section, before[section], now[section])
      sum_before += before[section]
      sum_now += now[section]
    }
    for (i = 1; i <= n_before; ++i) {
      if (!(order_before[i] in now)) line(order_before[i], before[order_before[i]], "", "gone", "")
    }
    if (sum_before == 0) refuse("the two have no section in common")
    judge("sum", sum_before, sum_now)
    if (grown != "") {
      print "more than " tolerance " % above: " grown
      exit 1
    }
  }
' "$1" "$2" || status=$?
if ((status == 1)) && [[ -n ${3:-} ]]; then
  printf 'that is meant: %s\n' "$3"
  exit 0
fi
exit "$status"
