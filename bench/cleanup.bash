# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What cleanup costs: a plan, watching an engine that is idle, and the sampling jobs while images are deleted.
# shellcheck disable=SC2154 # bench/run sets the folders and the durations

readonly cleanup_warm_up_s=3 delay_interval_ms=100 delay_idle_s=2 delay_kinds=(idle client run)

measure_plan() {
  say "plans of cleanup"
  local -a command=("$build/bench_plan" --benchmark_min_time=0.2 "--benchmark_repetitions=$plan_repetitions"
    "--benchmark_out=$work/plan.csv" --benchmark_out_format=csv)
  remember "${command[@]}"
  "${command[@]}" >"$work/plan.log" 2>&1 || die "bench_plan failed: $(tail -n 1 "$work/plan.log")"
  awk -F , '
    $1 == "name" { for (i = 1; i <= NF; ++i) if ($i == "\"peak_MiB\"") peak = i }
    $1 ~ /^"plan_images\/[0-9]+\/[0-9]+"$/ {
      split($1, part, "/")
      printf "plan_ms_%s %.4f\nplan_mb_%s %.4f\n", part[2], $3, part[2], $peak * 1.048576
    }' "$work/plan.csv" >>"$results"
}

# cleanup_config NAME INTERVAL MODE [LINE...] - $work/NAME.ini; the lines are those of [cleanup]. However full the
# machine's disk is, it begins no run.
cleanup_config() {
  cat >"$work/$1.ini" <<END
[service]
interval = $2
[store]
path = $work/$1.db
[control]
socket = $work/$1.sock
[log]
file = $work/$1.log
[cleanup.docker]
socket = $work/docker.sock
dangling_unused_for = 0s
build_cache = false
[cleanup]
mode = $3
pressure_high = 100
pressure_low = 99
on_new_image = false
END
  printf '%s\n' "${@:4}" >>"$work/$1.ini"
}

# start_cleanup_daemon NAME - with a new store; its process in daemon_pid.
start_cleanup_daemon() {
  rm -f "$work/$1.db"*
  remember "$build/caretakerd" --config "$work/$1.ini"
  "$build/caretakerd" --config "$work/$1.ini" >"$work/$1.out" 2>&1 &
  daemon_pid=$!
  children+=("$daemon_pid")
  wait_until "$first_sample_s" has_collected_more "$1" 0 || die "no sample: $(tail -n 3 "$work/$1.out")"
}

# cleanup_run NAME REMOVED - a run by hand that must have removed so many objects.
cleanup_run() {
  local removed
  local -a command=("$build/caretakerctl" --socket "$work/$1.sock" cleanup run)
  remember "${command[@]}"
  "${command[@]}" >"$work/run.out" 2>&1 || true # in the mode observe that is no success
  removed=$(sqlite3 -readonly "$work/$1.db" "SELECT removed FROM cleanup_runs ORDER BY time_ms DESC LIMIT 1")
  [[ $removed == "$2" ]] || die "the run removed '$removed' of $2 images: $(tail -n 1 "$work/run.out")"
}

# idle_cpu - "NAME NANOSECONDS" of the daemon's threads, of the daemon and of the engine.
idle_cpu() {
  thread_cpu_ns "$daemon_pid"
  printf 'daemon %s\nengine %s\n' "$(cpu_ns "$daemon_pid")" "$(cpu_ns "$docker_pid")"
}

# idle_round off|observe
idle_round() {
  local name=idle_$1 begin
  cleanup_config "$name" 1s "$1" "check_interval = ${cleanup_check_s}s"
  start_cleanup_daemon "$name"
  if [[ $1 == observe ]]; then cleanup_run "$name" 0; fi # so that none is due
  sleep "$cleanup_warm_up_s"
  settle "$name"
  begin=$(now_us)
  idle_cpu >"$work/idle-before"
  sleep "$cleanup_idle_s"
  settle "$name"
  idle_cpu >"$work/idle-after"
  awk -v kind="$1" -v us="$(($(now_us) - begin))" '
    NR == FNR { before[$1] = $2; next }
    $1 in before { printf "idle_ms_%s:%s %.4f\n", kind, $1, ($2 - before[$1]) / us * 60 }
  ' "$work/idle-before" "$work/idle-after" >>"$results"
  record "idle_rss_mb_$1" "$(ratio "$(memory_bytes "$daemon_pid" Rss)" 1 1e6)"
  record "idle_anonymous_mb_$1" "$(ratio "$(memory_bytes "$daemon_pid" Anonymous)" 1 1e6)"
  if [[ $1 == observe ]]; then
    grep -q '^docker-events ' "$work/idle-after" || die "nobody watches the engine: $(tail -n 3 "$work/$name.log")"
  fi
  end "$daemon_pid"
}

