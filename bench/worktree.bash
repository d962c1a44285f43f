# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Another commit of this checkout, built beside it. Sourced by bench/guard.bash and bench/run.

# In every tree: at the same depth everywhere, the compiler's cache serves all trees.
readonly tree_build=build/guard

# remove_tree FOLDER
remove_tree() {
  if [[ -d $1 ]]; then git worktree remove --force "$1" || rm -rf "$1"; fi
}

# add_tree FOLDER COMMIT - a fresh work tree; git's words on standard error when there is none.
add_tree() {
  git worktree prune
  remove_tree "$1"
  git worktree add --quiet --detach "$1" "$2"
}

# build_in TREE TARGET... - in its $tree_build, with the compiler's words on both outputs.
build_in() {
  local tree=$1
  shift
  (
    cd "$tree" &&
      cmake --preset release -B "$tree_build" -DCARETAKER_TESTS=OFF -DCARETAKER_BENCH=ON &&
      cmake --build "$tree_build" --target "$@"
  )
}
