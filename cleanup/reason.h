// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace caretaker {

// Why an object stays or goes: one table of stable words for SQL, JSON, metrics and docs.
enum class Reason : std::uint8_t {
  // It stays. In the order in which they are looked for: the first that applies is told.
  kind_off,          // the policy does not touch this kind
  unknown_state,     // something about it, or about what may use it, is not known
  in_use,            // a container, in any state, a service or an image mount needs it
  predefined,        // the engine's own
  keep_rule,         // matches [cleanup] keep
  keep_label,        // has a label of [cleanup] keep_labels
  pull_in_flight,    // one of our pulls is at its repository
  has_children,      // another image is built on it: removing it frees nothing
  named,             // a volume with a name, and only anonymous ones may go
  foreign_volume,    // not driver local, or mounted with options: its data is elsewhere
  too_young,         // known, or watched, for less than min_age
  keep_last,         // one of the newest keep_last of its repository
  recently_used,     // used less than its unused_for ago
  not_needed,        // would go under disk pressure only
  enough_freed,      // what goes before it is enough to get below pressure_low
  over_max_share,    // too large a part of its kind would go at once
  over_max_deletes,  // the next run's turn
  // It goes.
  dangling,             // no tag points at it any more
  unused_too_long,      // unused for longer than the policy allows
  least_recently_used,  // the disk is full and nothing was unused for longer
};

struct ReasonInfo {
  Reason reason;
  std::string_view word;  // "in_use"
  bool removes = false;
  std::string_view help;  // one sentence, for docs and --help
};
[[nodiscard]] std::span<const ReasonInfo> reason_table();  // in the order of the enum
[[nodiscard]] std::string_view to_string(Reason reason);
[[nodiscard]] bool removes(Reason reason);

}  // namespace caretaker