# The kinds take turns in being the first of a round.
measure_idle_engine() {
  local round
  local -a kinds=(off observe)
  for ((round = 1; round <= cleanup_idle_rounds; ++round)); do
    say "an idle engine, $cleanup_idle_s s each, round $round of $cleanup_idle_rounds"
    idle_round "${kinds[round % 2]}"
    idle_round "${kinds[(round + 1) % 2]}"
    record idle_more_ms "$(awk -v a="$(newest idle_ms_observe:daemon)" -v b="$(newest idle_ms_off:daemon)" \
      'BEGIN { printf "%.4f", a - b }')"
  done
}

# delay_window KIND - prints begin and end, in milliseconds, of what it does.
delay_window() {
  local begin
  local -a images
  case $1 in
    idle)
      begin=$(now_us)
      sleep "$delay_idle_s"
      ;;
    client)
      mapfile -t images < <(docker_client images --quiet --no-trunc)
      begin=$(now_us)
      docker_client rmi "${images[@]}" >"$work/rmi.out" 2>&1 || die "docker rmi failed: $(tail -n 1 "$work/rmi.out")"
      ;;
    run)
      cleanup_run delay "$cleanup_images"
      sqlite3 -readonly -separator ' ' "$work/delay.db" \
        "SELECT time_ms, ended_ms FROM cleanup_runs ORDER BY time_ms DESC LIMIT 1"
      return
      ;;
  esac
  echo "$((begin / 1000)) $(($(now_us) / 1000))"
}

