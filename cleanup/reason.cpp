// SPDX-License-Identifier: MIT
#include "cleanup/reason.h"

#include <cstddef>

namespace caretaker {
namespace {

constexpr ReasonInfo reasons[] = {
    {Reason::kind_off, "kind_off", false, "The configuration leaves this kind of object alone."},
    {Reason::unknown_state, "unknown_state", false,
     "Something about it, or about what may use it, is not known; unknown counts as in use."},
    {Reason::in_use, "in_use", false,
     "A container in any state, a service, a build or an image mount needs it."},
    {Reason::predefined, "predefined", false, "It belongs to the engine itself."},
    {Reason::keep_rule, "keep_rule", false, "Its name matches `[cleanup] keep`."},
    {Reason::keep_label, "keep_label", false, "It has a label of `[cleanup] keep_labels`."},
    {Reason::pull_in_flight, "pull_in_flight", false, "An image of its repository is being pulled."},
    {Reason::has_children, "has_children", false, "Another image is built on it: removing it frees nothing."},
    {Reason::named, "named", false, "A volume with a name of its own, and only anonymous ones may go."},
    {Reason::foreign_volume, "foreign_volume", false,
     "A volume of another driver or with mount options: its data is not the engine's."},
    {Reason::too_young, "too_young", false,
     "It has been known, or the engine watched, for less than `[cleanup] min_age`."},
    {Reason::keep_last, "keep_last", false, "One of the `keep_last` images that stay of its repository."},
    {Reason::recently_used, "recently_used", false, "It was used less than its `..._unused_for` ago."},
    {Reason::not_needed, "not_needed", false, "It would go only when the disk is too full."},
    {Reason::enough_freed, "enough_freed", false, "What goes before it makes room enough."},
    {Reason::over_max_share, "over_max_share", false,
     "More than `[cleanup] max_share` of its kind would go at once."},
    {Reason::over_max_deletes, "over_max_deletes", false,
     "It comes after `[cleanup] max_deletes` others: the next run's turn."},
    {Reason::dangling, "dangling", true, "No tag points at it any more."},
    {Reason::unused_too_long, "unused_too_long", true,
     "It was unused for longer than the configuration allows."},
    {Reason::least_recently_used, "least_recently_used", true,
     "The disk is too full, and nothing else was unused for longer."},
};

}  // namespace

std::span<const ReasonInfo> reason_table() {
  return reasons;
}

std::string_view to_string(Reason reason) {
  return reasons[static_cast<std::size_t>(reason)].word;
}

bool removes(Reason reason) {
  return reasons[static_cast<std::size_t>(reason)].removes;
}

}  // namespace caretaker
