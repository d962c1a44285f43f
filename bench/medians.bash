# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For large tables: summary and value read all measurements again for every cell.
# shellcheck disable=SC2154 # bench/run sets the folders

declare -A medians=() # by key, as the tables write them

# read_medians - from all measurements so far.
read_medians() {
  local key median
  medians=()
  while read -r key median; do medians[$key]=$median; done < <(sort -s -k 1,1 -k 2,2g "$results" | awk '
    function number(value, size) {
      size = value < 0 ? -value : value
      return sprintf(size == int(size) || size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f", value)
    }
    function tell() {
      if (count > 0) print key, number(count % 2 ? value[(count + 1) / 2] : (value[count / 2] + value[count / 2 + 1]) / 2)
      count = 0
    }
    $1 != key { tell(); key = $1 }
    { value[++count] = $2 }
    END { tell() }')
}

# cell KEY - of a row; empty where nothing was measured.
cell() {
  printf ' %s |' "${medians[$1]:-}"
}

# measured_names PATTERN - what an extended regular expression with one group finds in the keys, in the order of
# the measurements, each once.
measured_names() {
  sed -nE "s|^$1 .*|\1|p" "$results" | awk '!seen[$0]++'
}
