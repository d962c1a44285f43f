#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# get_galera_scripts.bash DIR - MariaDB's wsrep_sst_* scripts and, in DIR/plugin, the plugin that checks passwords, for
# the tests.
#
# They come with the package mariadb-server, which also starts a service. It is unpacked, nothing is installed, no
# root is needed.
set -euo pipefail
# shellcheck source=tests/support/debian_packages.bash
. "$(dirname "${BASH_SOURCE[0]}")/debian_packages.bash"

target=$(realpath -m "$1")
readonly target part="$target.part" # a half-made folder is never taken for a whole one

rm -rf "$part"
mkdir -p "$part/unpacked" "$part/scripts/plugin"
download_packages "$part/packages" mariadb-server
dpkg-deb -x "$part"/packages/mariadb-server_*.deb "$part/unpacked"
cd "$part/unpacked"
rm -rf "$target"
cp usr/bin/wsrep_sst_* "$part/scripts/"
cp usr/lib/mysql/plugin/simple_password_check.so "$part/scripts/plugin/"
mv "$part/scripts" "$target"
rm -rf "$part"
