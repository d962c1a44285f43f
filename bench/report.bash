# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# From the measurements to the tables.
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
  reference_figure local "CPU per stored sample, new local store"
  reference_figure tls "CPU per stored sample, MySQL delivery over TLS"
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
  extra "at 1 s: collectors and appending to the queue, one thread" "µs per sample" replay_paced_job_us
  extra "at 1 s: store thread" "µs per sample" replay_paced_store_us
  extra "at 1 s: bare pread(2) of those files" "µs per sample" floor_paced_us
  extra "at 1 s: the same by as many job threads as the daemon has, which one thread wakes" "µs per sample" floor_woken_us
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
  done < <(sed -n 's/^thread_us_[a-z_]*:\([^ ]*\) .*/\1/p' "$results" | sort -u)
}

cpu_model() {
  local model
  model=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
  printf '%s' "${model:-an unknown CPU}"
}

print_machine() {
  local memory
  memory=$(awk '$1 == "MemTotal:" { printf "%.1f GB", $2 * 1024 / 1e9 }' /proc/meminfo)
  printf -- '- CPU: %s, %s cores; memory: %s\n' "$(cpu_model)" "$(nproc)" "$memory"
  printf -- '- Linux %s; %s\n' "$(uname -r)" "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)"
  printf -- '- files on %s; SQLite %s%s\n' "$(df --output=fstype "$work" | tail -n 1)" "$(sqlite3 --version | cut -d ' ' -f 1)" "$(servers)"
  printf -- '- Caretaker %s, built with %s\n' "$(revision)" "$(compiler)"
  printf -- '- %s; load average %s at the beginning, %s at the end\n' \
    "$(date -u '+%Y-%m-%d %H:%M UTC')" "$load_at_begin" "$(load_average)"
  printf -- '- its speed: %s at the end; at the beginning: %s\n' "$(machine_speed)" "$speed_at_begin"
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
  say_whether_reference_is_there
  cat <<'END'

How it is measured:

- *CPU per stored sample*: `caretakerd` with its default jobs at an interval of 1 s, everything else at its default. CPU is
  the time that its threads and helper processes ran (`/proc/PID/task/*/schedstat`), samples are the store's own counter of
  committed samples; both are read right after a commit, at both ends of a round. Rounds of the kinds alternate. `day` runs on
  a store that holds a day, `mysql` and `tls` deliver from a new one.
END
  explain_reference
  cat <<'END'
- *MySQL*: a new MariaDB on loopback, `flush_interval` 10 s; a round holds whole flushes. With TLS the daemon is told to
  refuse anything else.
- *Memory*: `/proc/PID/smaps_rollup` at the end of a round.
- *Replayed*: the default sampling jobs with their real collectors on this machine's kernel files, one after the other on one
  thread, into the real store, with a clock that moves one second per tick. Without pacing one commit holds many ticks.
- *At 1 s*: the same two threads with a second of sleep after every tick: the daemon's work without its scheduler and a thread for
  each job. The bare reads likewise: what code, data and kernel tables that have left the caches cost. The last line of these
  adds the job threads and their wake-ups, and is what a daemon with a thread for each job needs at least.
- *Growth*: median of the slopes between any two minutes of the second half of a day of ticks on recorded kernel files, with a
  commit per tick and retention at work.
- *History*: a store of a day at 1 s, made from a minute of real batches; the daemon runs on it. The files are in the page cache.
- *Start and stop*: from `exec` to `READY=1` on a notification socket, and from SIGTERM to the end of the process.
END
}

headline_daemon() {
  figure "CPU per stored sample, interval 1 s, local store" "<= 5" µs cpu_us_local
  figure "CPU per stored sample, interval 1 s, MySQL over TLS" "<= 8" µs cpu_us_tls
  reference_figure local "CPU per stored sample, interval 1 s, local store"
  figure "RSS, local store" "<= 16" MB rss_mb_local
  figure "RSS, MySQL over TLS" "<= 24" MB rss_mb_tls
  figure "anonymous memory, MySQL over TLS" "<= 8" MB anonymous_mb_tls
  figure "start to READY=1" "<= 50" ms ready_ms
}
