#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""psutil_agent.py SOCKET USER DATABASE - the small script that many machines run: one row per second into MySQL."""
import sys
import time

import psutil
import pymysql

CREATE = """CREATE TABLE IF NOT EXISTS system_stats (
    id INT AUTO_INCREMENT PRIMARY KEY,
    time TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    cpu_percent FLOAT, memory_percent FLOAT, memory_used BIGINT, disk_percent FLOAT,
    disk_read BIGINT, disk_write BIGINT, net_sent BIGINT, net_recv BIGINT)"""
INSERT = """INSERT INTO system_stats
    (cpu_percent, memory_percent, memory_used, disk_percent, disk_read, disk_write, net_sent, net_recv)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"""


def execute(statement, values=()):
    connection = pymysql.connect(unix_socket=sys.argv[1], user=sys.argv[2], database=sys.argv[3])
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
        connection.commit()
    finally:
        connection.close()


def collect():
    memory = psutil.virtual_memory()
    disk = psutil.disk_io_counters()
    net = psutil.net_io_counters()
    return (psutil.cpu_percent(), memory.percent, memory.used, psutil.disk_usage("/").percent,
            disk.read_bytes, disk.write_bytes, net.bytes_sent, net.bytes_recv)


def main():
    execute(CREATE)
    while True:
        execute(INSERT, collect())
        time.sleep(1)


if __name__ == "__main__":
    main()
