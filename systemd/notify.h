// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "base/result.h"

namespace caretaker {

// Tells the service manager how the daemon is: sd_notify(3), one datagram to NOTIFY_SOCKET. Any thread, never
// blocks for long. Without a service manager these do nothing and succeed. `status` is the one line that
// `systemctl status` shows; line breaks in it become blanks.

// The start, or the reload, is finished.
[[nodiscard]] Result<> notify_ready(std::string_view status);
[[nodiscard]] Result<> notify_status(std::string_view status);
[[nodiscard]] Result<> notify_stopping(std::string_view status);
// A reload begins, with the MONOTONIC_USEC that Type=notify-reload needs. notify_ready() ends it.
[[nodiscard]] Result<> notify_reloading(std::string_view status);

}  // namespace caretaker
