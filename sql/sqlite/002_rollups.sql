-- SPDX-License-Identifier: MIT
-- Rollups per minute and hour, and what MySQL refused.

-- A minute (length_s 60) or an hour (3600) whose rollups are complete. One that gets late samples comes back
-- under a new number, so that delivery is a range scan here too.
CREATE TABLE periods (
  period INTEGER PRIMARY KEY AUTOINCREMENT,
  length_s INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  UNIQUE (length_s, time_ms)
);

-- Of one series in one period. A series that did not change, as most do, needs no more than its count and
-- value: NULL stands for max = min, last = max, sum = count * min.
CREATE TABLE rollups (
  period INTEGER NOT NULL,
  series INTEGER NOT NULL,
  count INTEGER NOT NULL,
  min NOT NULL,
  max,
  sum,
  last,
  PRIMARY KEY (period, series)
) WITHOUT ROWID;

-- Rows that the MySQL server refused for what is in them; they stay in the store and are not sent again.
-- `series` is 0 where the batch is an event or a job run.
CREATE TABLE dead_letters (
  seq INTEGER NOT NULL,
  series INTEGER NOT NULL,
  code INTEGER NOT NULL,
  error TEXT NOT NULL,
  PRIMARY KEY (seq, series)
) WITHOUT ROWID;

-- Ask for one metric at a time, and bound `time_ms` where speed matters.
CREATE VIEW metrics_1m (time, time_ms, host, metric, labels, count, min, max, sum, last, unit) AS
SELECT strftime('%Y-%m-%d %H:%M:%S', periods.time_ms / 1000, 'unixepoch'),
       periods.time_ms,
       (SELECT value FROM meta WHERE name = 'host'),
       series.metric,
       series.labels,
       rollups.count,
       CAST(rollups.min AS REAL),
       CAST(coalesce(rollups.max, rollups.min) AS REAL),
       CAST(coalesce(rollups.sum, rollups.count * rollups.min) AS REAL),
       CAST(coalesce(rollups.last, rollups.max, rollups.min) AS REAL),
       series.unit
FROM series
CROSS JOIN periods ON periods.length_s = 60
CROSS JOIN rollups ON rollups.period = periods.period AND rollups.series = series.series;

CREATE VIEW metrics_1h (time, time_ms, host, metric, labels, count, min, max, sum, last, unit) AS
SELECT strftime('%Y-%m-%d %H:%M:%S', periods.time_ms / 1000, 'unixepoch'),
       periods.time_ms,
       (SELECT value FROM meta WHERE name = 'host'),
       series.metric,
       series.labels,
       rollups.count,
       CAST(rollups.min AS REAL),
       CAST(coalesce(rollups.max, rollups.min) AS REAL),
       CAST(coalesce(rollups.sum, rollups.count * rollups.min) AS REAL),
       CAST(coalesce(rollups.last, rollups.max, rollups.min) AS REAL),
       series.unit
FROM series
CROSS JOIN periods ON periods.length_s = 3600
CROSS JOIN rollups ON rollups.period = periods.period AND rollups.series = series.series;
