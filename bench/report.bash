# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# From the measurements to the table and to docs/benchmarks.md.
# shellcheck disable=SC2154 # bench/run sets the folders and the rounds

# summary KEY - "MEDIAN MIN MAX COUNT" of a key's measurements; fails without any.
summary() {
  awk -v key="$1" '$1 == key { print $2 }' "$results" | sort -g | awk '
    { value[NR] = $1 }
    END {
      if (NR == 0) exit 1
      median = NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2
      print median, value[1], value[NR], NR
    }'
}

# Three digits that count; whole numbers as they are.
number() {
  awk -v v="$1" 'BEGIN {
    if (v !~ /[.]/) { printf "%s", v; exit }
    size = v < 0 ? -v : v
    printf (size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f"), v
  }'
}

# value KEY - its median.
value() {
  local median rest
  read -r median rest < <(summary "$1") || die "nothing was measured for $1"
  number "$median"
}

# measured KEY UNIT - "4.71 µs (4.60 to 4.93)"
measured() {
  local median min max count
  read -r median min max count < <(summary "$1") || die "nothing was measured for $1"
  printf '%s%s' "$(number "$median")" "${2:+ $2}"
  if ((count > 1)); then printf ' (%s to %s)' "$(number "$min")" "$(number "$max")"; fi
}

# figure TEXT LIMIT UNIT KEY - one line of the table. LIMIT is "<= 5" or ">= 0.65".
figure() {
  local median rest verdict
  read -r median rest < <(summary "$4") || return 0 # not in this mode
  verdict=$(awk -v median="$median" -v limit="$2" 'BEGIN {
    split(limit, part, " ")
    print ((part[1] == "<=" ? median <= part[2] : median >= part[2]) ? "met" : "**missed**")
  }')
  printf '| %s | %s%s | %s | %s |\n' "$1" "$2" "${3:+ $3}" "$(measured "$4" "$3")" "$verdict"
}

# extra TEXT UNIT KEY - a line without a goal.
extra() {
  summary "$3" >/dev/null || return 0
  printf '| %s | | %s | |\n' "$1" "$(measured "$3" "$2")"
}

# print_figures PART
print_figures() {
  cat <<'END'
| figure | goal | measured | |
|---|---|---|---|
END
  "${1}_figures"
}

daemon_figures() {
  figure "CPU per stored sample, new local store" "<= 5" µs cpu_us_local
  figure "CPU per stored sample, local store that holds a day" "<= 5" µs cpu_us_day
  figure "CPU per stored sample, MySQL delivery on" "<= 8" µs cpu_us_mysql
  figure "CPU per stored sample, MySQL delivery over TLS" "<= 8" µs cpu_us_tls
  figure "CPU per stored sample, replayed without pacing" "<= 2" µs replay_us
  figure "anonymous memory, local store" "<= 8" MB anonymous_mb_local
  figure "anonymous memory, MySQL over TLS" "<= 8" MB anonymous_mb_tls
  figure "growth of anonymous memory per hour of ticks (a day of them, a commit per tick)" "<= 1" kB soak_growth_kb_per_h
  figure "RSS, local store" "<= 16" MB rss_mb_local
  figure "RSS, MySQL over TLS" "<= 24" MB rss_mb_tls
  figure "history of one metric over 1 h, \`caretakerctl\` from start to exit" "<= 100" ms history_ms
  figure "the same from the SQL view, \`sqlite3\` from start to exit" "<= 100" ms history_view_ms
  figure "start to READY=1" "<= 50" ms ready_ms
  figure "start to READY=1, local store that holds a day" "<= 50" ms day_ready_ms
  figure "SIGTERM to exit" "<= 1000" ms stop_ms
}

# print_more PART
print_more() {
  cat <<'END'
| | | measured | |
|---|---|---|---|
END
  "${1}_more"
}

daemon_more() {
  extra "samples per tick" "" tick_samples
  extra "CPU of one core, local store" % cpu_percent_local
  extra "CPU of one core, MySQL over TLS" % cpu_percent_tls
  extra "PSS, local store" MB pss_mb_local
  extra "PSS, MySQL over TLS" MB pss_mb_tls
  extra "growth of anonymous memory during a round, local store" kB anonymous_growth_kb_local
  extra "growth of anonymous memory during a round, MySQL over TLS" kB anonymous_growth_kb_tls
  extra "replayed: collectors alone" "µs per sample" collect_us
  extra "replayed: bare pread(2) of the files that the collectors keep open" "µs per sample" floor_us
  extra "replayed: collectors and appending to the queue" "µs per sample" replay_job_us
  extra "replayed: store thread" "µs per sample" replay_store_us
  extra "replayed with a commit per tick: store thread" "µs per sample" replay_commits_store_us
  extra "local store, disk" "bytes per sample" replay_bytes_per_sample
  extra "history of cpu_seconds_total over 1 h, all series" ms history_cpu_ms
  extra "local store that holds a day: size" MB store_mb
  extra "local store that holds a day: samples" "" store_samples
}

