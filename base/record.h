// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace caretaker {

// Something that happened once and is kept in SQL beside the samples (table `events`).
struct Event {
  std::int64_t time_ms = 0;  // UTC
  std::string kind;          // stable machine word: clock_step, suspend, store_quarantined, job_stuck, ...
  std::string subject;       // what it is about: a job, a file, a server; may be empty
  std::string message;       // a sentence for people
};

// One finished run of a command job (table `job_runs`).
struct JobRun {
  std::int64_t time_ms = 0;  // scheduled tick, UTC
  std::string job;
  std::int64_t duration_ms = 0;
  std::int64_t cpu_ms = 0;  // user + system of the whole process tree that was waited for (wait4(2))
  int exit_status = 0;      // 0-255, or -1 when `signal` ended it or it could not start
  int signal = 0;           // the signal that ended it, or 0
  bool timed_out = false;
  std::string standard_output;  // at most output_bytes_max each, head and tail kept
  std::string standard_error;
};

// A row that the MySQL server refuses for what is in it (table `dead_letters` of the local store).
struct DeadLetter {
  std::int64_t seq = 0;     // of its batch
  std::int64_t series = 0;  // local number of the sample's series; 0: the batch is an event or a job run
  int code = 0;             // MySQL error number
  std::string error;
  bool operator==(const DeadLetter&) const = default;
};

}  // namespace caretaker
