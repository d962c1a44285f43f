// SPDX-License-Identifier: MIT
#include "gate/refusal_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/clock.h"

namespace caretaker {
namespace {

using testing::HasSubstr;
using testing::Not;

class RefusalLogTest : public testing::Test {
 protected:
  RefusalLogTest() { ::unsetenv("JOURNAL_STREAM"); }

  // What was written while `work` ran.
  template <class Work>
  std::string written(const Work& work) {
    testing::internal::CaptureStderr();
    work();
    return testing::internal::GetCapturedStderr();
  }

  void refuse(std::int64_t second) {
    log_.write({.kind = "engine_request_refused", .method = "PUT", .target = "/a b\n", .reason = "no"},
               second * ns_per_s);
  }

  static auto lines(const std::string& text) { return std::ranges::count(text, '\n'); }

  Audit audit_;
  RefusalLog log_{audit_};
};

TEST_F(RefusalLogTest, TellsTheFirstOfAMinuteAndCountsTheRest) {
  const std::string first = written([this] {
    for (int i = 0; i < refusals_told_max + 500; ++i) refuse(10);
  });
  EXPECT_EQ(lines(first), refusals_told_max);
  EXPECT_THAT(first, HasSubstr("PUT /a\\x20b\\x0a: no (engine_request_refused)"));
  EXPECT_EQ(written([this] { refuse(69); }), "");
  const std::string next = written([this] { refuse(70); });
  EXPECT_EQ(lines(next), 2);
  EXPECT_THAT(next, HasSubstr("501 more refused requests were not told one by one (gate_refusals_untold)"));
}

TEST_F(RefusalLogTest, TellsWhatItCountedAtTheEnd) {
  EXPECT_EQ(lines(written([this] {
              for (int i = 0; i <= refusals_told_max; ++i) refuse(10);
            })),
            refusals_told_max);
  EXPECT_THAT(written([this] { log_.flush(); }), HasSubstr("1 more refused requests"));
  EXPECT_EQ(written([this] { log_.flush(); }), "");
}

TEST_F(RefusalLogTest, HasAnEntryForEverythingWhenThereIsLittle) {
  const std::string all = written([this] {
    for (std::int64_t i = 0; i < 100; ++i) refuse(i * 61);
  });
  EXPECT_EQ(lines(all), 100);
  EXPECT_THAT(all, Not(HasSubstr("untold")));
}

}  // namespace
}  // namespace caretaker
