# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# docs/benchmarks.md out of the sections of this run and of the runs before, and the table in README.md.
# shellcheck disable=SC2154 # bench/run sets the folders

declare -A part_titles=([daemon]="The daemon" [micro]="Single steps"
  [scheduler]="The scheduler" [delivery]="Delivery of a backlog" [growth]="A growing store"
  [fleet]="A fleet" [cleanup]="Cleanup" [peers]="Beside other agents")
readonly notes_title="### Where the time goes" missed_mark="**missed**"
readonly readme_begin="<!-- Made by ./dev bench, as docs/benchmarks.md is: begin -->" readme_end="<!-- end -->"

# part_link PART - its heading on the page, as a link from the page itself.
part_link() {
  local anchor=${part_titles[$1],,}
  printf '[%s](%s#%s)' "${part_titles[$1]}" "${2:-}" "${anchor// /-}"
}

# old_part PART - its section of the page as it is, without what bench/notes holds.
old_part() {
  [[ -e $docs/benchmarks.md ]] || return 0
  awk -v begin="## ${part_titles[$1]}" -v notes="$notes_title" '
    /^## / { inside = $0 == begin }
    $0 == notes { inside = 0 }
    inside { print }' "$docs/benchmarks.md"
}

# The sections, one file each: those that were measured are new, the others stay. A section that there never was has
# no file.
write_sections() {
  local part text
  mkdir "$work/sections"
  for part in "${all_parts[@]}"; do
    if [[ -e $work/$part.md ]]; then text=$(<"$work/$part.md"); else text=$(old_part "$part"); fi
    if [[ -z $text ]]; then continue; fi
    {
      printf '%s\n' "$text"
      if [[ -e bench/notes/$part.md ]]; then printf '\n%s\n\n%s\n' "$notes_title" "$(<"bench/notes/$part.md")"; fi
    } >"$work/sections/$part.md"
  done
}

print_contents() {
  local part
  for part in "${all_parts[@]}"; do
    if [[ -e $work/sections/$part.md ]]; then printf -- '- %s\n' "$(part_link "$part")"; fi
  done
}

# Every line of a table that says so, with the section that it is in.
print_missed() {
  local part total=0 count where="" line
  for part in "${all_parts[@]}"; do
    [[ -e $work/sections/$part.md ]] || continue
    count=$(grep -cF "| $missed_mark |" "$work/sections/$part.md" || true)
    if ((count == 0)); then continue; fi
    total=$((total + count))
    where+="${where:+, }$(part_link "$part") ($count)"
  done
  if ((total == 0)); then
    printf 'Missed figures: none.\n'
    return
  fi
  printf 'Missed figures: %s, in these sections: %s.\n\n' "$total" "$where"
  printf '| missed | goal | measured | section |\n|---|---|---|---|\n'
  for part in "${all_parts[@]}"; do
    [[ -e $work/sections/$part.md ]] || continue
    while IFS= read -r line; do
      printf '%s | %s |\n' "${line% | "$missed_mark" |}" "$(part_link "$part")"
    done < <(grep -F "| $missed_mark |" "$work/sections/$part.md")
  done
}

write_page() {
  local part
  cat <<'END'
# Benchmarks

Made by `./dev bench`; no figure is typed by hand. Every value is the median of its rounds, with the smallest and the largest
behind it. 1 MB is 10^6 bytes. Nothing is subtracted: what else runs on the machine while it is measured makes the figures
worse (cold caches, waiting). Compare rows of one run, and runs of one machine: every section says its own.

END
  print_contents
  printf '\n'
  print_missed
  for part in "${all_parts[@]}"; do
    if [[ -e $work/sections/$part.md ]]; then printf '\n%s\n' "$(<"$work/sections/$part.md")"; fi
  done
}

# write_headline PART - what README.md shows of it: a line about the machine, then rows of the table; the part `peers` has a
# table of its own. Nothing where this run has none of them.
write_headline() {
  local rows
  declare -F "headline_$1" >/dev/null || return 0
  rows=$("headline_$1")
  if [[ -z $rows ]]; then return; fi
  printf '%s; %s cores of %s; Caretaker %s\n%s\n' "$(date -u '+%Y-%m-%d')" "$(nproc)" "$(cpu_model)" "$(revision)" "$rows" \
    >"$work/headline-$1.md"
}

# headline_rows PART
headline_rows() {
  if [[ -e $docs/benchmarks/headline-$1.md ]]; then tail -n +2 "$docs/benchmarks/headline-$1.md"; fi
}

# What README.md holds between its marks, from the files of this run and of the runs before.
print_headlines() {
  local part rows
  rows=$(for part in "${all_parts[@]}"; do
    if [[ $part != peers ]]; then headline_rows "$part"; fi
  done)
  if [[ -n $rows ]]; then printf '| figure | goal | measured | |\n|---|---|---|---|\n%s\n\n' "$rows"; fi
  rows=$(headline_rows peers)
  if [[ -n $rows ]]; then
    printf 'Beside what people run for the same purpose, at an interval of 1 s; in brackets by the figure of Caretaker:\n\n%s\n\n' "$rows"
  fi
  print_headline_machines
  printf 'Everything else, and how it is measured: [docs/benchmarks.md](docs/benchmarks.md).\n'
}

# The parts that were measured on the same day with the same program share a line.
print_headline_machines() {
  local part file
  for part in "${all_parts[@]}"; do
    file=$docs/benchmarks/headline-$part.md
    if [[ -e $file ]]; then printf '%s\t%s\n' "$(head -n 1 "$file")" "${part_titles[$part]}"; fi
  done | awk -F '\t' '
    !($1 in parts) { order[++count] = $1 }
    { parts[$1] = parts[$1] (parts[$1] == "" ? "" : ", ") "*" $2 "*" }
    END {
      for (i = 1; i <= count; ++i) printf "- %s: %s\n", parts[order[i]], order[i]
      if (count > 0) print ""
    }'
}

# Between the marks of a README.md; what is outside stays.
update_readme() {
  local marks
  marks=$(grep -cxF -e "$readme_begin" -e "$readme_end" "$1" || true)
  if [[ $marks != 2 ]]; then
    say "$1 has not its two marks, and stays as it is: $readme_begin $readme_end"
    return
  fi
  print_headlines >"$work/headlines.md"
  awk -v begin="$readme_begin" -v end="$readme_end" -v file="$work/headlines.md" '
    $0 == end { inside = 0 }
    !inside { print }
    $0 == begin { inside = 1; while ((getline line < file) > 0) print line }' "$1" >"$work/README.md"
  cat "$work/README.md" >"$1"
  say "written: $1"
}

# publish - the page, its charts and the headline; README.md only together with the page in docs/.
publish() {
  local part
  write_sections
  write_page >"$work/benchmarks.md"
  mkdir -p "$docs/benchmarks"
  mv "$work/benchmarks.md" "$docs/benchmarks.md"
  if [[ -d $work/charts ]]; then mv "$work/charts/"*.svg "$docs/benchmarks/"; fi
  for part in "${parts[@]}"; do
    rm -f "$docs/benchmarks/headline-$part.md"
    if [[ -e $work/headline-$part.md ]]; then mv "$work/headline-$part.md" "$docs/benchmarks/"; fi
  done
  say "written: $docs/benchmarks.md"
  if [[ $docs -ef docs ]]; then
    update_readme README.md
  else
    print_headlines >"$docs/headline.md"
    say "written: $docs/headline.md"
  fi
}
