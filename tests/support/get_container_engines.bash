#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# get_container_engines.bash DIR - Docker, Podman and an image registry for the tests, in a folder of their own.
#
# Their packages start services, replace other engines and change the firewall. They are unpacked, nothing is
# installed, no root is needed. DIR/bin holds the programs; the libraries that they need are packages of the list
# test.txt. Takes about 10 s and 240 MB.
set -euo pipefail
# shellcheck source=tests/support/debian_packages.bash
. "$(dirname "${BASH_SOURCE[0]}")/debian_packages.bash"

readonly packages=(
  docker.io containerd runc tini
  podman conmon
  docker-registry
  busybox-static # what the containers run
)
readonly programs=(
  usr/sbin/dockerd usr/bin/{docker,docker-init,containerd,containerd-shim-runc-v2}
  usr/sbin/runc usr/bin/{podman,conmon,docker-registry} bin/busybox
)
target=$(realpath -m "$1")
readonly target part="$target.part" # a half-made folder is never taken for a whole one

rm -rf "$part"
mkdir -p "$part/unpacked" "$part/ready/bin"
download_packages "$part/packages" "${packages[@]}"
for package in "$part"/packages/*.deb; do
  dpkg-deb -x "$package" "$part/unpacked"
done
cd "$part/unpacked"
cp "${programs[@]}" "$part/ready/bin/"
rm -rf "$target"
mv -T "$part/ready" "$target"
rm -rf "$part"
