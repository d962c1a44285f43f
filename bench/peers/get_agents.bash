#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# get_agents.bash DIR - the agents that the benchmark compares with, in a folder of their own.
#
# Their packages start services. They are unpacked, nothing is installed, no root is needed. DIR/versions names them;
# the libraries that they need are packages of the list peers.txt. Takes about 10 s and 30 MB.
set -euo pipefail
# shellcheck source=tests/support/debian_packages.bash
. "$(dirname "${BASH_SOURCE[0]}")/../../tests/support/debian_packages.bash"

readonly packages=(prometheus-node-exporter collectd-core netdata-core zabbix-agent)
target=$(realpath -m "$1")
readonly target part="$target.part" # a half-made folder is never taken for a whole one

rm -rf "$part"
mkdir -p "$part/ready"
download_packages "$part/packages" "${packages[@]}"
for package in "$part"/packages/*.deb; do
  dpkg-deb -x "$package" "$part/ready"
  # shellcheck disable=SC2016 # dpkg-deb fills it in
  dpkg-deb -W --showformat '${Package} ${Version}\n' "$package" >>"$part/ready/versions"
done
rm -rf "$target"
mv -T "$part/ready" "$target"
rm -rf "$part"
