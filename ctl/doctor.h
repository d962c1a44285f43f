// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/loader.h"
#include "ctl/answers.h"
#include "ctl/client.h"
#include "ctl/machine.h"

namespace caretaker::ctl {

// In the order of how bad they are.
enum class Verdict : std::uint8_t { ok, note, skipped, warning, error };

[[nodiscard]] std::string_view to_string(Verdict verdict);

struct Finding {
  Verdict verdict = Verdict::ok;
  std::string found;  // what there is, or why it could not be looked at
  std::string fix;    // what to do about it; empty only where nothing is to be done
};
using Findings = std::vector<Finding>;

// What the checks look at. Everything is read when it is first asked for, and then kept, so that two checks
// never see different things. One thread.
class Patient {
 public:
  struct Options {
    std::string config_file;                            // empty: the installed one
    std::string socket;                                 // empty: the configured one
    std::span<const std::string_view> collector_names;  // as LoadOptions has them
    std::int64_t now_ms = 0;                            // UTC
  };
  Patient(Options options, Machine& machine);
  Patient(const Patient&) = delete;
  Patient& operator=(const Patient&) = delete;
  ~Patient() = default;

  [[nodiscard]] Machine& machine() { return machine_; }
  [[nodiscard]] std::int64_t now_ms() const { return options_.now_ms; }
  [[nodiscard]] const std::string& config_file() const { return options_.config_file; }
  [[nodiscard]] const LoadResult& configuration();
  [[nodiscard]] const Config& config() { return configuration().config; }

  // caretaker.service, and the account that it runs as, with the groups that the unit adds.
  [[nodiscard]] const Result<UnitFacts>& unit();
  [[nodiscard]] std::string user_name();
  [[nodiscard]] const std::optional<Account>& account();
  [[nodiscard]] bool unit_is_active();

  [[nodiscard]] const std::string& socket();
  // The daemon's answer to a GET; asked anew every time.
  [[nodiscard]] Answer<std::string> ask(const std::string& target);
  [[nodiscard]] const Answer<StatusAnswer>& status();

  [[nodiscard]] const Result<Secret>& mysql_password();
  [[nodiscard]] const MysqlDiagnosis& mysql();

  // The engine's socket that cleanup uses.
  [[nodiscard]] std::string engine_socket();

 private:
  const Options options_;
  Machine& machine_;
  std::string socket_;
  std::optional<LoadResult> configuration_;
  std::optional<Result<UnitFacts>> unit_;
  std::optional<std::optional<Account>> account_;
  std::optional<Answer<StatusAnswer>> status_;
  std::optional<Result<Secret>> password_;
  std::optional<MysqlDiagnosis> mysql_;
};

inline constexpr std::chrono::seconds doctor_time_max{15};            // of all checks together
inline constexpr std::chrono::milliseconds doctor_answer_time{3000};  // of one answer over a socket

struct DoctorCheck {
  std::string_view name;
  std::string_view looks_at;        // what it looks at, for docs/doctor.md
  std::string_view needs;           // the check without which this one makes no sense; may be empty
  std::chrono::milliseconds limit;  // then the check is given up
  Findings (*look)(Patient&);       // never without a finding
};

// The one table, in the order in which they are made and shown.
[[nodiscard]] std::span<const DoctorCheck> doctor_checks();

struct CheckedOff {
  std::string_view name;
  Findings findings;
};

// Makes all checks in a process of its own, which is given up when a check takes longer than its limit: what
// hangs in the kernel cannot be ended in any other way. Another one goes on with the next check.
[[nodiscard]] std::vector<CheckedOff> run_checks(std::span<const DoctorCheck> checks, Patient& patient,
                                                 std::chrono::milliseconds time_max = doctor_time_max);

[[nodiscard]] Findings one_finding(Verdict verdict, std::string found, std::string fix = {});
[[nodiscard]] Verdict worst_of(const Findings& findings);

Findings check_config_file(Patient& patient);
Findings check_config_access(Patient& patient);
Findings check_user(Patient& patient);
Findings check_unit(Patient& patient);
Findings check_drop_ins(Patient& patient);
Findings check_service(Patient& patient);
Findings check_daemon(Patient& patient);
Findings check_version(Patient& patient);
Findings check_store_folder(Patient& patient);
Findings check_store(Patient& patient);
Findings check_jobs(Patient& patient);
Findings check_mysql(Patient& patient);
Findings check_mysql_password(Patient& patient);
Findings check_mysql_server(Patient& patient);
Findings check_mysql_clock(Patient& patient);
Findings check_mysql_tables(Patient& patient);
Findings check_mysql_delivery(Patient& patient);
Findings check_cleanup(Patient& patient);
Findings check_engine_socket(Patient& patient);
Findings check_engine(Patient& patient);
Findings check_gate(Patient& patient);
Findings check_clock(Patient& patient);
Findings check_pressure(Patient& patient);
Findings check_cgroup(Patient& patient);
Findings check_journal(Patient& patient);
Findings check_machine_id(Patient& patient);

}  // namespace caretaker::ctl
