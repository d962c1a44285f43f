# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Bar charts beside the tables, as SVG files.
# shellcheck disable=SC2154 # bench/run sets the folders

readonly python=/usr/bin/python3 # Debian's, which has the packages of the list

# chart_row LABEL KEY - a bar of what was measured for KEY; without any measurement the chart says so.
chart_row() {
  local median min max rest
  if read -r median min max rest < <(summary "$2"); then
    printf '%s\t%s\t%s\t%s\n' "$1" "$median" "$min" "$max"
  else
    printf '%s\n' "$1"
  fi
}

# draw_chart NAME TITLE UNIT less|more - from the rows on stdin to a file, and the line of the page that shows it.
# NAME begins with that of its part.
draw_chart() {
  mkdir -p "$work/charts"
  "$python" bench/bar_chart.py "$2" "$3" "$4" >"$work/charts/$1.svg"
  printf '\n![%s](benchmarks/%s.svg)\n' "$2${3:+, $3}" "$1"
}