delay_round() {
  local round=$1 i kind begin end
  for ((i = 0; i < ${#delay_kinds[@]}; ++i)); do
    kind=${delay_kinds[(i + round) % ${#delay_kinds[@]}]}
    if [[ $kind != idle ]]; then make_images; fi
    sleep 1 # what the engine has left to do
    delay_window "$kind" >"$work/window"
    read -r begin end <"$work/window"
    record "delay_s_$kind" "$(ratio "$((end - begin))" 1 1e3)"
    echo "$kind $begin $end" >>"$work/windows"
  done
}

# delay_of KIND BEGIN END - what the sampling jobs say about their runs of that time; a sample tells of the run before.
delay_of() {
  local sampling="labels NOT LIKE '%\"cleanup\"%' AND time_ms > $2 + $delay_interval_ms AND time_ms <= $3 + $delay_interval_ms"
  sqlite3 -readonly "$work/delay.db" "SELECT 1000 * value FROM metrics
    WHERE metric = 'caretaker_job_lateness_seconds' AND $sampling" >>"$work/late-$1"
  record "delay_missed_$1" "$(sqlite3 -readonly "$work/delay.db" "SELECT CAST(coalesce(sum(missed), 0) AS INTEGER) FROM
    (SELECT max(value) - min(value) AS missed FROM metrics
     WHERE metric = 'caretaker_job_missed_total' AND $sampling GROUP BY labels)")"
}

# record_lateness KIND - of all its rounds together.
record_lateness() {
  [[ -s $work/late-$1 ]] || die "no job told how late it was"
  sort -g "$work/late-$1" | awk -v kind="$1" '
    function at(share, rank) { rank = int(share * NR); return value[rank < share * NR ? rank + 1 : rank] }
    { value[NR] = $1 }
    END {
      printf "late_p50_ms_%s %.4f\nlate_p99_ms_%s %.4f\n", kind, at(0.5), kind, at(0.99)
      printf "late_max_ms_%s %.4f\nlate_runs_%s %d\n", kind, value[NR], kind, NR
    }' >>"$results"
}

measure_delay() {
  local round kind begin end
  make_layers
  : >"$work/windows"
  cleanup_config delay "${delay_interval_ms}ms" enforce "min_age = 0s" "warmup = 0s" "settle_time = 0s" "max_share = 100"
  start_cleanup_daemon delay
  cleanup_run delay 0 # so that none is due
  for ((round = 1; round <= rounds; ++round)); do
    say "deleting $cleanup_images images, round $round of $rounds"
    delay_round "$round"
  done
  settle delay
  settle delay # the last samples are committed
  end "$daemon_pid"
  while read -r kind begin end; do delay_of "$kind" "$begin" "$end"; done <"$work/windows"
  for kind in "${delay_kinds[@]}"; do record_lateness "$kind"; done
}

measure_cleanup_part() {
  measure_plan
  if ! start_docker; then return; fi
  measure_idle_engine
  measure_delay
  stop_docker
}

cleanup_figures() {
  local run="run that deletes $cleanup_images images, sampling every $delay_interval_ms ms"
  figure "plan for 10,000 images and 2,000 containers: time" "<= 200" ms plan_ms_10000
  figure "plan for 10,000 images and 2,000 containers: memory" "<= 32" MB plan_mb_10000
  figure "RSS, local store, an engine watched" "<= 24" MB idle_rss_mb_observe
  figure "anonymous memory, local store, an engine watched" "<= 8" MB idle_anonymous_mb_observe
  figure "$run: missed ticks" "<= 0" "" delay_missed_run
  figure "$run: lateness, p99" "<= 10" ms late_p99_ms_run
}

cleanup_more() {
  local images
  for images in 100 1000; do
    extra "plan for $images images: time" ms "plan_ms_$images"
    extra "plan for $images images: memory" MB "plan_mb_$images"
  done
  extra "RSS, local store, cleanup off" MB idle_rss_mb_off
  extra "anonymous memory, local store, cleanup off" MB idle_anonymous_mb_off
  extra "an idle engine watched: CPU of the daemon more than with cleanup off" "ms per minute" idle_more_ms
}

# One line per thread of cleanup and per process; milliseconds of CPU per minute.
print_idle() {
  local name kind
  printf '| | off | observe |\n|---|---|---|\n'
  for name in docker-events:"thread \`docker-events\`" cleanup:"thread \`cleanup\`" daemon:"the whole daemon" \
    engine:"the engine"; do
    printf '| %s |' "${name#*:}"
    for kind in off observe; do
      if summary "idle_ms_$kind:${name%%:*}" >/dev/null; then
        printf ' %s |' "$(measured "idle_ms_$kind:${name%%:*}" "")"
      else
        printf ' |'
      fi
    done
    printf '\n'
  done
}

print_delay() {
  local kind
  local -A titles=([idle]="nothing is deleted" [client]="\`docker rmi\` deletes" [run]="a run deletes")
  printf '| | takes | lateness, p50 | p99 | largest | runs | missed |\n|---|---|---|---|---|---|---|\n'
  for kind in "${delay_kinds[@]}"; do
    printf '| %s | %s | %s ms | %s ms | %s ms | %s | %s |\n' "${titles[$kind]}" "$(measured "delay_s_$kind" s)" \
      "$(value "late_p50_ms_$kind")" "$(value "late_p99_ms_$kind")" "$(value "late_max_ms_$kind")" \
      "$(value "late_runs_$kind")" "$(value "delay_missed_$kind")"
  done
}

cleanup_details() {
  if [[ -n $docker_missing ]]; then
    printf '\nLeft out is what needs an engine: %s.\n' "$docker_missing"
  fi
  printf '\nIn detail:\n\n'
  print_more cleanup
  if [[ -z $docker_missing ]]; then
    printf '\nBeside an idle engine, ms of CPU per minute, %s rounds of %s s:\n\n' "$cleanup_idle_rounds" "$cleanup_idle_s"
    print_idle
    printf '\nThe sampling jobs at an interval of %s ms, %s rounds of %s images:\n\n' "$delay_interval_ms" "$rounds" \
      "$cleanup_images"
    print_delay
  fi
  cat <<'END'

How it is measured:

- *Plan*: `make_plan` of an inventory and a history that are already in memory, with rules in `keep`, when everything is to go.
  Memory is the most heap that one plan holds at once, its result included.
- *Idle engine*: a Docker Engine without any object. `caretakerd` at an interval of 1 s watches it with `[cleanup] mode = observe`, or does not
  with `mode = off`; a round of each, one after the other. No run is due; the engine and the disks are looked at every
  `check_interval`, 30 s. CPU is the time that threads ran (`/proc/PID/task/*/schedstat`); that of the engine includes containerd.
- *A run*: images without a tag, each with one layer of 64 KiB, are deleted by `caretakerctl cleanup run` in the mode `enforce`, with all
  times of waiting 0. `docker rmi` gets all of them in one call. Begin and end are those of the row in `cleanup_runs`.
- *Lateness*: `caretaker_job_lateness_seconds` of the sampling jobs, every run of all rounds; *missed*: the increase of
  `caretaker_job_missed_total`. Engine, daemon and client share this machine.
END
}
