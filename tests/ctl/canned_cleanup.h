// SPDX-License-Identifier: MIT
#pragma once

// Answers about cleanup, as docs/api.md describes them. Times lie shortly before CommandTest::now_ms.
namespace caretaker::ctl::canned {

inline constexpr const char* cleanup_status = R"({
 "mode":"enforce","running":false,"error":"","engine":"docker 20.10.24, API 1.41, graphdriver overlay2",
 "socket":"/run/caretaker-docker-gate.sock","engine_error":"","watching":true,"watched_since_ms":1763097400000,"event_gaps":2,
 "disks":[{"path":"/var/lib/docker","used_percent":71.24,"inodes_used_percent":12.3,
  "size_bytes":210453397504,"avail_bytes":60519124992}],
 "pressure":"","held":"","next_run_ms":1763705500000,"progress":null,
 "last_run":{"run_id":77,"time_ms":1763701900000,"trigger":"interval","mode":"enforce",
  "engine":"docker 20.10.24, API 1.41, graphdriver overlay2","ended_ms":1763701912000,"outcome":"ok","note":"",
  "filesystem":"/var/lib/docker","avail_bytes_before":56224157696,"avail_bytes_after":60519124992,
  "files_free_before":1,"files_free_after":2,"wanted_bytes":0,"bytes_min":2040109466,"bytes_max":4509715661,
  "reported_bytes":4187593113,"planned":3,"removed":3,"kept":0,"failed":0,"verdicts":{"in_use":12}}})";

inline constexpr const char* cleanup_plan = R"({
 "mode":"enforce","held":"",
 "run":{"run_id":78,"time_ms":1763702199000,"trigger":"manual","mode":"enforce",
  "engine":"docker 20.10.24, API 1.41, graphdriver overlay2","ended_ms":null,"outcome":"running","note":"",
  "filesystem":"/var/lib/docker","avail_bytes_before":18468359372,"avail_bytes_after":0,"files_free_before":1,
  "files_free_after":0,"wanted_bytes":0,"bytes_min":14281102131,"bytes_max":16750708326,"reported_bytes":0,
  "planned":3,"removed":0,"kept":0,"failed":0,"verdicts":{}},
 "disks":[{"path":"/var/lib/docker","used_percent":91.2,"inodes_used_percent":0,"size_bytes":210453397504,
  "avail_bytes":18468359372}],
 "incomplete":[],
 "kept":[{"reason":"in_use","objects":12},{"reason":"keep_rule","objects":9},{"reason":"too_young","objects":5},
  {"reason":"not_needed","objects":15}],
 "actions":[
  {"kind":"build_cache","id":"*","names":[],"removes":true,"reason":"unused_too_long","rule":"",
   "explanation":"214 of 245 records were not used for 7 days","bytes_min":12240656794,"bytes_max":12240656794,
   "created_ms":null,"first_seen_ms":null,"last_used_ms":null,"number":1,"targets":[]},
  {"kind":"image","id":"sha256:5d0da3dc976460b72c77d94c8a1ad043720b0416bfc16c52c45d4847e53fadb6",
   "names":["ci/app:build-1841","ci/app:rc"],"removes":true,
   "reason":"unused_too_long","rule":"",
   "explanation":"no container uses it, last used 54 days ago, beyond keep_last = 3 of ci/app; image_unused_for is 30 days",
   "bytes_min":2040109466,"bytes_max":4509715661,"created_ms":1758900000000,"first_seen_ms":1758990000000,
   "last_used_ms":1759025800000,"number":2,"targets":["ci/app:build-1841"]},
  {"kind":"volume","id":"3f1c9d2ba07e4c5581a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708",
   "names":["3f1c9d2ba07e4c5581a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708"],"removes":true,
   "reason":"unused_too_long","rule":"",
   "explanation":"no container refers to it, unused for 9 days, volume_unused_for is 7 days","bytes_min":0,
   "bytes_max":335871,"created_ms":1762000000000,"first_seen_ms":1762000000000,"last_used_ms":null,"number":3,
   "targets":["3f1c9d2ba07e4c5581a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708"]}]})";

inline constexpr const char* cleanup_nothing = R"({
 "mode":"enforce","held":"",
 "run":{"run_id":78,"time_ms":1763702199000,"trigger":"manual","mode":"enforce","engine":"podman 4.3.1, API 1.41",
  "ended_ms":null,"outcome":"running","note":"","filesystem":"","avail_bytes_before":0,"avail_bytes_after":0,
  "wanted_bytes":0,"bytes_min":0,"bytes_max":0,"reported_bytes":0,"planned":0,"removed":0,"kept":0,"failed":0},
 "disks":[],"incomplete":[],"kept":[],"actions":[]})";

