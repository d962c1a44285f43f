// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace caretaker {

// A structured field of a log entry: name JOB, HOST, MESSAGE_ID, ... (systemd.journal-fields(7)).
struct JournalField {
  std::string_view name;  // 1 to 64 of A-Z, 0-9 and _, not beginning with a digit or _
  std::string_view value;
};

// Whether standard error or standard output is connected to the journal (JOURNAL_STREAM, systemd.exec(5)), so
// that entries sent with journal_send() stand where a reader looks for them.
[[nodiscard]] bool journal_available();

// Sends one entry (sd_journal_sendv(3)). `priority` is syslog's, LOG_EMERG (0) to LOG_DEBUG (7). Any thread.
// Succeeds, and does nothing, when no journal runs. Errors: a bad field name, a journal that refuses.
[[nodiscard]] Result<> journal_send(int priority, std::string_view message,
                                    std::span<const JournalField> fields);

}  // namespace caretaker
