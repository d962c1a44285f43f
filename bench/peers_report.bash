# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The section about other agents: tables, charts, and what others do better.
# shellcheck disable=SC2016,SC2154 # backquotes are Markdown; bench/run and the other parts set what was measured

# A key of the results, less is better unless peer_better says more.
readonly peer_metrics=(cpu_ms cpu_us values syscalls switches rss_mb anonymous_mb private_mb written_kb lost_s)
declare -rA peer_metric_titles=([cpu_ms]="CPU time" [cpu_us]="CPU time per value" [values]="values" [syscalls]="system calls"
  [switches]="context switches" [rss_mb]="RSS" [anonymous_mb]="anonymous memory" [private_mb]="private memory"
  [written_kb]="written to disk" [lost_s]="age of the newest value on disk at \`kill -9\`")
declare -rA peer_metric_units=([cpu_ms]="ms/s" [cpu_us]="µs" [values]="/s" [syscalls]="/s" [switches]="/s" [rss_mb]="MB"
  [anonymous_mb]="MB" [private_mb]="MB" [written_kb]="kB/s" [lost_s]="s")
readonly peer_cpu_metrics=(cpu_ms cpu_us values syscalls switches) peer_memory_metrics=(rss_mb anonymous_mb private_mb written_kb)

# peer_better METRIC - less or more.
peer_better() {
  if [[ $1 == values ]]; then echo more; else echo less; fi
}

peer_was_measured() {
  [[ -z ${peer_reason[$1]:-} ]]
}

# peer_cells AGENT KEY_PREFIX METRIC... - the cells of a row.
peer_cells() {
  local agent=$1 prefix=$2 metric
  shift 2
  for metric in "$@"; do
    if summary "$prefix${metric}_$agent" >/dev/null; then
      printf ' %s |' "$(measured "$prefix${metric}_$agent" "")"
    else
      printf ' not measured |'
    fi
  done
}

# peer_table KEY_PREFIX METRIC... - a row per agent, also for those that do not run here.
peer_table() {
  local prefix=$1 agent metric unit
  shift
  printf '| |'
  for metric in "$@"; do
    unit=${peer_metric_units[$metric]}
    if [[ $prefix == *ratio* ]]; then unit=; fi
    printf ' %s%s |' "${peer_metric_titles[$metric]}" "${unit:+, $unit}"
  done
  printf '\n|---|'
  printf -- '---|%.0s' "$@"
  for agent in "${peer_agents[@]}"; do
    printf '\n| %s |' "${peer_titles[$agent]}"
    if peer_was_measured "$agent"; then
      peer_cells "$agent" "$prefix" "$@"
    else
      printf ' does not run here: %s |' "${peer_reason[$agent]}"
      if (($# > 1)); then printf ' |%.0s' "${@:2}"; fi
    fi
  done
  printf '\n'
}

# Whether the newest value outlives kill -9, and whether the past can be asked for; both were tried.
print_peer_facts() {
  local agent kept asked
  printf '| | on disk after `kill -9` | questions about the past | a question was answered with |\n'
  printf '|---|---|---|---|\n'
  for agent in "${peer_agents[@]}"; do
    if ! peer_was_measured "$agent"; then
      printf '| %s | not tried | %s | not tried |\n' "${peer_titles[$agent]}" "${peer_history[$agent]}"
      continue
    fi
    kept=nothing
    if summary "peer_lost_s_$agent" >/dev/null; then kept="yes, the newest value $(measured "peer_lost_s_$agent" s) old"; fi
    asked="nobody to ask"
    if summary "peer_points_$agent" >/dev/null; then
      asked="$(measured "peer_points_$agent" points), last $((peer_points_s + ${peer_points_more_s[$agent]:-0})) s"
    fi
    printf '| %s | %s | %s | %s |\n' "${peer_titles[$agent]}" "$kept" "${peer_history[$agent]}" "$asked"
  done
}

# What must run beside an agent is not its own cost, but nobody has the one without the other.
print_peer_beside() {
  local agent
  printf '| | beside it | its CPU time, ms/s | its RSS, MB | written by it, kB/s |\n|---|---|---|---|---|\n'
  for agent in "${peer_agents[@]}"; do
    if [[ -z ${peer_beside[$agent]:-} ]] || ! peer_was_measured "$agent"; then continue; fi
    printf '| %s | %s |%s\n' "${peer_titles[$agent]}" "${peer_beside[$agent]}" \
      "$(peer_cells "$agent" peer_ beside_ms beside_rss_mb beside_written_kb)"
  done
}

# Every figure of every agent that is better than that of Caretaker with its local store.
print_peer_better() {
  local agent metric better ours theirs rest count=0
  for metric in "${peer_metrics[@]}"; do
    read -r ours rest < <(summary "peer_${metric}_caretaker") || continue
    better=$(peer_better "$metric")
    for agent in "${peer_agents[@]}"; do
      if [[ $agent == caretaker* ]] || ! peer_was_measured "$agent"; then continue; fi
      read -r theirs rest < <(summary "peer_${metric}_$agent") || continue
      awk -v ours="$ours" -v theirs="$theirs" -v better="$better" \
        'BEGIN { exit !(better == "less" ? theirs < ours : theirs > ours) }' || continue
      printf -- '- %s: %s %s %s, Caretaker %s\n' "${peer_metric_titles[$metric]}" "${peer_titles[$agent]}" \
        "$(number "$theirs")" "${peer_metric_units[$metric]}" "$(number "$ours")"
      count=$((count + 1))
    done
  done
  if ((count == 0)); then printf -- '- nothing in this run\n'; fi
}

# print_peer_charts METRIC...
print_peer_charts() {
  local metric agent
  for metric in "$@"; do
    for agent in "${peer_agents[@]}"; do
      chart_row "${peer_titles[$agent]}" "peer_${metric}_$agent"
    done | draw_chart "peers_$metric" "${peer_metric_titles[$metric]}" "${peer_metric_units[$metric]}" "$(peer_better "$metric")"
  done
}

print_peer_versions() {
  local agent does
  for agent in "${peer_agents[@]}"; do
    does=${peer_does[$agent]//@KEYS@/$(zabbix_keys | wc -l)}
    printf -- '- %s: %s\n' "${peer_titles[$agent]}" "$does"
  done
  printf -- '- versions: %s; %s\n' "$(awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2 }' "$peers/versions" 2>/dev/null)" \
    "$(dpkg-query -W -f '${Package} ${Version}\n' python3 python3-psutil python3-pymysql curl 2>/dev/null |
      awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), $1, $2 }')"
}

# What a terminal gets.
print_peers() {
  peer_table peer_ "${peer_cpu_metrics[@]}"
  printf '\n'
  peer_table peer_ "${peer_memory_metrics[@]}"
  printf '\n'
  print_peer_facts
  printf '\n'
  print_peer_better
}

peers_details() {
  printf 'Agents that people run for the same purpose, one after the other on one machine at an interval of 1 s.\n\n'
  peer_table peer_ "${peer_cpu_metrics[@]}"
  print_peer_charts "${peer_cpu_metrics[@]}"
  printf '\nMemory and disk:\n\n'
  peer_table peer_ "${peer_memory_metrics[@]}"
  print_peer_charts "${peer_memory_metrics[@]}"
  printf '\nBy the figures of Caretaker with its local store in the same round:\n\n'
  peer_table peer_ratio_ "${peer_cpu_metrics[@]}" "${peer_memory_metrics[@]}"
  printf '\nWhat is left, and what can be asked:\n\n'
  print_peer_facts
  printf '\nWhat others need beside them:\n\n'
  print_peer_beside
  printf '\nWhat others do better than Caretaker with its local store, every figure of this run:\n\n'
  print_peer_better
  printf '\nThe agents:\n\n'
  print_peer_versions
  printf '\n%s rounds of %s s after %s s of warming up.\n' "$peer_rounds" "$peer_s" "$peer_warm_up_s"
  print_peer_method
}

print_peer_method() {
  printf '\nHow it is measured:\n\n'
  case $syscall_tool in
    perf) printf -- '- *System calls*: the event `raw_syscalls:sys_enter`, counted by the kernel for %s s' "$peer_syscalls_s" ;;
    strace) printf -- '- *System calls*: counted by `strace`, which slows an agent down, for %s s' "$peer_syscalls_s" ;;
    *) printf -- '- *System calls*: this machine lets neither `perf` nor `strace` count them' ;;
  esac
  printf ' after a round; they are in no other figure.\n'
  cat <<'END'
