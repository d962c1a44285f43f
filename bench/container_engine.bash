# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A throw-away Docker Engine in the folder of the run, without networks, and images in it.
# shellcheck disable=SC2154 # bench/run sets the folders

readonly docker_start_s=30 docker_clients=8 image_bytes=65536
docker_pid=
docker_missing= # why there is none

docker_client() {
  "$container_engines/bin/docker" --host "unix://$work/docker.sock" --config "$work/docker-client" "$@"
}

docker_answers_or_ended() {
  ! kill -0 "$docker_pid" 2>/dev/null || docker_client version >"$work/docker-answer" 2>&1
}

# start_docker - fails where that cannot be, with the reason in docker_missing.
start_docker() {
  docker_missing=
  if [[ ! -x $container_engines/bin/dockerd ]]; then
    docker_missing="there is no Docker Engine (\`./dev test\` gets one)"
  elif ((EUID != 0)); then
    docker_missing="Docker Engine needs root"
  fi
  if [[ -n $docker_missing ]]; then return 1; fi
  say "a Docker Engine"
  printf '{"deprecated-key-path": "%s"}\n' "$work/docker-key.json" >"$work/docker.json" # else it makes /etc/docker
  local -a command=("$container_engines/bin/dockerd" --config-file="$work/docker.json" --data-root="$work/docker"
    --exec-root="$work/docker-exec" --pidfile="$work/docker.pid" --host="unix://$work/docker.sock"
    --storage-driver=vfs --exec-opt=native.cgroupdriver=cgroupfs --shutdown-timeout=1 --bridge=none
    --iptables=false --ip6tables=false)
  remember "${command[@]}"
  # Its mounts end with it, however it ends.
  env -i HOME="$work" TMPDIR="$work" PATH="$container_engines/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
    unshare --mount --propagation unchanged "${command[@]}" >"$work/docker.log" 2>&1 &
  docker_pid=$!
  children+=("$docker_pid")
  if ! wait_until "$docker_start_s" docker_answers_or_ended || ! kill -0 "$docker_pid" 2>/dev/null; then
    docker_missing="Docker Engine does not start here"
    say "$docker_missing: $(tail -n 1 "$work/docker.log")"
    return 1
  fi
  record version_docker "Docker-$(docker_client version --format '{{.Server.Version}}')"
}

stop_docker() {
  end "$docker_pid"
  rm -rf "$work/docker" "$work/docker-exec"
}

# make_layers - a tar file for each image, of data that nothing else has.
make_layers() {
  local i
  mkdir -p "$work/layers"
  for ((i = 0; i < cleanup_images; ++i)); do
    head -c "$image_bytes" /dev/urandom >"$work/payload"
    tar -C "$work" -cf "$work/layers/$i.tar" payload
  done
}

# import_layers FIRST - every docker_clients-th of them.
import_layers() {
  local i
  for ((i = $1; i < cleanup_images; i += docker_clients)); do
    docker_client import - <"$work/layers/$i.tar" >>"$work/import-$1.log" 2>&1 || return
  done
}

# make_images - an image without a tag for each layer.
make_images() {
  local i
  local -a importers=()
  for ((i = 0; i < docker_clients; ++i)); do
    import_layers "$i" &
    importers+=("$!")
  done
  for i in "${!importers[@]}"; do
    wait "${importers[i]}" || die "docker import failed: $(tail -n 1 "$work/import-$i.log")"
  done
}
