// SPDX-License-Identifier: MIT
#include "sql/compact_value.h"

#include <cmath>
#include <limits>

namespace caretaker {
namespace {

// Up to here every whole double is exactly an integer.
constexpr double whole_double_max = 9007199254740992.0;  // 2^53

}  // namespace

void bind_compact(SqliteStatement& statement, int index, double value) {
  if (std::abs(value) <= whole_double_max && value == std::trunc(value)) {
    statement.bind(index, static_cast<std::int64_t>(value));
  } else {
    statement.bind(index, value);
  }
}

void bind_compact(SqliteStatement& statement, int index, const Value& value) {
  const auto* integer = std::get_if<std::uint64_t>(&value);
  if (integer == nullptr) {
    bind_compact(statement, index, std::get<double>(value));
  } else if (*integer <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    statement.bind(index, static_cast<std::int64_t>(*integer));
  } else {
    statement.bind(index, static_cast<double>(*integer));
  }
}

void bind_rollup(SqliteStatement& statement, const RollupSet::Entry& entry) {
  const Rollup& rollup = entry.rollup;
  const bool constant = rollup.min == rollup.max;
  const auto bind_unless = [&statement](bool follows, int index, double value) {
    follows ? void(statement.bind_null(index)) : bind_compact(statement, index, value);
  };
  statement.bind(2, entry.series).bind(3, rollup.count);
  bind_compact(statement, 4, rollup.min);
  bind_unless(constant, 5, rollup.max);
  bind_unless(constant && rollup.sum == rollup.min * static_cast<double>(rollup.count), 6, rollup.sum);
  bind_unless(rollup.last == rollup.max, 7, rollup.last);
}

Rollup read_rollup(const SqliteStatement& row) {
  Rollup rollup{.count = row.integer(1), .min = row.real(2)};
  rollup.max = row.is_null(3) ? rollup.min : row.real(3);
  rollup.sum = row.is_null(4) ? rollup.min * static_cast<double>(rollup.count) : row.real(4);
  rollup.last = row.is_null(5) ? rollup.max : row.real(5);
  return rollup;
}

}  // namespace caretaker
