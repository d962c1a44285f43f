// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ctl/cleanup_answers.h"
#include "ctl/commands.h"

// What the cleanup commands print in common. Texts that come from the daemon are escaped where they are
// printed, not here.
namespace caretaker::ctl {

// "1 object", "1,234 objects"
[[nodiscard]] std::string count_objects(std::uint64_t count);

// The beginning of an id of 64 hexadecimal digits, with or without "sha256:"; any other text as it is.
[[nodiscard]] std::string short_id(std::string_view id);
// The first name, "+2" for two more; without a name the id.
[[nodiscard]] std::string object_title(const ObjectAnswer& object);

// "4.2 GiB", "1.9..4.2 GiB", "512 MiB..4.2 GiB"; "-" where nothing is known to become free.
[[nodiscard]] std::string format_bytes_range(std::uint64_t bytes_min, std::uint64_t bytes_max);

// ", which frees 4.2 GiB"; empty where nothing is known to become free.
[[nodiscard]] std::string describe_gain(std::uint64_t bytes_min, std::uint64_t bytes_max);

// "54d 3h ago", "just now"
[[nodiscard]] std::string format_age(std::int64_t time_ms, std::int64_t now_ms);
// The same in a column; "not seen" for what was never seen in use, "-" for what has no history.
[[nodiscard]] std::string format_last_use(const ObjectAnswer& object, std::int64_t now_ms);

// "/var/lib/docker 91.2 % full, 17.2 GiB of 196 GiB free, 12.3 % of inodes used"
[[nodiscard]] std::string describe_disk(const DiskAnswer& disk);

// Why a run deletes nothing; tells also how to change that.
[[nodiscard]] std::string describe_held(std::string_view mode, std::string_view held);

// "3 of 12: nginx:1.25"
[[nodiscard]] std::string describe_progress(const CleanupProgressAnswer& progress);

// "partial: 3 of 4 removed, 1 failed in 12 s", "nothing to remove", "observed: 4 would be removed"
[[nodiscard]] std::string describe_outcome(const CleanupRunAnswer& run);

// The run's note without what `mode = observe` tells already.
[[nodiscard]] std::string note_beside_mode(const CleanupRunAnswer& run);

// What a run did to the free space, by the disk: may be negative.
[[nodiscard]] std::int64_t freed_bytes(const CleanupRunAnswer& run);

enum class ActionColumns : std::uint8_t {
  planned,   // FREES, LAST USED and why
  recorded,  // STATE, FREES and why, or what the engine said
  verdicts,  // SIZE, LAST USED, REASON and why
};
void print_objects(const Session& session, std::span<const ObjectAnswer> objects, ActionColumns columns);

// Has the cleanup job do something, once it is not busy with its own checks, which are short.
[[nodiscard]] Answer<std::string> post_to_cleanup(const Session& session, const std::string& target);

// Listing what an engine holds may take long.
void allow_for_listing(const Session& session);

}  // namespace caretaker::ctl
