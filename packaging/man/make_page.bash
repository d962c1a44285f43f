#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# make_page.bash PAGE VERSION - prints the man page that PAGE (NAME.SECTION.md) describes. Its text is Markdown; a line
# `@docs/FILE.md@` stands for the text of that file, whose headings, tables and links become those of a man page:
# lowdown would draw the tables, which no terminal is wide enough for.
set -euo pipefail

readonly page=$1 version=$2
source_folder=$(dirname "${BASH_SOURCE[0]}")/../..
name=$(basename "$page" .md)
section=${name##*.}
case $section in
  1) volume="User Commands" ;;
  5) volume="File Formats" ;;
  8) volume="System Administration" ;;
  *) echo "make_page.bash: $page: no section 1, 5 or 8 in its name" >&2 && exit 1 ;;
esac

# A row becomes a term and its explanation, and options are written as in every man page: --bold *italic*.
# shellcheck disable=SC2016 # sed's own backquotes
readonly table_rows='
  s/\\\|/\a/g
  s/^\| (`[^|]*`) \| ([^|]*) \|  \| (.*) \|$/\n\1\n: \3 (\2)\n/
  s/^\| (`[^|]*`) \| ([^|]*) \| ([^|]*) \| (.*) \|$/\n\1 = \3\n: \4 (\2)\n/
  /^\|/G
  s/^\| ([^|]*) \| ([^|]*) \| (.*) \|\n.* \| (.*) \|$/\n\1\n: \2 (\4: \3)\n/
  s/^\| (.*) \| (.*) \|\n.*/\n\1\n: \2\n/
  s/\a/|/g
  s/^\n`(-[a-z-]+)( ([^`]*))?`/\n**\1** *\3*/
  s/ \*\*\n/\n/'

# Pages that are man pages too are named as such, the others where the package puts them.
# shellcheck disable=SC2016
readonly links='
  s/\[([^]]*)\]\(caretakerctl\.md[^)]*\)/**caretakerctl**(1)/g
  s/\[([^]]*)\]\(caretakerd\.md[^)]*\)/**caretakerd**(8)/g
  s/\[([^]]*)\]\(configuration\.md[^)]*\)/**caretaker.ini**(5)/g
  s/\[([^]]*)\]\(caretaker-docker-gate\.md[^)]*\)/**caretaker-docker-gate**(8)/g
  s/\[([^]]*)\]\(([a-z-]+\.md)[^)]*\)/`\2`/g'

body() {
  # The first line of a table is kept aside (it tells what a third column is); the second one goes.
  sed -E '$!N; s/^(\|.*)\n\|-.*/@head\1/; P; D' "$source_folder/$1" |
    sed -E "/^\`\`\`/,/^\`\`\`/b
      /^@head/{h;d}
      /^<!--.*-->\$/d
      /^# /d
      s/^## Exit codes\$/## Exit status/
      s/^## (.*)/# \\U\\1/
      s/^### /## /
      $table_rows
      $links"
}

whole_text() {
  local line
  while IFS= read -r line; do
    if [[ $line =~ ^@(.*)@$ ]]; then body "${BASH_REMATCH[1]}"; else printf '%s\n' "$line"; fi
  done <"$page"
}

# Terms as the tagged paragraphs that they are, and names in bold: lowdown asks for a typewriter's letters. No hyphens in
# names, and so no lines that are stretched to the right margin either.
whole_text | lowdown -s -tman --out-no-smarty --parse-no-metadata --nroff-nolinks -M "title: ${name%.*}" -M "section: $section" \
  -M "source: Caretaker $version" -M "volume: $volume" |
  sed -zE 's/\.LP\n([^\n]*)\n\.if n \\\n\.sp -1v\n\.if t \\\n\.sp -0\.25v\n\.IP "" 5n\n/.TP\n\1\n/g
    s/\.(SH|SS)\n/.\1 /g
    s/\\fC/\\fB/g
    s/(\n\.TH [^\n]*)/\1\n.nr HY 0\n.nh\n.ad l/'
