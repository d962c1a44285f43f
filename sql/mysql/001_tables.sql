-- SPDX-License-Identifier: MIT
-- Version 1. Every statement may run again and on several hosts at once. All times are UTC. No foreign keys
-- and no auto-increment, so that clusters stay an option. sql/mysql_schema.cpp fills in {system_monitor}.

CREATE TABLE IF NOT EXISTS schema_version (
  version    INT         NOT NULL PRIMARY KEY,
  applied_at DATETIME(3) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'the numbered schema files that were applied';

CREATE TABLE IF NOT EXISTS hosts (
  host_id    BIGINT       NOT NULL PRIMARY KEY COMMENT 'hash of the machine id',
  host       VARCHAR(255) NOT NULL COMMENT 'newest name',
  first_seen DATETIME(3)  NOT NULL,
  KEY host (host)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS series (
  series_id BIGINT       NOT NULL PRIMARY KEY COMMENT 'hash of host id, metric and labels',
  host_id   BIGINT       NOT NULL,
  metric    VARCHAR(255) NOT NULL,
  labels    TEXT         NOT NULL COMMENT 'JSON object, keys sorted',
  unit      VARCHAR(64)  NOT NULL,
  type      VARCHAR(16)  NOT NULL COMMENT 'gauge or counter',
  KEY host_metric (host_id, metric)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS samples (
  series_id BIGINT      NOT NULL,
  time      DATETIME(3) NOT NULL,
  value     DOUBLE      NOT NULL,
  PRIMARY KEY (series_id, time)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'partitioned by day, see sql/mysql_partitions.h';

CREATE TABLE IF NOT EXISTS {system_monitor} (
  `host`       VARCHAR(255) NOT NULL,
  `timestamp`  DATETIME(3)  NOT NULL,
  cpu_usage    DOUBLE NULL COMMENT 'percent of all cores',
  memory_usage DOUBLE NULL COMMENT 'percent',
  disk_usage   DOUBLE NULL COMMENT 'percent of the root file system',
  net_sent     DOUBLE NULL COMMENT 'bytes per second',
  net_recv     DOUBLE NULL COMMENT 'bytes per second',
  PRIMARY KEY (`host`, `timestamp`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'the headline numbers, one row per host and interval';

CREATE TABLE IF NOT EXISTS events (
  host_id  BIGINT      NOT NULL,
  time     DATETIME(3) NOT NULL,
  event_id BIGINT      NOT NULL COMMENT 'hash of the rest',
  kind     VARCHAR(64) NOT NULL,
  subject  TEXT        NOT NULL,
  message  TEXT        NOT NULL,
  PRIMARY KEY (host_id, time, event_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS job_runs (
  host_id         BIGINT       NOT NULL,
  time            DATETIME(3)  NOT NULL COMMENT 'the scheduled tick',
  run_id          BIGINT       NOT NULL COMMENT 'hash of the rest',
  job             VARCHAR(255) NOT NULL,
  duration_ms     BIGINT       NOT NULL,
  cpu_ms          BIGINT       NOT NULL,
  exit_status     INT          NOT NULL COMMENT '-1: ended by a signal or not started',
  `signal`        INT          NOT NULL COMMENT '0: none',
  timed_out       BOOLEAN      NOT NULL,
  standard_output MEDIUMTEXT   NOT NULL,
  standard_error  MEDIUMTEXT   NOT NULL,
  PRIMARY KEY (host_id, time, run_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS deliveries (
  host_id    BIGINT      NOT NULL,
  epoch      BIGINT      NOT NULL COMMENT 'random; another one begins with every boot and when the local store went back in time',
  last_seq   BIGINT      NOT NULL COMMENT 'number of the last delivered batch in the local store',
  last_time  DATETIME(3) NULL COMMENT 'time of that batch',
  started_at DATETIME(3) NOT NULL,
  PRIMARY KEY (host_id, epoch)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
  COMMENT = 'up to where each host has delivered; moves in the transaction that brings the rows';

-- Join order and key are given, because a server that has no statistics of today's partition yet reads all of
-- it instead.
CREATE SQL SECURITY INVOKER VIEW metrics AS
  SELECT samples.time, hosts.host, series.metric, series.labels, samples.value, series.unit
  FROM hosts
  STRAIGHT_JOIN series ON series.host_id = hosts.host_id
  STRAIGHT_JOIN samples FORCE INDEX (PRIMARY) ON samples.series_id = series.series_id;
