#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Which commit bench/guard_base.bash chooses in small repositories, and which reasons it finds.
set -euo pipefail

# shellcheck source=bench/guard_base.bash
source "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@localhost GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@localhost
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

equal() {
  [[ $1 == "$2" ]] || fail "${FUNCNAME[1]}: \"$1\" instead of \"$2\""
}

# commit MESSAGE - of everything, with a change.
commit() {
  echo "$1" >>history
  git add -A
  git commit -qm "$1"
}

# A repository of two commits; the first one has no bench_guard.
new_repository() {
  rm -rf "$work/repository" "$work/clone"
  git init -q -b main "$work/repository"
  cd "$work/repository"
  commit first
  mkdir bench
  touch bench/guard.cpp
  commit second
}

a_clean_tree_is_compared_with_its_parent() {
  new_repository
  commit third
  choose_base
  equal "$base" "$(git rev-parse HEAD^)"
  equal "$alone" ''
}

a_merge_is_compared_with_what_it_was_merged_into() {
  new_repository
  git checkout -q -b side
  touch side
  commit on-side
  git checkout -q main
  commit on-main
  local -r main=$(git rev-parse HEAD)
  git merge -q --no-edit -s ours side
  choose_base
  equal "$base" "$main"
}

what_is_not_committed_is_compared_with_head() {
  new_repository
  touch new
  choose_base
  equal "$base" "$(git rev-parse HEAD)"
  equal "$(slower_reason "$base")" ''
}

a_named_commit_is_taken() {
  new_repository
  commit third
  commit fourth
  choose_base HEAD~2
  equal "$base" "$(git rev-parse HEAD~2)"
  local told
  if told=$( (choose_base nonsense) 2>&1); then fail "nonsense is a commit"; fi
  equal "$told" 'guard: nonsense is no commit of this checkout'
}

a_parent_without_bench_guard_is_told() {
  new_repository
  choose_base
  equal "$alone" "$(git rev-parse --short HEAD^) has no bench_guard yet"
}

a_checkout_without_the_parent_is_told() {
  new_repository
  commit third
  git clone -q --depth 1 "file://$work/repository" "$work/clone"
  cd "$work/clone"
  choose_base
  equal "$base" ''
  equal "$alone" 'this checkout has no parent of HEAD'
}

a_folder_without_git_is_told() {
  rm -rf "$work/none"
  mkdir "$work/none"
  cd "$work/none"
  GIT_CEILING_DIRECTORIES=$work choose_base
  equal "$base" ''
  [[ $alone == 'git knows no commit here: fatal: not a git repository'* ]] || fail "$alone"
}

reasons_are_those_of_all_commits_since() {
  new_repository
  commit $'third\n\nSlower: before'
  commit $'fourth\n\nText.\n\nSlower: one reason\nSigned-off-by: a'
  commit $'fifth, Slower: not at the end\n\nSlower: neither\n\nText.'
  commit $'sixth\n\nslower: another,\n with a second line'
  equal "$(slower_reason HEAD~3)" 'another, with a second line;one reason'
  equal "$(slower_reason HEAD)" ''
}

a_clean_tree_is_compared_with_its_parent
a_merge_is_compared_with_what_it_was_merged_into
what_is_not_committed_is_compared_with_head
a_named_commit_is_taken
a_parent_without_bench_guard_is_told
a_checkout_without_the_parent_is_told
a_folder_without_git_is_told
reasons_are_those_of_all_commits_since
