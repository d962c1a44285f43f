// SPDX-License-Identifier: MIT
#include "sql/mysql_ledger.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

using enum LedgerDecision::Kind;

LocalPosition local(std::int64_t cursor_seq, std::int64_t batch_time_ms) {
  return {.cursor_seq = cursor_seq, .batch_time_ms = batch_time_ms};
}

TEST(LedgerDecision, WithoutARowOneIsOpenedAtTheCursor) {
  EXPECT_EQ(decide(std::nullopt, local(7, 0)), (LedgerDecision{open, 7}));
}

TEST(LedgerDecision, EqualPositionsGoOnAlsoWhenTheBatchHasLeftTheStore) {
  EXPECT_EQ(decide(LedgerRow{7, 1000}, local(7, 1000)), (LedgerDecision{follow, 7}));
  EXPECT_EQ(decide(LedgerRow{7, 1000}, local(7, 0)), (LedgerDecision{follow, 7}));
}

TEST(LedgerDecision, ALostCommitReplyMovesTheCursorForward) {
  EXPECT_EQ(decide(LedgerRow{9, 1000}, local(7, 1000)), (LedgerDecision{follow, 9}));
}

TEST(LedgerDecision, AServerThatLostCommitsGetsThemAgain) {
  EXPECT_EQ(decide(LedgerRow{5, 1000}, local(7, 1000)), (LedgerDecision{follow, 5}));
}

TEST(LedgerDecision, ABatchThatIsNotOursBeginsAnEpoch) {
  EXPECT_EQ(decide(LedgerRow{9, 1000}, local(7, 2000)), (LedgerDecision{new_epoch, 7}));
  EXPECT_EQ(decide(LedgerRow{9, 1000}, local(7, 0)), (LedgerDecision{new_epoch, 7}));
  EXPECT_EQ(decide(LedgerRow{5, 1000}, local(7, 0)), (LedgerDecision{new_epoch, 5}));
}

TEST(LedgerDecision, UnknownTimesAreNotEqual) {
  EXPECT_EQ(decide(LedgerRow{9, 0}, local(7, 0)), (LedgerDecision{new_epoch, 7}));
}

}  // namespace
}  // namespace caretaker
