// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace caretaker {

class MysqlConnection;

// Retention of a table that is not partitioned and whose primary key begins with host and time: rows from
// before `before_ms` (UTC) leave.
struct OldRows {
  std::string table;
  std::string_view host;  // the key's first column: `host` is a text, `host_id` a number
  std::string_view time;  // its second one
  std::int64_t before_ms;
};

struct HostWithOldRows {
  std::string host;  // as an SQL literal
  std::int64_t oldest_ms = 0;
};

// One look-up per host. At most `old_hosts_max`, the others have their turn in the next run.
inline constexpr std::uint64_t old_hosts_max = 10'000;
[[nodiscard]] Result<std::vector<HostWithOldRows>> find_old_rows(MysqlConnection& connection,
                                                                 const OldRows& what);

[[nodiscard]] Result<std::uint64_t> count_old_rows(MysqlConnection& connection, const OldRows& what,
                                                   const std::vector<HostWithOldRows>& hosts);

// Deletes in the order of the key, at most `old_rows_chunk` rows per statement and so per transaction, and
// stops when `rows_max` is reached. `between` runs before every statement; its error ends the run.
inline constexpr std::uint64_t old_rows_chunk = 5'000;
[[nodiscard]] Result<std::uint64_t> delete_old_rows(MysqlConnection& connection, const OldRows& what,
                                                    const std::vector<HostWithOldRows>& hosts,
                                                    std::uint64_t rows_max,
                                                    const std::function<Result<>()>& between);

// A row of `deliveries` whose last batch is from before a time, and that is not the newest one of its host:
// that one says up to where the host has delivered.
struct OldEpoch {
  std::string host_id;
  std::string epoch;
};
inline constexpr std::uint64_t old_epochs_max = 1'000;  // of one run
[[nodiscard]] Result<std::vector<OldEpoch>> find_old_epochs(MysqlConnection& connection,
                                                            std::int64_t before_ms);
[[nodiscard]] Result<> delete_epoch(MysqlConnection& connection, const OldEpoch& epoch,
                                    std::int64_t before_ms);

}  // namespace caretaker
