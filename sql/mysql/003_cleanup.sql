-- SPDX-License-Identifier: MIT
-- Version 3: what cleanup did. Every statement may run again.

-- Written when the plan stands (ended_at is NULL) and again when the run has ended; the later row replaces the
-- earlier one.
CREATE TABLE IF NOT EXISTS cleanup_runs (
  host_id            BIGINT       NOT NULL,
  time               DATETIME(3)  NOT NULL COMMENT 'begin of the run',
  run_id             BIGINT       NOT NULL,
  `trigger`          VARCHAR(16)  NOT NULL COMMENT 'interval, pressure, manual or new_image',
  mode               VARCHAR(16)  NOT NULL COMMENT 'only enforce deletes',
  engine             VARCHAR(255) NOT NULL,
  ended_at           DATETIME(3)  NULL,
  outcome            VARCHAR(16)  NOT NULL,
  note               TEXT         NOT NULL,
  filesystem         TEXT         NOT NULL COMMENT 'path on the file system that holds the images',
  avail_bytes_before BIGINT       NOT NULL,
  avail_bytes_after  BIGINT       NOT NULL,
  files_free_before  BIGINT       NOT NULL,
  files_free_after   BIGINT       NOT NULL,
  wanted_bytes       BIGINT       NOT NULL COMMENT '0: no disk pressure; 2^63 - 1: as much as possible',
  bytes_min          BIGINT       NOT NULL COMMENT 'certain to become free by the plan',
  bytes_max          BIGINT       NOT NULL,
  reported_bytes     BIGINT       NOT NULL COMMENT 'reclaimed by the word of the engine',
  planned            BIGINT       NOT NULL COMMENT 'deletions',
  removed            BIGINT       NOT NULL,
  kept               BIGINT       NOT NULL COMMENT 'in use or changed since the plan',
  failed             BIGINT       NOT NULL,
  verdicts           TEXT         NOT NULL COMMENT 'JSON object: number of objects by reason',
  PRIMARY KEY (host_id, time, run_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS cleanup_actions (
  host_id        BIGINT       NOT NULL,
  time           DATETIME(3)  NOT NULL COMMENT 'begin of the run',
  run_id         BIGINT       NOT NULL,
  number         BIGINT       NOT NULL COMMENT 'place in the plan',
  kind           VARCHAR(16)  NOT NULL COMMENT 'build_cache, image, container, network or volume',
  object_id      TEXT         NOT NULL,
  names          MEDIUMTEXT   NOT NULL COMMENT 'JSON array',
  reason         VARCHAR(32)  NOT NULL,
  explanation    TEXT         NOT NULL,
  state          VARCHAR(16)  NOT NULL COMMENT 'planned, removed, gone, kept, deferred or failed',
  bytes_min      BIGINT       NOT NULL,
  bytes_max      BIGINT       NOT NULL,
  created_at     DATETIME(3)  NULL COMMENT 'by the engine',
  first_seen     DATETIME(3)  NULL COMMENT 'by the agent',
  last_used      DATETIME(3)  NULL COMMENT 'NULL: never seen in use',
  ended_at       DATETIME(3)  NULL,
  http_status    INT          NOT NULL COMMENT '0: nothing was sent or no answer came',
  engine_message TEXT         NOT NULL,
  PRIMARY KEY (host_id, time, run_id, number)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
