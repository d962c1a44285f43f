// SPDX-License-Identifier: MIT
// The pages that are made from the program are those that the program makes.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/file.h"
#include "support/daemon_process.h"

namespace caretaker {
namespace {

using OptionAndFile = std::pair<std::string, std::string>;

class MadePage : public testing::TestWithParam<OptionAndFile> {};

TEST_P(MadePage, IsWhatTheProgramPrints) {
  const auto& [option, file] = GetParam();
  const ChildResult printed = run_program("caretakerd", {option});
  EXPECT_EQ(printed.exit_status, 0) << printed.standard_error;
  const auto page = read_file(CARETAKER_SOURCE_DIR "/" + file);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_TRUE(printed.standard_output == *page) << "make it anew: caretakerd " << option << " > " << file;
}

INSTANTIATE_TEST_SUITE_P(Docs, MadePage,
                         testing::Values(OptionAndFile("--print-config-reference", "docs/configuration.md"),
                                         OptionAndFile("--print-sample-config", "config/config.ini"),
                                         OptionAndFile("--print-collector-reference", "docs/collectors.md"),
                                         OptionAndFile("--print-api-reference", "docs/api.md"),
                                         OptionAndFile("--print-event-reference", "docs/events.md")));

}  // namespace
}  // namespace caretaker
