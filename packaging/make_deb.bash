#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# make_deb.bash FOLDER [VERSION] - makes FOLDER/caretaker_VERSION_ARCH.deb of this tree, with the version of
# CMakeLists.txt unless another is given. No root needed. FOLDER/objects stays for the next time, which then only
# compiles what changed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
mkdir -p "$1"
folder=$(realpath "$1")
version=${2:-$(sed -n 's/^project(caretaker VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)}
stage=$folder/tree
[[ $version =~ ^[0-9][0-9A-Za-z.+~]*$ ]] || {
  echo "make_deb.bash: '$version' is no version: it begins with a digit, and has only letters, digits, '.', '+' and '~'" >&2
  exit 2
}

# In build/ and .git is nothing that belongs into a package; --preserve keeps compiled objects valid.
stage_sources() {
  rm -rf "$stage"
  mkdir "$stage"
  local entry
  for entry in *; do
    if [[ $entry != build ]]; then cp -R --preserve=mode,timestamps "$entry" "$stage/"; fi
  done
  cp -R --preserve=mode,timestamps packaging/debian "$stage/debian"
}

# The dates of a package are those of its last change, so that the same sources give the same package.
last_change_s() {
  git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md
}

write_changelog() {
  cat <<TEXT
caretaker ($version) unstable; urgency=medium

  * What is new is in /usr/share/doc/caretaker/CHANGELOG.md.

 -- $(sed -n 's/^Maintainer: //p' packaging/debian/control)  $(date -R -u -d "@$(last_change_s)")
TEXT
}

# debhelper gives the build a home of its own; the cache of the compiler is in the real one.
compile_through_ccache() {
  if ! command -v ccache >/dev/null; then return; fi
  CCACHE_DIR=${CCACHE_DIR:-$(ccache -k cache_dir)}
  local launcher
  launcher=$(sed -n 's/.*"CMAKE_CXX_COMPILER_LAUNCHER": "\(.*\)".*/\1/p' CMakePresets.json)
  CMAKE_CXX_COMPILER_LAUNCHER=${launcher//"\${sourceDir}"/$folder}
  export CCACHE_DIR CMAKE_CXX_COMPILER_LAUNCHER
}

stage_sources
write_changelog >"$stage/debian/changelog"
compile_through_ccache
cd "$stage"
export OBJECTS=$folder/objects DEB_BUILD_OPTIONS=${DEB_BUILD_OPTIONS:-terse}
dpkg-buildpackage --build=binary --unsigned-changes --no-pre-clean --jobs="${JOBS:-auto}"

deb=$folder/caretaker_${version}_$(dpkg --print-architecture).deb
echo "${deb#"$root/"}: $(stat -c %s "$deb") bytes, depends on $(dpkg-deb -f "$deb" Depends | tr , '\n' | wc -l) packages"
