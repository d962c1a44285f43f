// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/identity.h"
#include "sql/local_store.h"
#include "sql/sqlite.h"

namespace caretaker {

// What the store knows about itself: the tables `meta` and `counters`.
struct StoreState {
  std::int64_t epoch = 0;
  std::int64_t last_seq = 0;  // of the newest batch, also when it is gone
  std::int64_t used_seq = 0;  // what last_seq is when there is no batch
  std::int64_t delivered_seq = 0;
  std::int64_t delivered_period = 0;
  std::int64_t backward_steps = 0;
  StoreCounters counters;
};

// Reads the state when the store is opened and writes what has changed into each commit. Store thread.
class StoreStateTable {
 public:
  // Makes the state of a new store, and begins a new epoch after a restart of the machine or on another one.
  // `previous`: the state of a store that was lost (corrupt, removed), for a new one to go on from: seq
  // numbers continue, and what was pending is dropped{store_lost}.
  [[nodiscard]] static Result<StoreStateTable> open(SqliteConnection& connection, const HostIdentity& host,
                                                    const std::optional<StoreState>& previous);

  // The state of a store that cannot be written any more, if it can be read at all.
  [[nodiscard]] static std::optional<StoreState> salvage(const std::string& path);

  // The last committed state.
  [[nodiscard]] const StoreState& committed() const { return committed_; }
  // Why open() began a new epoch of an existing store; empty when it did not.
  [[nodiscard]] const std::string& epoch_reason() const { return epoch_reason_; }

  // Writes what differs from the committed state, inside the transaction; then, after its COMMIT, keep() it.
  [[nodiscard]] Result<> save(const StoreState& state);
  void keep(const StoreState& state) { committed_ = state; }

 private:
  StoreStateTable(SqliteStatement set_meta, SqliteStatement set_counter);
  [[nodiscard]] static Result<StoreState> read(SqliteConnection& connection);
  Result<> make_new(SqliteConnection& connection, const HostIdentity& host,
                    const std::optional<StoreState>& previous);
  Result<> follow_host(SqliteConnection& connection, const HostIdentity& host);
  Result<> set_identity(const HostIdentity& host);
  Result<> set_changed(std::string_view name, std::int64_t value, std::int64_t before);
  template <class Value>
  Result<> set_meta(std::string_view name, const Value& value);
  Result<> set_counter(std::string_view name, std::uint64_t value);

  StoreState committed_;
  std::string epoch_reason_;
  SqliteStatement set_meta_;
  SqliteStatement set_counter_;
};

}  // namespace caretaker
