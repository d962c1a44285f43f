-- SPDX-License-Identifier: MIT
-- The local store in commit order: delivery is a range scan of `seq`, retention a range delete.

-- What does not come per batch: epoch, delivered_seq, delivered_period, backward_steps, host_id, host, boot_id.
CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value
) WITHOUT ROWID;

-- Samples over the store's whole life: collected = delivered + pending + expired + every dropped_REASON.
-- Moved by the commit that they count.
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;

-- One row for each metric with its labels and the collector that measures it. `series` is the small number
-- used by `samples`; `series_id` is XXH3 of host, metric and labels, the same here and in MySQL.
CREATE TABLE series (
  series INTEGER PRIMARY KEY,
  series_id INTEGER NOT NULL,
  collector TEXT NOT NULL,
  metric TEXT NOT NULL,
  labels TEXT NOT NULL,
  unit TEXT NOT NULL,
  type TEXT NOT NULL,
  UNIQUE (series_id, collector)
);

-- What one collector measured at one tick. An event or a job run is a batch of one row of the collector
-- `events` or `job_runs`. A number is never used twice (AUTOINCREMENT), also after retention emptied the table.
CREATE TABLE batches (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  time_ms INTEGER NOT NULL,
  collector TEXT NOT NULL,
  rows INTEGER NOT NULL
);

-- Time first: the batches of a tick then share a page. With the collector first every one of them has a page of
-- its own, and the commit of a tick writes twice as much.
CREATE INDEX batches_by_time ON batches (time_ms, collector);

-- The order of the view system_monitor, so that its newest rows are found without sorting all of them.
CREATE INDEX batches_system_monitor
  ON batches (strftime('%Y-%m-%d %H:%M:%f', time_ms / 1000.0, 'unixepoch'))
  WHERE collector = 'system';

-- `value` has no declared type, so nothing is converted: integers up to 2^63 - 1 are exact, whole numbers take
-- 0 to 8 bytes. Larger counters are REAL.
CREATE TABLE samples (
  seq INTEGER NOT NULL,
  series INTEGER NOT NULL,
  value NOT NULL,
  PRIMARY KEY (seq, series)
) WITHOUT ROWID;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  message TEXT NOT NULL
);

CREATE TABLE job_runs (
  seq INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  job TEXT NOT NULL,
  duration_ms INTEGER NOT NULL,
  cpu_ms INTEGER NOT NULL,
  exit_status INTEGER NOT NULL,
  signal INTEGER NOT NULL,
  timed_out INTEGER NOT NULL,
  standard_output TEXT NOT NULL,
  standard_error TEXT NOT NULL
);

-- Ask for one metric at a time, and bound `time_ms` where speed matters: CROSS JOIN keeps the order series,
-- batches of its collector, samples; INDEXED BY keeps SQLite from sorting the batches first. `value` is always
-- REAL here, so that a division means the same as in MySQL.
CREATE VIEW metrics (time, time_ms, host, metric, labels, value, unit) AS
SELECT strftime('%Y-%m-%d %H:%M:%f', batches.time_ms / 1000.0, 'unixepoch'),
       batches.time_ms,
       (SELECT value FROM meta WHERE name = 'host'),
       series.metric,
       series.labels,
       CAST(samples.value AS REAL),
       series.unit
FROM series
CROSS JOIN batches INDEXED BY batches_by_time ON batches.collector = series.collector
CROSS JOIN samples ON samples.seq = batches.seq AND samples.series = series.series;

-- The headline row of every interval; NULL where a value is missing. INDEXED BY: without it every row is sorted.
CREATE VIEW system_monitor (cpu_usage, memory_usage, disk_usage, net_sent, net_recv, timestamp, host) AS
SELECT (SELECT CAST(value AS REAL) FROM samples WHERE samples.seq = batches.seq AND samples.series =
          (SELECT series FROM series WHERE collector = 'system' AND metric = 'system_cpu_usage_percent')),
       (SELECT CAST(value AS REAL) FROM samples WHERE samples.seq = batches.seq AND samples.series =
          (SELECT series FROM series WHERE collector = 'system' AND metric = 'system_memory_usage_percent')),
       (SELECT CAST(value AS REAL) FROM samples WHERE samples.seq = batches.seq AND samples.series =
          (SELECT series FROM series WHERE collector = 'system' AND metric = 'system_disk_usage_percent')),
       (SELECT CAST(value AS REAL) FROM samples WHERE samples.seq = batches.seq AND samples.series =
          (SELECT series FROM series
           WHERE collector = 'system' AND metric = 'system_network_sent_bytes_per_second')),
       (SELECT CAST(value AS REAL) FROM samples WHERE samples.seq = batches.seq AND samples.series =
          (SELECT series FROM series
           WHERE collector = 'system' AND metric = 'system_network_received_bytes_per_second')),
       strftime('%Y-%m-%d %H:%M:%f', batches.time_ms / 1000.0, 'unixepoch'),
       (SELECT value FROM meta WHERE name = 'host')
FROM batches INDEXED BY batches_system_monitor
WHERE batches.collector = 'system';
