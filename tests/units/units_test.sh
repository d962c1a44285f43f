#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# units_test.sh BUILD_DIR PREFIX - installs the build into an empty root and shows the result to systemd's own
# checkers. With root's rights also makes the user and sets the modes in that root; nothing outside is touched.
set -euo pipefail

build=$1
prefix=$2
security_page=$(dirname "${BASH_SOURCE[0]}")/../../docs/security.md
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
units=$root$prefix/lib/systemd/system

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

install_build() {
  DESTDIR=$root cmake --install "$build" >"$root/install.log" || {
    cat "$root/install.log" >&2
    fail "cmake --install"
  }
}

everything_is_in_its_place() {
  local file
  for file in "$prefix"/{sbin/caretakerd,bin/caretakerctl,lib/systemd/system/caretaker.service} \
    "$prefix"/lib/systemd/system/caretaker-mysql-maintain.{service,timer} \
    "$prefix"/{lib/sysusers.d/caretaker.conf,lib/tmpfiles.d/caretaker.conf} \
    "$prefix"/share/caretaker/sql/{sqlite/001_store,mysql/001_tables}.sql \
    "$prefix"/{share/bash-completion/completions/caretakerctl,share/doc/caretaker/README.md} \
    /etc/caretaker/config.ini; do
    [[ -s $root$file ]] || fail "$file is not installed"
  done
  [[ -d $root/etc/caretaker/config.d ]] || fail "/etc/caretaker/config.d is not installed"
  if grep -n '@[A-Z_]*@' "$units"/*; then fail "a placeholder is left in a unit"; fi
}

a_configuration_is_never_replaced() {
  cp "$root/etc/caretaker/config.ini" "$root/sample.ini"
  echo "# mine" >"$root/etc/caretaker/config.ini"
  install_build
  [[ $(<"$root/etc/caretaker/config.ini") == "# mine" ]] || fail "config.ini was replaced"
  mv "$root/sample.ini" "$root/etc/caretaker/config.ini"
}

# The units' programs must exist for the verification, so it sees copies with the paths below our root.
the_units_are_valid() {
  local copies=$root/units unit said
  mkdir "$copies"
  for unit in "$units"/*; do
    sed -E "s#^(Exec[A-Za-z]+=)#\1$root#" "$unit" >"$copies/${unit##*/}"
  done
  said=$(systemd-analyze verify --man=no "$copies"/* 2>&1) || fail "systemd-analyze verify: $said"
  # It exits with 0 after an unknown setting, which it only mentions.
  if grep -F caretaker <<<"$said"; then fail "systemd-analyze verify complains"; fi
}

# Tenths of a point, of systemd-analyze(1), "security". docs/security.md explains every line that remains.
readonly exposure_max=15
exposure_is_low() {
  local unit said
  for unit in "$root"/units/*.service; do
    said=$(systemd-analyze security --offline=yes --threshold="$exposure_max" --no-pager "$unit") ||
      fail "${unit##*/} is exposed too much:"$'\n'"$(grep -v '^✓' <<<"$said")"
    grep Overall <<<"$said"
    remaining_exposure_is_documented "${unit##*/}" "$said"
  done
}

# remaining_exposure_is_documented UNIT REPORT - docs/security.md has a section "UNIT: FIGURE" with exactly the
# points that systemd counts.
remaining_exposure_is_documented() {
  local unit=$1 report=$2 figure counted documented
  figure=$(grep -oP 'Overall exposure level for .*: \K[0-9.]+' <<<"$report")
  counted=$(sed -nE 's/^✗ ([^ ]+) .* ([0-9.]+) *$/\1 \2/p' <<<"$report" | sort)
  # shellcheck disable=SC2016 # these are Markdown's backquotes
  documented=$(awk -v heading="### $unit: $figure" '/^#/ { here = $0 == heading } here' "$security_page" |
    sed -nE 's/^\| `([^`]+)` \| ([0-9.]+) \| .+ \|$/\1 \2/p' | sed 's/\\|/|/g' | sort)
  [[ -n $counted ]] || fail "no points are read from systemd's report on $unit"
  diff <(echo "$documented") <(echo "$counted") >&2 ||
    fail "docs/security.md (<) does not say of $unit, $figure, what systemd counts (>)"
}

user_and_modes_are_made() {
  mkdir -p "$root/etc"
  systemd-sysusers --root="$root" caretaker.conf || fail "systemd-sysusers"
  grep -q '^caretaker:.*:/var/lib/caretaker:' "$root/etc/passwd" || fail "there is no user caretaker"
  local group
  group=$(sed -n 's/^caretaker:x:\([0-9]*\):.*/\1/p' "$root/etc/group")
  systemd-tmpfiles --create --root="$root" caretaker.conf || fail "systemd-tmpfiles"
  [[ $(stat -c %a:%u:%g "$root/etc/caretaker/config.ini") == "640:0:$group" ]] ||
    fail "config.ini is not 0640 root:caretaker"
}

install_build
everything_is_in_its_place
a_configuration_is_never_replaced
the_units_are_valid
exposure_is_low
if ((EUID == 0)); then user_and_modes_are_made; fi
echo "all units are good"
