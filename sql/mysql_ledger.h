// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"

namespace caretaker {

class MysqlConnection;

// A row of `deliveries`: up to where one epoch of one host's local store is in MySQL.
struct LedgerRow {
  std::int64_t last_seq = 0;
  std::int64_t last_time_ms = 0;  // of the batch last_seq; 0 where that is not known
};

struct Ledger {
  std::optional<LedgerRow> row;      // of our epoch
  std::int64_t others_until_ms = 0;  // newest last_time of the host's other epochs, 0 when there is none
};

// Our side of the comparison.
struct LocalPosition {
  std::int64_t cursor_seq = 0;     // all up to here is delivered, as far as we know
  std::int64_t batch_time_ms = 0;  // of our batch with the ledger's last_seq, 0 when there is none
};

// Where delivery goes on.
struct LedgerDecision {
  enum class Kind : std::uint8_t {
    follow,     // the ledger is right: continue after from_seq
    open,       // no row yet: insert it with from_seq
    new_epoch,  // the local store went back in time or was cloned: a new epoch, from from_seq
  };
  Kind kind = Kind::follow;
  std::int64_t from_seq = 0;
  bool operator==(const LedgerDecision&) const = default;
};

// Pure. Ledger and cursor agree: follow. They differ, and the ledger's batch is ours by number and time: the
// reply to a COMMIT was lost, or the server lost commits; the ledger is right. Anything else: a new epoch
// from the older of the two positions, so that nothing is skipped. (After a boot the store has begun a new
// epoch by itself, and there is no row yet.)
[[nodiscard]] LedgerDecision decide(const std::optional<LedgerRow>& row, const LocalPosition& local);

[[nodiscard]] Result<Ledger> read_ledger(MysqlConnection& connection, std::int64_t host_id,
                                         std::int64_t epoch);

// Begins an epoch after a batch that is already delivered or before the first one (0).
[[nodiscard]] Result<> open_epoch(MysqlConnection& connection, std::int64_t host_id, std::int64_t epoch,
                                  const LedgerRow& start);

// The compare-and-set that begins every delivery: moves the ledger from `from_seq` to `to`. False: another
// position was found and nothing is changed.
[[nodiscard]] Result<bool> move_ledger(MysqlConnection& connection, std::int64_t host_id, std::int64_t epoch,
                                       std::int64_t from_seq, const LedgerRow& to);

}  // namespace caretaker
