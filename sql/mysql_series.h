// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "sql/mysql_insert.h"
#include "sql/store_reader.h"

namespace caretaker {

class MysqlConnection;

// Writes the rows of the table `series` that samples and rollups need, each once per connection. For one
// connection and its thread.
class MysqlSeries {
 public:
  // `raw`: globs of the metrics whose samples are delivered.
  MysqlSeries(MysqlConnection& connection, std::int64_t host_id, StatementLimits limits,
              std::vector<std::string> raw);

  // Within a transaction: begin(), need() for every series, write().
  void begin();
  void need(const StoredSeries& series);
  [[nodiscard]] Result<> write();
  // The transaction was committed.
  void remember();

  [[nodiscard]] bool is_raw(const StoredSeries& series);
  // Series whose row the server refused in this transaction, with its error.
  [[nodiscard]] const std::unordered_map<std::int64_t, Error>& refused() const { return refused_; }

  // Series that are not sent again; beyond this the memory starts anew.
  static constexpr std::size_t known_max = 100'000;

 private:
  MysqlConnection& connection_;
  std::int64_t host_id_;
  StatementLimits limits_;
  std::vector<std::string> raw_;
  bool all_raw_;
  std::unordered_set<std::int64_t> known_;     // in committed transactions of this connection
  std::unordered_set<std::int64_t> new_;       // in the transaction under way
  std::vector<const StoredSeries*> to_write_;  // of these
  std::unordered_map<std::int64_t, bool> is_raw_;
  std::unordered_map<std::int64_t, Error> refused_;
};

}  // namespace caretaker
