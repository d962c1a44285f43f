// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/config.h"

namespace caretaker {

// A class of events: the one table of the words in the SQL column `kind`, of their journal MESSAGE_IDs, of
// how loud they are, and of what people should know about them. The texts may name fields of the journal
// entry as
// @FIELD@: DETAIL (the message), HOST, and the one that `subject` names.
struct EventKind {
  std::string_view name;
  std::string_view message_id;  // 128 bits, sd-id128(3)
  LogLevel level = LogLevel::info;
  std::string_view help;       // one sentence
  std::string_view subject;    // the journal field that tells what it is about: JOB, STORE, ...; may be empty
  std::string_view meaning;    // why it happens and what follows
  std::string_view by_itself;  // what Caretaker does about it
  std::string_view action;     // what people should do
  std::string_view more;       // where to look further: a command, an SQL query, a page
};

[[nodiscard]] std::span<const EventKind> event_kinds();
// Never null: a kind that is not in the table is a defect and is reported at level error.
[[nodiscard]] const EventKind& find_event_kind(std::string_view name);

}  // namespace caretaker
