#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# package_test.sh PACKAGE BUILD_DIR VERSION - what the Debian package contains and says of itself. Nothing is
# installed; BUILD_DIR has the tests' build of the same programs.
set -euo pipefail

package=$1
build=$2
version=$3
here=$(dirname "${BASH_SOURCE[0]}")
sources=$here/../..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
programs=(usr/sbin/caretakerd usr/bin/caretakerctl usr/libexec/caretaker-docker-gate)
pages=(man8/caretakerd.8 man1/caretakerctl.1 man5/caretaker.ini.5 man8/caretaker-docker-gate.8)
failures=0

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# expect_same WHAT EXPECTED FOUND
expect_same() {
  if ! diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") >"$work/difference"; then
    fail "$1 (< expected, > found)"
    cat "$work/difference" >&2
  fi
}

unpack() {
  [[ -f $package ]] || {
    echo "FAILED: there is no $package: run ./dev package" >&2
    exit 1
  }
  dpkg-deb -x "$package" "$root"
  dpkg-deb -e "$package" "$work/control"
}

field() {
  dpkg-deb -f "$package" "$1"
}

expected_content() {
  grep -v '^#' "$here/content.txt"
  local file
  for file in "$sources"/docs/*.md; do echo "-rw-r--r-- /usr/share/doc/caretaker/${file##*/}"; done
  for file in "$sources"/sql/{sqlite,mysql}/*.sql; do
    echo "-rw-r--r-- /usr/share/caretaker/${file#"$sources/"}"
  done
}

every_file_is_known_and_belongs_to_root() {
  local listing
  listing=$(dpkg-deb -c "$package")
  expect_same "the files of the package" "$(expected_content | LC_ALL=C sort -k2)" \
    "$(awk '!/^d/ {print $1, substr($6, 2)}' <<<"$listing" | sed 's/\.gz$//' | LC_ALL=C sort -k2)"
  expect_same "whose files they are" root/root "$(awk '{print $2}' <<<"$listing" | sort -u)"
  expect_same "the modes of folders" drwxr-xr-x "$(awk '/^d/ {print $1}' <<<"$listing" | sort -u)"
  grep -q ' \./etc/caretaker/config\.d/$' <<<"$listing" || fail "/etc/caretaker/config.d is missing"
}

the_fields_are_right() {
  expect_same Package caretaker "$(field Package)"
  expect_same Version "$version" "$(field Version)"
  expect_same Architecture "$(dpkg --print-architecture)" "$(field Architecture)"
  expect_same Recommends "" "$(field Recommends)"
  # A further one has to be worth it: the package and what it needs is to be at most 24 packages on a bare system.
  expect_same Depends "libc6 libfmt9 libgcc-s1 libinih1 libmariadb3 libmicrohttpd12 libsmartcols1 \
libsqlite3-0 libstdc++6 libsystemd0 libxxhash0 systemd" \
    "$(field Depends | tr , '\n' | awk '{print $1}' | sort -u | xargs)"
}

the_configuration_is_the_sample() {
  expect_same conffiles /etc/caretaker/config.ini "$(<"$work/control/conffiles")"
  cmp "$root/etc/caretaker/config.ini" "$sources/config/config.ini" || fail "config.ini is not the sample"
}

# The order counts: accounts, then modes that name them, then what runs as them.
the_scripts_start_nothing_anew() {
  expect_same "the order in postinst" "systemd-sysusers systemd-tmpfiles try-restart" \
    "$(grep -oE '^ *systemd-sysusers|^\s*systemd-tmpfiles|try-restart' "$work/control/postinst" | xargs)"
  if grep -E 'deb-systemd-invoke (start|restart|enable)' "$work/control/postinst"; then
    fail "the installation starts a unit"
  fi
  grep -q "try-restart 'caretaker-docker-gate.service' 'caretaker.service'" "$work/control/postinst" ||
    fail "an upgrade does not restart the daemon and the gate"
  expect_same "the scripts" "conffiles control md5sums postinst postrm prerm" \
    "$(cd "$work/control" && echo *)"
}

# compiled_with PROGRAM PATTERN READELF-OPTION... - as readelf tells.
compiled_with() {
  # Not grep -q: it would not read to the end, and readelf would fail.
  readelf -W "${@:3}" "$root/$1" | grep -E "$2" >/dev/null || fail "$1 is without $2"
}

the_programs_are_hardened() {
  local program
  for program in "${programs[@]}"; do
    compiled_with "$program" 'Type: +DYN' -h
    compiled_with "$program" 'GNU_RELRO' -l
    compiled_with "$program" 'BIND_NOW|Flags:.* NOW' -d
    compiled_with "$program" 'FLAGS_1.*PIE' -d
    compiled_with "$program" 'GNU_STACK.* RW ' -l
    compiled_with "$program" '__stack_chk_fail' --dyn-syms
    compiled_with "$program" '__[a-z]+_chk@' --dyn-syms
    if readelf -d "$root/$program" | grep -E 'RPATH|RUNPATH'; then fail "$program has a path of its own for libraries"; fi
    if readelf -S "$root/$program" | grep -E '\.debug_info|\.symtab'; then fail "$program is not stripped"; fi
  done
}

# The tests' build can be told to kill itself; that this check sees it there shows that it would see it here.
no_program_has_fault_points() {
  grep -q CARETAKER_FAULT "$build/caretakerd" || fail "the tests' build has no fault points: this check finds nothing"
  local program
  for program in "${programs[@]}"; do
    if grep -q CARETAKER_FAULT "$root/$program"; then fail "$program has fault points"; fi
  done
}

the_programs_run() {
  expect_same "caretakerd --version" "$version" "$("$root/usr/sbin/caretakerd" --version)"
  "$root/usr/sbin/caretakerd" --config "$root/etc/caretaker/config.ini" --check-config >/dev/null ||
    fail "the sample configuration is not valid"
}

# As man shows them on a terminal of 80 columns; apropos reads the line after NAME.
the_man_pages_are_well_formed() {
  local page file said
  for page in "${pages[@]}"; do
    file=$root/usr/share/man/$page.gz
    if ! [[ -f $file ]]; then
      fail "$page is missing"
      continue
    fi
    said=$(MANWIDTH=80 MANROFFSEQ='' man --warnings=w -l "$file" 2>&1 >"$work/page") || fail "man $page"
    [[ -z $said ]] || fail "$page: $said"
    lexgrog "$file" | grep -qE ": \"$(basename "${page%.*}") - [a-z].*\"" || fail "$page: its line after NAME"
    grep -q '^SEE ALSO$' "$work/page" || fail "$page: no SEE ALSO"
    # What is left of Markdown: a link, a table, a heading, code.
    if grep -nE '\]\(|^ *\|.*\|$|^#+ [A-Z]|`' "$work/page"; then fail "$page has Markdown"; fi
  done
}

# What its findings of the kind "info" are about: other init systems, and words that only stand side by side.
lintian_finds_nothing() {
  local -a allowed=(package-supports-alternative-init-but-no-init.d-script spelling-error-in-binary)
  local said
  said=$(lintian --allow-root --pedantic --display-info --suppress-tags "$(IFS=, && echo "${allowed[*]}")" "$package") ||
    fail "lintian"
  [[ -z $said ]] || fail "lintian: $said"
}

unpack
every_file_is_known_and_belongs_to_root
the_fields_are_right
the_configuration_is_the_sample
the_scripts_start_nothing_anew
the_programs_are_hardened
no_program_has_fault_points
the_programs_run
the_man_pages_are_well_formed
lintian_finds_nothing
if ((failures > 0)); then exit 1; fi
echo "the package is good"
