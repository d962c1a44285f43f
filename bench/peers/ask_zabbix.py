#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""ask_zabbix.py PORT KEYS - asks a Zabbix agent for the items of a file once per second, as a server's passive checks do:
one connection per item. Prints how many values it has got so far; items that the agent does not have go to stderr once.
"""
import socket
import sys
import time

TIMEOUT_S = 3
HEADER = b"ZBXD\x01"
LENGTH_BYTES = 8
UNKNOWN = b"ZBX_NOTSUPPORTED"


def ask(port, key):
    question = key.encode()
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
        connection.sendall(HEADER + len(question).to_bytes(LENGTH_BYTES, "little") + question)
        answer = b""
        while part := connection.recv(4096):
            answer += part
    return answer[len(HEADER) + LENGTH_BYTES:]


def main():
    port = int(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as file:
        keys = file.read().splitlines()
    unknown = set()
    values = 0
    due = time.monotonic()
    while True:
        for key in keys:
            try:
                answer = ask(port, key)
            except OSError:
                continue
            if answer and not answer.startswith(UNKNOWN):
                values += 1
            elif key not in unknown:
                unknown.add(key)
                print(key, file=sys.stderr, flush=True)
        print(values, flush=True)
        due += 1
        time.sleep(max(0, due - time.monotonic()))


if __name__ == "__main__":
    main()