# One line per thread, one column per kind of round; microseconds of CPU per stored sample.
print_threads() {
  local kind name
  printf '| thread |'
  printf ' %s |' "${paced_kinds[@]}"
  printf '\n|---|'
  printf -- '---|%.0s' "${paced_kinds[@]}"
  printf '\n'
  while read -r name; do
    printf '| %s |' "$name"
    for kind in "${paced_kinds[@]}"; do
      if summary "thread_us_$kind:$name" >/dev/null; then
        printf ' %s |' "$(value "thread_us_$kind:$name")"
      else
        printf ' |'
      fi
    done
    printf '\n'
  done < <(sed -n 's/^thread_us_[a-z]*:\([^ ]*\) .*/\1/p' "$results" | sort -u)
}

print_machine() {
  local model memory
  model=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
  memory=$(awk '$1 == "MemTotal:" { printf "%.1f GB", $2 * 1024 / 1e9 }' /proc/meminfo)
  printf -- '- CPU: %s, %s cores; memory: %s\n' "${model:-unknown}" "$(nproc)" "$memory"
  printf -- '- Linux %s; %s\n' "$(uname -r)" "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)"
  printf -- '- files on %s; SQLite %s%s\n' "$(stat -f -c %T "$work")" "$(sqlite3 --version | cut -d ' ' -f 1)" "$(servers)"
  printf -- '- Caretaker %s, built with %s\n' "$(revision)" "$(compiler)"
  printf -- '- %s; load average %s at the beginning, %s at the end\n' \
    "$(date -u '+%Y-%m-%d %H:%M UTC')" "$load_at_begin" "$(load_average)"
}

servers() {
  awk '$1 ~ /^version_/ && !seen[$2]++ { printf "%s %s", (count++ ? "" : "; servers:"), $2 }' "$results"
}

revision() {
  git describe --always --dirty --exclude='*' 2>/dev/null || "$build/caretakerd" --version
}

compiler() {
  "$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")" --version | head -n 1
}

print_commands() {
  # shellcheck disable=SC2016 # no variable of ours
  printf '\nCommands, with `$WORK` for the folder of the run:\n\n```sh\n'
  cat "$commands"
  printf '```\n'
}

# write_part PART - its section of the page.
write_part() {
  printf '## %s\n\n' "${part_titles[$1]}"
  if declare -F "${1}_figures" >/dev/null; then print_figures "$1"; fi
  "${1}_details"
  printf '\nThe machine:\n\n'
  print_machine
  print_commands
}

daemon_details() {
  printf '\nCPU of each thread, µs per stored sample, at an interval of 1 s:\n\n'
  print_threads
  printf '\nSingle parts:\n\n'
  print_more daemon
  printf '\n%s rounds of %s s; everything else used %s of the machine during those with the local store.\n' \
    "$rounds" "$paced_s" "$(measured others_percent_local %)"
  cat <<'END'

How it is measured:

- *CPU per stored sample*: `caretakerd` with its default jobs at an interval of 1 s, everything else at its default. CPU is
  the time that its threads and helper processes ran (`/proc/PID/task/*/schedstat`), samples are the store's own counter of
  committed samples; both are read right after a commit, at both ends of a round. Rounds of the kinds alternate. `day` runs on
  a store that holds a day, `mysql` and `tls` deliver from a new one.
- *MySQL*: a new MariaDB on loopback, `flush_interval` 10 s; a round holds whole flushes. With TLS the daemon is told to
  refuse anything else.
- *Memory*: `/proc/PID/smaps_rollup` at the end of a round.
- *Replayed*: the default sampling jobs with their real collectors on this machine's kernel files, one after the other on one
  thread, into the real store, with a clock that moves one second per tick. Without pacing one commit holds many ticks.
- *Growth*: least-squares line through the second half of a day of ticks on recorded kernel files, looked at once per
  minute, with a commit per tick and retention at work; one page that is touched in its middle makes 0.5 kB.
- *History*: a store of a day at 1 s, made from a minute of real batches; the daemon runs on it. The files are in the page cache.
- *Start and stop*: from `exec` to `READY=1` on a notification socket, and from SIGTERM to the end of the process.
END
}

delivery_figures() {
  local engine
  for engine in "${engines[@]}"; do
    figure "backlog to $(engine_name "$engine"): rate by that of LOAD DATA" ">= 0.65" "" "delivery_${engine}_drain_ratio"
  done
  figure "RSS growth of the process while a large backlog is delivered" "<= 8" MB large_rss_growth_mb
  figure "local store with rollups, interval 1 s" "<= 24" "bytes per sample" store_size_1s_bytes_per_sample
  figure "local store with rollups, interval 10 s" "<= 24" "bytes per sample" store_size_10s_bytes_per_sample
}

