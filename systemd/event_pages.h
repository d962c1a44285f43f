// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace caretaker {

// The table of event kinds as a message catalog of the journal (https://systemd.io/CATALOG), which
// `journalctl -x` shows below an entry with the MESSAGE_ID.
[[nodiscard]] std::string journal_catalog();

// The same as docs/events.md.
[[nodiscard]] std::string event_reference_markdown();

}  // namespace caretaker
