-- SPDX-License-Identifier: MIT
-- Made before any numbered version, because only the holder of the lease `schema` may apply one.
-- A row is taken by an UPDATE that finds it expired; sql/mysql_lease.h.
CREATE TABLE IF NOT EXISTS leases (
  name       VARCHAR(64) NOT NULL PRIMARY KEY COMMENT 'schema or maintenance',
  holder     BIGINT      NOT NULL COMMENT 'who holds or held it: the id of an agent''s host, or a random number',
  expires_at DATETIME(3) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
