#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# get_galera_scripts.bash DIR - MariaDB's wsrep_sst_* scripts and, in DIR/plugin, the plugin that checks passwords, for
# the tests.
#
# They come with the package mariadb-server, which also starts a service. It is unpacked, nothing is installed, no
# root is needed.
set -euo pipefail

target=$(realpath -m "$1")
readonly target part="$target.part" # a half-made folder is never taken for a whole one

# The machine's own sources, with lists of its own: it may never have fetched them.
private_apt() {
  apt-get -q -o Dir::State::lists="$part/lists" -o Dir::Cache="$part/cache" -o APT::Sandbox::User= \
    -o Acquire::Languages=none "$@"
}

rm -rf "$part"
mkdir -p "$part"/{lists,cache/archives}/partial "$part/package"
cd "$part/package"
private_apt update
private_apt download mariadb-server
dpkg-deb -x mariadb-server_*.deb .
rm -rf "$target"
mkdir -p "$part/scripts/plugin"
cp usr/bin/wsrep_sst_* "$part/scripts/"
cp usr/lib/mysql/plugin/simple_password_check.so "$part/scripts/plugin/"
mv "$part/scripts" "$target"
rm -rf "$part"
