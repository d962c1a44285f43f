#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""usage.py session|process PID - what an agent has used so far, as "KEY VALUE" lines.

A session is every process whose session id is PID, whoever its parent is by now. CPU time is the process clock of the
kernel: nanoseconds that its threads ran on a CPU, those that have ended included. Children that have ended and were
waited for are in the times that their parent has of them (in 10 ms).
"""
import os
import sys
import time

NS_PER_S = 1_000_000_000
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
MEMORY = {"Rss:": "rss", "Anonymous:": "anonymous", "Private_Clean:": "private", "Private_Dirty:": "private"}
SWITCHES = ("voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:")


def read_text(path):
    """What a file of /proc holds; nothing where its process has just ended."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def stat_fields(pid):
    """The fields of /proc/PID/stat from the state on; the name before it may hold anything."""
    return read_text(f"/proc/{pid}/stat").rpartition(")")[2].split()


def session_processes(session):
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    fields = {pid: stat_fields(pid) for pid in pids}
    return [pid for pid in pids if len(fields[pid]) > 3 and int(fields[pid][3]) == session]


def cpu_ns(pid):
    process_clock = (~pid << 3) | 2  # CPUCLOCK_SCHED of a process, as clock_getcpuclockid(3) makes it
    try:
        own = int(time.clock_gettime(process_clock) * NS_PER_S)
    except OSError:
        return 0
    fields = stat_fields(pid)
    ended_children = int(fields[13]) + int(fields[14]) if len(fields) > 14 else 0
    return own + ended_children * NS_PER_S // TICKS_PER_S


def add_memory(pid, usage):
    for line in read_text(f"/proc/{pid}/smaps_rollup").splitlines():
        words = line.split()
        if words[0] in MEMORY:
            usage[MEMORY[words[0]]] += int(words[1]) * 1024


def add_switches(pid, usage):
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    usage["threads"] += len(threads)
    for thread in threads:
        for line in read_text(f"/proc/{pid}/task/{thread}/status").splitlines():
            name, _, value = line.partition("\t")
            if name in SWITCHES:
                usage["switches"] += int(value)


def add_written(pid, usage):
    for line in read_text(f"/proc/{pid}/io").splitlines():
        name, _, value = line.partition(": ")
        if name == "write_bytes":
            usage["written"] += int(value)


def main():
    kind, pid = sys.argv[1], int(sys.argv[2])
    pids = session_processes(pid) if kind == "session" else [pid]
    names = ("cpu_ns", "rss", "anonymous", "private", "switches", "written", "threads")
    usage = dict.fromkeys(names, 0)
    usage["processes"] = len(pids)
    for each in pids:
        usage["cpu_ns"] += cpu_ns(each)
    usage["time_ns"] = time.monotonic_ns()
    for each in pids:
        add_memory(each, usage)
        add_switches(each, usage)
        add_written(each, usage)
    for name, value in usage.items():
        print(name, value)


if __name__ == "__main__":
    main()
