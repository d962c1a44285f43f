-- SPDX-License-Identifier: MIT
-- Version 2: rollups, who may write, who delivers. Every statement may run again (a column, a key or a view
-- that is there already is fine). A later version that lower ones must not write to says so by itself:
-- UPDATE schema_version SET writer_min = ...

-- One row per series and minute, the same per hour. Computed by the agent; delivered again when late samples
-- arrive: the row with more samples wins.
CREATE TABLE IF NOT EXISTS samples_1m (
  series_id BIGINT   NOT NULL,
  time      DATETIME NOT NULL COMMENT 'begin of the minute, UTC',
  count     BIGINT   NOT NULL COMMENT 'samples in it',
  min       DOUBLE   NOT NULL,
  max       DOUBLE   NOT NULL,
  sum       DOUBLE   NOT NULL COMMENT 'sum / count is the mean',
  last      DOUBLE   NOT NULL COMMENT 'the newest; what counts for counters',
  PRIMARY KEY (series_id, time)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'partitioned by day';

CREATE TABLE IF NOT EXISTS samples_1h (
  series_id BIGINT   NOT NULL,
  time      DATETIME NOT NULL COMMENT 'begin of the hour, UTC',
  count     BIGINT   NOT NULL COMMENT 'samples in it',
  min       DOUBLE   NOT NULL,
  max       DOUBLE   NOT NULL,
  sum       DOUBLE   NOT NULL COMMENT 'sum / count is the mean',
  last      DOUBLE   NOT NULL COMMENT 'the newest; what counts for counters',
  PRIMARY KEY (series_id, time)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'partitioned by month';

ALTER TABLE schema_version
  ADD COLUMN writer_min INT NOT NULL DEFAULT 1 COMMENT 'agents that know only lower versions must not write';

ALTER TABLE hosts ADD COLUMN last_seen DATETIME(3) NULL COMMENT 'newest delivery';

ALTER TABLE hosts ADD COLUMN epoch BIGINT NULL
  COMMENT 'of the store that delivered last; two that take turns are two machines with one machine id';

ALTER TABLE hosts ADD COLUMN version VARCHAR(32) NULL COMMENT 'of the agent';

CREATE SQL SECURITY INVOKER VIEW metrics_1m AS
  SELECT samples_1m.time, hosts.host, series.metric, series.labels, samples_1m.count, samples_1m.min,
         samples_1m.max, samples_1m.sum, samples_1m.last, series.unit
  FROM hosts
  STRAIGHT_JOIN series ON series.host_id = hosts.host_id
  STRAIGHT_JOIN samples_1m FORCE INDEX (PRIMARY) ON samples_1m.series_id = series.series_id;

CREATE SQL SECURITY INVOKER VIEW metrics_1h AS
  SELECT samples_1h.time, hosts.host, series.metric, series.labels, samples_1h.count, samples_1h.min,
         samples_1h.max, samples_1h.sum, samples_1h.last, series.unit
  FROM hosts
  STRAIGHT_JOIN series ON series.host_id = hosts.host_id
  STRAIGHT_JOIN samples_1h FORCE INDEX (PRIMARY) ON samples_1h.series_id = series.series_id;

-- The newest value of every series in the last ten minutes, one look-up each. The inner condition is about
-- whole days, so that it chooses partitions and never makes a look-up read on through a series that ended.
CREATE SQL SECURITY INVOKER VIEW metrics_now AS
  SELECT samples.time, hosts.host, series.metric, series.labels, samples.value, series.unit
  FROM hosts
  STRAIGHT_JOIN series ON series.host_id = hosts.host_id
  STRAIGHT_JOIN samples FORCE INDEX (PRIMARY)
    ON samples.series_id = series.series_id
   AND samples.time = (SELECT newest.time FROM samples AS newest FORCE INDEX (PRIMARY)
                       WHERE newest.series_id = series.series_id
                         AND newest.time >= DATE(UTC_TIMESTAMP() - INTERVAL 10 MINUTE)
                       ORDER BY newest.series_id DESC, newest.time DESC LIMIT 1)
   AND samples.time > UTC_TIMESTAMP() - INTERVAL 10 MINUTE;
