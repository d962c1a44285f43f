// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace caretaker {

// A credential that a unit asks for (LoadCredential=).
struct UnitCredential {
  std::string name;
  std::string source;  // a path, a file name of the credential store, or empty
};

// What the service manager knows of a unit, in the words of org.freedesktop.systemd1(5).
struct UnitFacts {
  std::string load_state;       // loaded, not-found, bad-setting, error, masked
  std::string active_state;     // active, inactive, failed, activating, ...
  std::string sub_state;        // running, dead, auto-restart, ...
  std::string unit_file_state;  // enabled, disabled, static, ...
  std::vector<std::string> drop_ins;
  bool needs_reload = false;         // its files are newer than what the manager has read
  std::int64_t active_since_us = 0;  // UTC; 0: not active
  std::string result;                // of a service: success, exit-code, signal, watchdog, timeout, ...
  std::int32_t exit_code = 0;        // how the main process ended last: CLD_EXITED, CLD_KILLED, ...
  std::int32_t exit_status = 0;      // its exit status or signal
  std::uint32_t restarts = 0;        // by the manager, since somebody started it
  std::string user;                  // as in the unit; empty: root
  std::vector<std::string> groups;   // SupplementaryGroups=, as in the unit
  std::vector<UnitCredential> credentials;
};

// Asks the system's service manager, changes nothing, needs no rights. A unit that does not exist has the
// load_state "not-found". What other kinds of units than services lack stays empty. Errors: no bus, no
// answer.
[[nodiscard]] Result<UnitFacts> read_unit_facts(const std::string& unit, std::chrono::milliseconds timeout);

}  // namespace caretaker