delivery_more() {
  local engine name
  extra "backlog: samples" "" backlog_samples
  for engine in "${engines[@]}"; do
    name=$(engine_name "$engine")
    extra "$name: delivery, without rollups" "rows/s" "delivery_${engine}_drain_rows_per_s"
    extra "$name: delivery, with the rollups of those samples, which are not counted" "rows/s" "delivery_${engine}_all_rows_per_s"
    extra "$name: the same by the rate of LOAD DATA" "" "delivery_${engine}_all_ratio"
    extra "$name: LOAD DATA LOCAL INFILE, a transaction per 20,000 rows" "rows/s" "delivery_${engine}_load_rows_per_s"
    extra "$name: LOAD DATA LOCAL INFILE, one file" "rows/s" "delivery_${engine}_load_one_rows_per_s"
    extra "$name: INSERT of 5000 rows, a transaction per 20,000" "rows/s" "delivery_${engine}_insert_rows_per_s"
    extra "$name: CPU of our process per delivered sample" µs "delivery_${engine}_drain_cpu_us"
    extra "$name: RSS growth" MB "delivery_${engine}_drain_rss_growth_mb"
  done
  extra "large backlog: samples" "" large_rows
  extra "large backlog: delivery, with rollups" "rows/s" large_rows_per_s
  extra "large backlog: highest RSS" MB large_rss_mb
  extra "large backlog: growth of anonymous memory, at the end" MB large_anonymous_growth_mb
}

delivery_details() {
  printf '\nIn detail:\n\n'
  print_more delivery
  printf '\n%s rounds.\n' "$rounds"
  cat <<'END'

How it is measured:

- *Backlog*: a store as the daemon leaves it at an interval of 1 s is delivered by the delivery of the daemon, without pacing:
  reading the store, the ledger, `hosts`, `series` and the headline rows are in the time, and so is the store's own thread.
  Connecting and making the tables are not. Only rows of `samples` are counted, also where rollups are delivered too.
- *By other means*: the same rows in the same order, sorted by (series_id, time) within each transaction, into an empty copy
  of the partitioned table `samples`. The files are in the page cache; writing them is not in the time.
- Every measurement begins with a new database; the kinds take turns in being the first of a round; a ratio is that of one
  round. The servers run with their defaults (128 MB of buffer pool; Oracle's writes a binary log).
- *RSS growth*: highest RSS (`VmHWM`) after connecting and before the end, less the RSS after connecting.
- *Bytes per sample*: size of the store's file by its samples after a day whose ticks repeat a minute of this machine, recorded
  in real time; counters go on growing.
END
}

fleet_details() {
  printf '\nIn detail:\n\n'
  print_fleet
  cat <<'END'

How it is measured:

- Every simulated agent has its own host, epoch and series: those of the default collectors on this machine, every 10 s, and
  `flush_interval` 60 s. A flush is what the daemon does from 30 s on: connect, look at the schema, the host's epoch and the
  ledger, a transaction with `series`, the samples and the headline rows, one with the rollups of the minute, close. There is no
  local store behind it, and no maintenance of partitions.
- The moments are spread over the interval by host id. An agent that is late delivers all that has come up since.
- *Late*: from the moment a flush was due to its last COMMIT; the first minute, in which all series are new, is not counted.
- *As fast as possible*: 16 connections, agents take turns, every flush is one minute of an agent.
- *Filled*: the partition of the day holds that much of the same series before (counted as 65 bytes per row), more than the
  server's buffer pool of 128 MB. Server and agents share this machine.
END
}

declare -A part_titles=([daemon]="The daemon" [micro]="Single steps"
  [scheduler]="The scheduler" [delivery]="Delivery of a backlog" [growth]="A growing store"
  [fleet]="A fleet" [cleanup]="Cleanup" [peers]="Beside other agents")

# old_part PART - its section of the page as it is.
old_part() {
  [[ -e $docs/benchmarks.md ]] || return 0
  awk -v begin="## ${part_titles[$1]}" '
    /^## / { inside = $0 == begin }
    inside { print }' "$docs/benchmarks.md"
}

# The parts that were measured are new, the others stay.
write_page() {
  local part
  cat <<'END'
# Benchmarks

Made by `./dev bench`; no figure is typed by hand. Every value is the median of its rounds, with the smallest and the largest
behind it. 1 MB is 10^6 bytes. Nothing is subtracted: what else runs on the machine while it is measured makes the figures
worse (cold caches, waiting). Compare rows of one run, and runs of one machine.

END
  for part in "${all_parts[@]}"; do
    if [[ -e $work/$part.md ]]; then cat "$work/$part.md"; else old_part "$part"; fi
  done
}
