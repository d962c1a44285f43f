// SPDX-License-Identifier: MIT
#pragma once

// Answers of a daemon, as docs/api.md describes them. Times lie shortly before CommandTest::now_ms.
namespace caretaker::ctl::canned {

inline constexpr const char* status_well = R"({
 "version":"0.1.0","pid":4242,"host":"web1","uptime_ms":273600000,"interval_ms":10000,
 "config_file":"/etc/caretaker/config.ini",
 "headline":{"time_ms":1763702197000,"cpu_percent":12.345,"memory_percent":43.1,"disk_percent":71.0,
  "sent_bytes_per_second":1258291.2,"received_bytes_per_second":3565158.4},
 "jobs":{"total":9,"idle":8,"running":1,"stuck":0,"paused":0,"failed":0},
 "store":{"path":"/var/lib/caretaker/metrics.db","writable":true,"last_error":"","size_bytes":128974848,
  "collected":1234567,"delivered":1234000,"pending":567,"expired":0,"dropped":{},"last_seq":77,
  "delivered_seq":70,"queue_samples":0,"commits":99,"last_commit_us":1200},
 "mysql":{"enabled":true,"connected":true,"server":"MariaDB 10.11.19 at db1:3306","last_error":"","notes":[],
  "lag_ms":2100,"rows":1234000,"deliveries":3000,"retries":0},
 "notes":[]})";

inline constexpr const char* status_ill = R"({
 "version":"0.1.0","pid":4242,"host":"web1","uptime_ms":63000,"interval_ms":1000,"config_file":null,
 "headline":{"time_ms":1763702100000,"cpu_percent":null,"memory_percent":43.1,"disk_percent":99.95,
  "sent_bytes_per_second":null,"received_bytes_per_second":null},
 "jobs":{"total":4,"idle":1,"running":0,"stuck":1,"paused":1,"failed":1},
 "store":{"path":"/data/metrics.db","writable":false,"last_error":"disk I/O error: No space left on device",
  "size_bytes":2147483648,"collected":1000,"delivered":400,"pending":500,"expired":0,
  "dropped":{"queue_full":60,"retention_age":40,"retention_size":0},"last_seq":77,"delivered_seq":70,
  "queue_samples":1500,"commits":99,"last_commit_us":1200},
 "mysql":{"enabled":true,"connected":false,"server":"","last_error":"Access denied for user 'x'; check password",
  "notes":["system_monitor belongs to someone else; ours is caretaker_system_monitor"],"lag_ms":null,"rows":0,
  "deliveries":0,"retries":7},
 "notes":["config.ini is readable by everyone","job filesystem is stuck",
  "the local store cannot be written: disk I/O error: No space left on device",
  "system_monitor belongs to someone else; ours is caretaker_system_monitor"]})";

inline constexpr const char* jobs = R"({"jobs":[
 {"name":"cpu","kind":"collectors","state":"idle","collectors":["cpu","load"],"interval_ms":1000,
  "timeout_ms":10000,"last_run_ms":1763702199500,"last_duration_ms":2.125,"next_run_ms":1763702200500,"runs":12345,
  "failures":0,"missed":0,"last_error":""},
 {"name":"filesystem","kind":"collectors","state":"stuck","collectors":["filesystem"],"interval_ms":1000,
  "timeout_ms":10000,"last_run_ms":1763702077000,"last_duration_ms":9,"next_run_ms":null,"runs":10,
  "failures":0,"missed":113,"last_error":""},
 {"name":"backup","kind":"command","state":"failed","collectors":[],"interval_ms":86400000,
  "timeout_ms":3600000,"last_run_ms":1763612200000,"last_duration_ms":125000,"next_run_ms":1763785000000,"runs":3,
  "failures":1,"missed":0,"last_error":"exit status 2: no space"},
 {"name":"mysql","kind":"mysql","state":"paused","collectors":[],"interval_ms":10000,"timeout_ms":null,
  "last_run_ms":0,"last_duration_ms":0.0,"next_run_ms":0,"runs":0,"failures":0,"missed":0,
  "last_error":null}]})";

inline constexpr const char* cpu_job = R"({"job":
 {"name":"cpu","kind":"collectors","state":"paused","collectors":["cpu"],"interval_ms":1000,
  "timeout_ms":10000,"last_run_ms":1763702199500,"last_duration_ms":2.125,"next_run_ms":null,"runs":12345,
  "failures":0,"missed":0,"last_error":""}})";

inline constexpr const char* metrics = R"({"metrics":[
 {"time_ms":1763702199000,"metric":"cpu_seconds_total","labels":{"cpu":"0","mode":"idle"},"value":12345.678912,
  "unit":"seconds"},
 {"time_ms":1763702199000,"metric":"filesystem_avail_bytes","labels":{"mountpoint":"/my disk"},
  "value":16106127360,"unit":"bytes"},
 {"time_ms":1763702199000,"metric":"load1","labels":{},"value":0.5,"unit":""},
 {"time_ms":1763702199000,"metric":"forks_total","labels":{},"value":9007199254740991,"unit":""}]})";

inline constexpr const char* history = R"({"metric":"load1","unit":"","points":[
 {"time_ms":1763702170000,"labels":{},"value":0.25},
 {"time_ms":1763702180000,"labels":{},"value":1.5},
 {"time_ms":1763702190000,"labels":{},"value":3},
 {"time_ms":1763702200000,"labels":{},"value":null}],"truncated":true})";

}  // namespace caretaker::ctl::canned
