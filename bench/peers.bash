# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What Caretaker costs beside other agents on the same machine, one after the other at an interval of 1 s.
# shellcheck disable=SC2034,SC2154 # for and from bench/run and the other parts

declare -A peer_reason=()         # why an agent was not measured
sessions=() # what runs in sessions of their own: the agent and what asks it
helper_pid=

# kill_session PID - every process of it; PID is waited for.
kill_session() {
  local -a pids
  mapfile -t pids < <(pgrep --session "$1" || true)
  if ((${#pids[@]} > 0)); then kill -KILL "${pids[@]}" 2>/dev/null || true; fi
  wait "$1" 2>/dev/null || true
}

kill_sessions() {
  local pid
  for pid in "${sessions[@]}"; do kill_session "$pid"; done
  sessions=()
}

# peer_so_far AGENT - the values that it has taken; nothing for one that is asked for its rate.
peer_so_far() {
  if declare -F "$1_values" >/dev/null; then printf 'values %s\n' "$("$1_values")"; fi
}

# wait_for_agent COMMAND... - polls until the command succeeds, no longer than the agent runs.
wait_for_agent() {
  wait_until "$first_sample_s" succeeds_or_agent_ended "$@" && kill -0 "$peer_pid" 2>/dev/null
}

succeeds_or_agent_ended() {
  "$@" || ! kill -0 "$peer_pid" 2>/dev/null
}

peer_has_values() {
  if declare -F "$peer_agent"_values >/dev/null; then
    (($("$peer_agent"_values) > 0))
  else
    "$peer_agent"_rate | grep -q '[1-9]'
  fi
}

# peer_snapshot AGENT - "KEY VALUE" lines about it and about what runs beside it.
peer_snapshot() {
  "$python" bench/peers/usage.py session "$peer_pid"
  peer_so_far "$1"
  if [[ -n $helper_pid ]]; then
    "$python" bench/peers/usage.py "$helper_kind" "$helper_pid" | sed 's/^/beside_/'
  fi
}

# From two snapshots to the figures of a round.
peer_record() {
  awk -v agent="$1" -v rate="$2" '
    NR == FNR { before[$1] = $2; next }
    { after[$1] = $2 }
    function more(key) { return after[key] - before[key] }
    function put(key, value) { printf "peer_%s_%s %.4f\n", key, agent, value }
    END {
      s = more("time_ns") / 1e9
      if (rate == "") rate = more("values") / s
      put("cpu_ms", more("cpu_ns") / 1e6 / s)
      put("values", rate)
      if (rate > 0) put("cpu_us", more("cpu_ns") / 1e3 / s / rate)
      put("rss_mb", after["rss"] / 1e6)
      put("anonymous_mb", after["anonymous"] / 1e6)
      put("private_mb", after["private"] / 1e6)
      put("switches", more("switches") / s)
      put("written_kb", more("written") / 1e3 / s)
      put("threads", after["threads"])
      put("processes", after["processes"])
      if ("beside_time_ns" in after) {
        put("beside_ms", more("beside_cpu_ns") / 1e6 / (more("beside_time_ns") / 1e9))
        put("beside_rss_mb", after["beside_rss"] / 1e6)
        put("beside_written_kb", more("beside_written") / 1e3 / (more("beside_time_ns") / 1e9))
      }
    }' "$work/peer-before" "$work/peer-after" >>"$results"
}

# Counted by the kernel while nothing else is measured. Without perf strace counts, which slows the agent down.
find_syscall_tool() {
  syscall_tool=
  if perf stat -x, -e raw_syscalls:sys_enter -- true >"$work/perf" 2>&1 && grep -q '^[1-9]' "$work/perf"; then
    syscall_tool=perf
    return
  fi
  timeout -s INT 1 strace -qq -c -f -o "$work/strace" -p "$server_pid" 2>"$work/strace.err" || true
  if grep -q ' total$' "$work/strace" 2>"$work/strace.err"; then syscall_tool=strace; fi
}

# peer_syscalls AGENT
peer_syscalls() {
  local -a pids attach
  local count
  mapfile -t pids < <(pgrep --session "$peer_pid" --runstates DIRS)
  case $syscall_tool in
    perf)
      perf stat -x, -e raw_syscalls:sys_enter -o "$work/perf" -p "$(IFS=, && echo "${pids[*]}")" -- \
        sleep "$peer_syscalls_s" || die "perf failed: $(tail -n 1 "$work/perf")"
      count=$(awk -F , '$3 == "raw_syscalls:sys_enter" { print $1 }' "$work/perf")
      ;;
    strace)
      attach=("${pids[@]/#/-p}")
      timeout -s INT "$peer_syscalls_s" strace -qq -c -f -o "$work/strace" "${attach[@]}" || true
      count=$(awk '$NF == "total" { print $4 }' "$work/strace")
      ;;
    *) return ;;
  esac
  if [[ $count =~ ^[0-9]+$ ]]; then record "peer_syscalls_$1" "$(ratio "$count" "$peer_syscalls_s")"; fi
}

