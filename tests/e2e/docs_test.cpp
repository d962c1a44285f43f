// SPDX-License-Identifier: MIT
// The pages that are made from the program are those that the program makes.
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/daemon_process.h"

namespace caretaker {
namespace {

struct Page {
  const char* option;
  const char* file;
};

class MadePage : public testing::TestWithParam<Page> {};

TEST_P(MadePage, IsWhatTheProgramPrints) {
  const ChildResult printed = run_program("caretakerd", {GetParam().option});
  EXPECT_EQ(printed.exit_status, 0) << printed.standard_error;
  const auto page = read_file(std::string(CARETAKER_SOURCE_DIR "/") + GetParam().file);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_TRUE(printed.standard_output == *page)
      << "make it anew: caretakerd " << GetParam().option << " > " << GetParam().file;
}

INSTANTIATE_TEST_SUITE_P(Docs, MadePage,
                         testing::Values(Page{"--print-config-reference", "docs/configuration.md"},
                                         Page{"--print-sample-config", "config/config.ini"},
                                         Page{"--print-collector-reference", "docs/collectors.md"},
                                         Page{"--print-api-reference", "docs/api.md"}));

}  // namespace
}  // namespace caretaker
