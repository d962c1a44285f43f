-- SPDX-License-Identifier: MIT
-- What cleanup did and what it remembers.

-- One row per run and per planned deletion. Each is written before anything is deleted, and again with what came
-- of it: the new row has a new number, so that delivery is a range scan here too, and replaces the old one.
CREATE TABLE cleanup_runs (
  seq INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  run_id INTEGER NOT NULL UNIQUE,
  trigger TEXT NOT NULL,
  mode TEXT NOT NULL,
  engine TEXT NOT NULL,
  ended_ms INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  note TEXT NOT NULL,
  filesystem TEXT NOT NULL,
  avail_bytes_before INTEGER NOT NULL,
  avail_bytes_after INTEGER NOT NULL,
  files_free_before INTEGER NOT NULL,
  files_free_after INTEGER NOT NULL,
  wanted_bytes INTEGER NOT NULL,
  bytes_min INTEGER NOT NULL,
  bytes_max INTEGER NOT NULL,
  reported_bytes INTEGER NOT NULL,
  planned INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  kept INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  verdicts TEXT NOT NULL
);

CREATE TABLE cleanup_actions (
  seq INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  run_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  names TEXT NOT NULL,
  reason TEXT NOT NULL,
  explanation TEXT NOT NULL,
  state TEXT NOT NULL,
  bytes_min INTEGER NOT NULL,
  bytes_max INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  first_seen_ms INTEGER NOT NULL,
  last_used_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL,
  http_status INTEGER NOT NULL,
  engine_message TEXT NOT NULL,
  UNIQUE (run_id, number)
);

-- When each object of the engine was first seen and last used: no engine keeps that. Not delivered.
CREATE TABLE cleanup_usage (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  first_seen_ms INTEGER NOT NULL,
  last_used_ms INTEGER NOT NULL,
  unused_since_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- From when on the engine was watched; at most one row.
CREATE TABLE cleanup_observation (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  first_ms INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  last_event_ns INTEGER NOT NULL
);
