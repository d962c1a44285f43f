# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Many agents and one server with its default buffer pool, empty and with more than that in the day's partition.
# shellcheck disable=SC2154 # bench/run sets the folders and the durations

readonly fleet_connections=100 fleet_unpaced_connections=16
fleet_rows=() # AGENTS_PACE_FILL of what was measured

# fleet_run AGENTS PACE SECONDS CONNECTIONS FILL_MB - on a new server.
fleet_run() {
  say "a fleet of $1 agents, $2, $5 MB before"
  fleet_rows+=("$1_$2_$5")
  start_server mariadb
  measure "fleet_${fleet_rows[-1]}_" "$build/bench_fleet" "$server_port" bench_fleet "$1" "$3" "$4" "$2" "$5"
  stop_server
}

measure_fleet_part() {
  local agents
  for agents in "${fleet_unpaced_agents[@]}"; do
    fleet_run "$agents" unpaced "$fleet_unpaced_s" "$fleet_unpaced_connections" 0
  done
  for agents in "${fleet_paced_agents[@]}"; do fleet_run "$agents" paced "$fleet_paced_s" "$fleet_connections" 0; done
  for agents in "${fleet_filled_agents[@]}"; do
    fleet_run "$agents" unpaced "$fleet_unpaced_s" "$fleet_unpaced_connections" "$fleet_fill_mb"
    if ((fleet_paced_s > 0)); then fleet_run "$agents" paced "$fleet_paced_s" "$fleet_connections" "$fleet_fill_mb"; fi
  done
}

fleet_figures() {
  local empty=fleet_1000_paced_0 filled=fleet_1000_paced_$fleet_fill_mb
  local agents="1000 agents, one server" large="partition of the day larger than its buffer pool"
  figure "$agents: errors" "<= 0" "" "${empty}_errors"
  figure "$agents: lateness of a flush, p99" "<= 60" s "${empty}_late_p99_s"
  figure "$agents, $large: errors" "<= 0" "" "${filled}_errors"
  figure "$agents, $large: lateness of a flush, p99" "<= 60" s "${filled}_late_p99_s"
}

print_fleet() {
  local row agents pace fill
  cat <<'END'
| agents | pace | before | rows/s | errors | tried again | flush p50 | flush p99 | late p50 | late p99 | late max | connections |
|---|---|---|---|---|---|---|---|---|---|---|---|
END
  for row in "${fleet_rows[@]}"; do
    IFS=_ read -r agents pace fill <<<"$row"
    row=fleet_$row
    printf '| %s | %s | %s MB | %s | %s | %s | %s ms | %s ms |' "$agents" "$pace" "$fill" \
      "$(value "${row}_rows_per_s")" "$(value "${row}_errors")" "$(value "${row}_retries")" \
      "$(value "${row}_flush_p50_ms")" "$(value "${row}_flush_p99_ms")"
    if [[ $pace == paced ]]; then
      printf ' %s s | %s s | %s s |' "$(value "${row}_late_p50_s")" "$(value "${row}_late_p99_s")" \
        "$(value "${row}_late_max_s")"
    else
      printf ' | | |'
    fi
    printf ' %s |\n' "$(value "${row}_connections_max")"
  done
  print_capacity
}

print_capacity() {
  local row agents pace fill each
  each=$(newest "fleet_${fleet_rows[0]}_agent_rows_per_s")
  printf '\nAn agent has %s samples per second; so many agents would fill the unpaced rates:\n\n' "$(number "$each")"
  for row in "${fleet_rows[@]}"; do
    IFS=_ read -r agents pace fill <<<"$row"
    [[ $pace == unpaced ]] || continue
    printf -- '- %s agents, %s MB before: %s\n' "$agents" "$fill" \
      "$(awk -v rate="$(newest "fleet_${row}_rows_per_s")" -v each="$each" 'BEGIN { printf "%d", rate / each }')"
  done
}

# fleet_chart NAME TITLE UNIT less|more SUFFIX [PACE] - a bar for each row, or for those of one pace.
fleet_chart() {
  local row count pace fill
  for row in "${fleet_rows[@]}"; do
    IFS=_ read -r count pace fill <<<"$row"
    if [[ -n ${6:-} && $pace != "$6" ]]; then continue; fi
    chart_row "$count, $pace, $fill MB" "fleet_${row}_$5"
  done | draw_chart "fleet_$1" "$2" "$3" "$4"
}

fleet_details() {
  fleet_chart late "Lateness of a flush, p99, by agents and what the day held before" s less late_p99_s paced
  fleet_chart rate "Samples taken by the server" rows/s more rows_per_s
  printf '\nIn detail:\n\n'
  print_fleet
  cat <<'END'

How it is measured:

- Every simulated agent has its own host, epoch and series: those of the default collectors on this machine, every 10 s, and
  `flush_interval` 60 s. A flush is what the daemon does from 30 s on: connect, look at the schema, the host's epoch and the
  ledger, a transaction with `series`, the samples and the headline rows, one with the rollups of the minute, close. There is no
  local store behind it, and no maintenance of partitions.
- The moments are spread over the interval by host id. An agent that is late delivers all that has come up since. Where there are
  more agents than the server can take, they are late by as much as the measurement is long.
- *Late*: from the moment a flush was due to its last COMMIT; the first minute, in which all series are new, is not counted.
- *As fast as possible*: 16 connections, agents take turns, every flush is one minute of an agent.
- *Filled*: the partition of the day holds that much of the same series before (counted as 65 bytes per row), more than the
  server's buffer pool of 128 MB. Server and agents share this machine.
END
}

headline_fleet() {
  figure "1000 agents, one server: lateness of a flush, p99" "<= 60" s fleet_1000_paced_0_late_p99_s
}
