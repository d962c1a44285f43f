// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include "config/config.h"

namespace caretaker {

// A class of events: the one table of the words in the SQL column `kind`, of their journal MESSAGE_IDs and of
// how loud they are.
struct EventKind {
  std::string_view name;
  std::string_view message_id;  // 128 bits, sd-id128(3)
  LogLevel level = LogLevel::info;
  std::string_view help;
};

[[nodiscard]] std::span<const EventKind> event_kinds();
// Never null: a kind that is not in the table is a defect and is reported at level error.
[[nodiscard]] const EventKind& find_event_kind(std::string_view name);

}  // namespace caretaker