# peer_kill AGENT - what is on disk after kill -9, and how old it was at that moment.
peer_kill() {
  local killed newest
  killed=$EPOCHREALTIME
  peer_killed_s=${killed%.*}
  kill_session "$peer_pid"
  newest=$("$1_newest")
  if [[ -n $newest ]]; then
    record "peer_lost_s_$1" "$(awk -v killed="$killed" -v newest="$newest" 'BEGIN { printf "%.4f\n", killed - newest }')"
  fi
}

# peer_try AGENT - starts it; without success its reason is kept.
peer_try() {
  peer_agent=$1
  peer_dir=$work/peer
  helper_pid=
  rm -rf "$peer_dir"
  mkdir "$peer_dir"
  : >"$work/peer.out"
  if "$1_start" && wait_for_agent peer_has_values; then return; fi
  peer_reason[$1]=$(readable "$(tail -n 1 "$work/peer.out" | tr '|' '/')")
  if [[ -z ${peer_reason[$1]} ]]; then peer_reason[$1]="it takes no values"; fi
  kill_sessions
  return 1
}

# sleep_until SECOND - until the middle of it: a round is whole seconds, and agents that sample on the second have done so.
sleep_until() {
  sleep "$(awk -v until="$1.5" -v now="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", (until > now ? until - now : 0) }')"
}

# peer_round AGENT
peer_round() {
  local begin_s rate=""
  if [[ -n ${peer_reason[$1]:-} ]] || ! peer_try "$1"; then
    say "${peer_titles[$1]}: ${peer_reason[$1]}"
    [[ $1 != caretaker* ]] || die "${peer_titles[$1]} does not run"
    return
  fi
  begin_s=$(($(date +%s) + peer_warm_up_s))
  sleep_until "$begin_s"
  peer_snapshot "$1" >"$work/peer-before"
  sleep_until "$((begin_s + peer_s))"
  peer_snapshot "$1" >"$work/peer-after"
  if ! declare -F "$1_values" >/dev/null; then rate=$("$1_rate"); fi
  peer_record "$1" "$rate"
  peer_syscalls "$1"
  if declare -F "$1_points" >/dev/null; then record "peer_points_$1" "$("$1_points")"; fi
  peer_kill "$1"
  kill_sessions
}

# Ratios are those of one round.
peer_ratios() {
  local agent metric
  for agent in "${peer_agents[@]}"; do
    [[ -z ${peer_reason[$agent]:-} ]] || continue
    for metric in "${peer_metrics[@]}"; do
      awk -v key="peer_${metric}_" -v agent="$agent" '
        $1 == key agent { theirs = $2; found = 1 }
        $1 == key "caretaker" { ours = $2 }
        END { if (found && ours > 0) printf "peer_ratio_%s_%s %.4f\n", substr(key, 6, length(key) - 6), agent, theirs / ours }
      ' "$results" >"$work/ratio"
      cat "$work/ratio" >>"$results"
    done
  done
}

# The agents take turns in being the first of a round.
measure_peers_part() {
  local round i count=${#peer_agents[@]}
  start_server mariadb
  find_syscall_tool
  for ((round = 1; round <= peer_rounds; ++round)); do
    for ((i = 0; i < count; ++i)); do
      say "${peer_titles[${peer_agents[(i + round - 1) % count]}]}, $peer_s s, round $round of $peer_rounds"
      peer_round "${peer_agents[(i + round - 1) % count]}"
    done
    peer_ratios
  done
  stop_server
}