- *CPU time*: of all processes of the agent, by the process clocks of the kernel (nanoseconds that their threads ran, those that
  have ended included), and of its children that have ended, in 10 ms. *Per value*: by the values that it took meanwhile.
- *Values*: Caretaker by its own counter of committed samples, node_exporter by the lines of an answer and the answers, collectd by
  what is in its files, Netdata by the dimensions of its charts and their intervals, Zabbix by the answers that came, psutil by
  rows and columns. They are not the same values: an agent that takes more has more to do, one that takes few has a worse
  figure per value.
- *Memory*: `/proc/PID/smaps_rollup` of all its processes at the end of a round. Pages that processes of one agent share are counted in each
  of them as RSS.
- *Context switches*: `/proc/PID/task/*/status`. *Written*: `write_bytes` of `/proc/PID/io`: pages of files that the agent has made
  dirty, once until the kernel has written them, so that short lines at the end of a file count late. What a server writes for it is
  not in there.
- *On disk*: every round ends with `kill -9`, then what is there is read by somebody else: the store, the CSV files, the server.
  node_exporter and Zabbix leave no file, and Netdata is started again and asked for the time before. The age depends on the
  moment of the kill and is up to one interval with an interval of 1 s. That a value outlives its process does not say that it outlives a power failure.
- *Beside it*: MariaDB is one server for the whole part, with its defaults; the others are the cheapest that ask once per second, and so less than
  a Prometheus or a Zabbix server.
- The agents take turns in being the first of a round. All start on empty folders, and listen on loopback only.
END
}

# peer_cell AGENT METRIC - and by the figure of Caretaker.
peer_cell() {
  local value ratio rest
  if ! read -r value rest < <(summary "peer_$2_$1"); then
    printf ' not measured |'
    return
  fi
  printf ' %s' "$(number "$value")"
  if read -r ratio rest < <(summary "peer_ratio_$2_$1") && [[ $1 != caretaker ]]; then printf ' (%s ×)' "$(number "$ratio")"; fi
  printf ' |'
}

headline_peers() {
  local agent metric kept
  printf '| agent | CPU, ms/s | values/s | CPU per value, µs | RSS, MB | newest value after `kill -9` | can be asked about the past |\n'
  printf '|---|---|---|---|---|---|---|\n'
  for agent in "${peer_agents[@]}"; do
    printf '| %s |' "${peer_titles[$agent]}"
    if ! peer_was_measured "$agent"; then
      printf ' does not run here | | | | not tried | %s |\n' "${peer_history[$agent]}"
      continue
    fi
    for metric in cpu_ms values cpu_us rss_mb; do peer_cell "$agent" "$metric"; done
    kept="is lost"
    if summary "peer_lost_s_$agent" >/dev/null; then kept="is on disk"; fi
    printf ' %s | %s |\n' "$kept" "${peer_history[$agent]}"
  done
}
