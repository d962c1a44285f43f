// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "base/result.h"

namespace caretaker {

class MysqlConnection;

// Whose store delivered last for a host: the column `epoch` of the table `hosts`.
[[nodiscard]] Result<std::optional<std::int64_t>> read_host_epoch(MysqlConnection& connection,
                                                                  std::int64_t host_id);

// Tells a cloned machine id: while this process delivers, nobody else should write the host's epoch. Not
// thread safe.
class CloneWatch {
 public:
  // This process has written `epoch`.
  void wrote(std::int64_t epoch) { own_.insert(epoch); }
  // What is found there now. True: it is another agent's, for the first time.
  [[nodiscard]] bool sees_another(std::optional<std::int64_t> epoch);

 private:
  std::set<std::int64_t> own_;  // few: one per start of the store
  std::int64_t reported_ = 0;
};

}  // namespace caretaker
