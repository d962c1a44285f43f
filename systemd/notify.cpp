// SPDX-License-Identifier: MIT
#include "systemd/notify.h"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <string>

#include "base/clock.h"

namespace caretaker {
namespace {

constexpr int keep_environment = 0;

Result<> send(const std::string& state) {
  const int result = sd_notify(keep_environment, state.c_str());
  if (result < 0) return fail_errno(-result, "sd_notify");
  return {};
}

// A line break would begin another assignment.
std::string status_line(std::string_view status) {
  std::string line = "STATUS=";
  line += status;
  std::ranges::replace(line, '\n', ' ');
  std::ranges::replace(line, '\0', ' ');
  return line;
}

}  // namespace

Result<> notify_ready(std::string_view status) {
  return send("READY=1\n" + status_line(status));
}

Result<> notify_status(std::string_view status) {
  return send(status_line(status));
}

Result<> notify_stopping(std::string_view status) {
  return send("STOPPING=1\n" + status_line(status));
}

Result<> notify_reloading(std::string_view status) {
  const std::int64_t now_us = SystemClock().now().monotonic_ns / ns_per_us;
  return send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now_us) + "\n" + status_line(status));
}

}  // namespace caretaker