inline constexpr const char* cleanup_explained = R"({
 "mode":"observe","held":"mode = observe: nothing is deleted",
 "run":{"run_id":78,"time_ms":1763702199000,"trigger":"manual","mode":"observe","engine":"docker 20.10.24",
  "ended_ms":null,"outcome":"running","note":"","filesystem":"","avail_bytes_before":0,"avail_bytes_after":0,
  "wanted_bytes":0,"bytes_min":0,"bytes_max":0,"reported_bytes":0,"planned":0,"removed":0,"kept":0,"failed":0},
 "disks":[],"incomplete":[],"kept":[],"actions":[],
 "verdicts":[
  {"kind":"image","id":"sha256:5d0da3dc976460b72c77d94c8a1ad043720b0416bfc16c52c45d4847e53fadb6",
   "names":["ci/app:build-1841","ci/app:rc"],"removes":true,"reason":"unused_too_long","rule":"",
   "explanation":"no container uses it, last used 54 days ago; image_unused_for is 30 days",
   "bytes_min":2040109466,"bytes_max":4509715661,"created_ms":1758900000000,"first_seen_ms":1758990000000,
   "last_used_ms":1759025800000},
  {"kind":"volume","id":"ci_data","names":["ci_data"],"removes":false,"reason":"keep_rule","rule":"ci_*",
   "explanation":"ci_data matches [cleanup] keep = ci_*","bytes_min":0,"bytes_max":0,"created_ms":null,
   "first_seen_ms":1763097400000,"last_used_ms":null}]})";

inline constexpr const char* cleanup_history = R"({"runs":[
 {"run_id":79,"time_ms":1763702199000,"trigger":"manual","mode":"enforce",
  "engine":"docker 20.10.24, API 1.41, graphdriver overlay2","ended_ms":1763702211300,"outcome":"partial",
  "note":"volume skipped: containers are not known","filesystem":"/var/lib/docker",
  "avail_bytes_before":18468359372,"avail_bytes_after":30708016166,"files_free_before":1,"files_free_after":2,
  "wanted_bytes":0,"bytes_min":14281102131,"bytes_max":16750708326,"reported_bytes":12240656794,"planned":3,
  "removed":1,"kept":1,"failed":1,"verdicts":{},
  "actions":[
   {"number":1,"kind":"build_cache","id":"*","names":[],"reason":"unused_too_long",
    "explanation":"214 of 245 records were not used for 7 days","state":"removed","bytes_min":12240656794,
    "bytes_max":12240656794,"created_ms":null,"first_seen_ms":null,"last_used_ms":null,
    "ended_ms":1763702210000,"http_status":200,"message":""},
   {"number":2,"kind":"image","id":"sha256:5d0da3dc976460b72c77d94c8a1ad043720b0416bfc16c52c45d4847e53fadb6",
    "names":["ci/app:build-1841"],"reason":"unused_too_long","explanation":"last used 54 days ago",
    "state":"kept","bytes_min":2040109466,"bytes_max":4509715661,"created_ms":1758900000000,
    "first_seen_ms":1758990000000,"last_used_ms":1759025800000,"ended_ms":1763702210500,"http_status":0,
    "message":"the container web-7 uses it since the plan was made"},
   {"number":3,"kind":"volume","id":"old_data","names":["old_data"],"reason":"unused_too_long",
    "explanation":"unused for 9 days","state":"failed","bytes_min":0,"bytes_max":335871,"created_ms":null,
    "first_seen_ms":1762000000000,"last_used_ms":null,"ended_ms":1763702211000,"http_status":500,
    "message":"remove old_data: device or resource busy"}]},
 {"run_id":77,"time_ms":1763698600000,"trigger":"interval","mode":"observe","engine":"docker 20.10.24",
  "ended_ms":1763698601000,"outcome":"observed","note":"mode = observe: nothing is deleted","filesystem":"",
  "avail_bytes_before":0,"avail_bytes_after":0,"wanted_bytes":0,"bytes_min":10,"bytes_max":20,"reported_bytes":0,
  "planned":2,"removed":0,"kept":0,"failed":0,"verdicts":{},"actions":[]}]})";

}  // namespace caretaker::ctl::canned
