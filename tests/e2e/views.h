// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "support/daemon_process.h"

namespace caretaker {

// What the control API says, as `caretakerctl --json` prints it. Failures throw.
[[nodiscard]] nlohmann::json status_of(const DaemonProcess& daemon);
[[nodiscard]] nlohmann::json job_of(const DaemonProcess& daemon, const std::string& name);
[[nodiscard]] std::uint64_t runs_of(const DaemonProcess& daemon, const std::string& job);

// Counters of the local store, by name; committed state, also of a daemon that is gone.
[[nodiscard]] std::map<std::string, std::int64_t> counters_of(const DaemonProcess& daemon);

// collected = delivered + pending + expired + dropped, and all that is neither expired nor dropped is there.
void expect_balanced(const DaemonProcess& daemon);

}  // namespace caretaker
