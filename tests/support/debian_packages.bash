# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the scripts share that get programs from Debian packages without installing them. Sourced.

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

# The mirror that this machine uses itself.
mirror() {
  local -a uris
  # shellcheck disable=SC2016 # apt-get fills it in
  mapfile -t uris < <(apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main')
  ((${#uris[@]} > 0)) || die "apt knows no Debian mirror: run apt-get update as root"
  printf '%s\n' "${uris[0]}"
}

# download_packages FOLDER PACKAGE... - the .deb files of the packages, not of what they depend on, to FOLDER, from the
# machine's own sources with lists of our own: it may never have fetched them. Needs no root.
download_packages() {
  local -r folder=$1 state=$1.apt
  shift
  mkdir -p "$folder" "$state"/{lists,cache/archives}/partial
  local -ra private_apt=(apt-get -q -o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache"
    -o APT::Sandbox::User= -o Acquire::Languages=none)
  "${private_apt[@]}" update
  (cd "$folder" && "${private_apt[@]}" download "$@")
  rm -rf "$state"
}
