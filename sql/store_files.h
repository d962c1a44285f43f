// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

// The files of one store on disk: `<path>`, `<path>-wal`, `<path>-shm`, and the sets that were moved aside.
namespace caretaker {

inline constexpr std::size_t quarantined_sets_max = 2;

// Makes an empty file that group members may read (0640 with any umask), where there is none. SQLite gives
// its mode to -wal and -shm. Never opens an existing one: closing it would drop this process's locks on it
// (SQLite, "How To Corrupt").
[[nodiscard]] Result<> create_store_file(const std::string& path);

// Moves the store to `<path>.corrupt-<UTC time>` together with its -wal and -shm, keeps the newest
// quarantined_sets_max sets and returns the new path.
[[nodiscard]] Result<std::string> quarantine_store(const std::string& path, std::int64_t time_ms);

}  // namespace caretaker
