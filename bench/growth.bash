# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What stays the same, and what grows, with 1, 10 and 100 days of data.
# shellcheck disable=SC2154 # bench/run sets the folders and the durations

measure_growth_part() {
  :
}

growth_details() {
  :
}
