// SPDX-License-Identifier: MIT
#include "base/told_reasons.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

TEST(ToldReasons, TellEachReasonOnceUntilTheFaultIsOver) {
  ToldReasons told;
  EXPECT_TRUE(told.empty());
  EXPECT_TRUE(told.is_new("refused"));
  EXPECT_FALSE(told.is_new("refused"));
  EXPECT_TRUE(told.is_new("access denied"));
  EXPECT_FALSE(told.is_new("refused"));
  EXPECT_FALSE(told.empty());
  told.clear();
  EXPECT_TRUE(told.is_new("refused"));
}

TEST(ToldReasons, DoNotTakeNumbersForAnotherReason) {
  ToldReasons told;
  EXPECT_TRUE(told.is_new("no answer after 9 s from pid 17"));
  EXPECT_FALSE(told.is_new("no answer after 12 s from pid 4711"));
  EXPECT_TRUE(told.is_new("no answer after 12 s from host 4711"));
}

TEST(ToldReasons, TellAReasonAnewThatWasNotMetForLong) {
  ToldReasons told(std::chrono::milliseconds(100));
  EXPECT_TRUE(told.is_new("a", 1000));
  EXPECT_FALSE(told.is_new("a", 1090));
  EXPECT_FALSE(told.is_new("a", 1189));  // it was met all the time
  EXPECT_TRUE(told.is_new("a", 1289));
}

TEST(ToldReasons, HaveALimit) {
  ToldReasons told(std::chrono::milliseconds(100));
  std::string reason;
  for (std::size_t i = 0; i < told_reasons_max; ++i) EXPECT_TRUE(told.is_new(reason += 'x', 1000));
  EXPECT_FALSE(told.is_new("one more", 1000));
  EXPECT_TRUE(told.is_new("one more", 1100)) << "the old ones are forgotten";
}

}  // namespace
}  // namespace caretaker
