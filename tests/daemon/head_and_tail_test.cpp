// SPDX-License-Identifier: MIT
#include "daemon/head_and_tail.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

TEST(HeadAndTail, KeepsBothEndsAndSaysWhatIsMissing) {
  HeadAndTail text(20);
  for (int i = 0; i < 100; ++i) text.append("0123456789");
  EXPECT_EQ(text.text(), "0123456789\n[... 980 bytes left out ...]\n0123456789");
  HeadAndTail whole(20);
  whole.append("short");
  EXPECT_EQ(whole.text(), "short");
}

}  // namespace
}  // namespace caretaker
