// SPDX-License-Identifier: MIT
// The pages that are made from the program are those that the program makes.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "base/file.h"
#include "base/text.h"
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

// Help wraps its lines where the page does not.
std::string with_single_blanks(const std::string& text) {
  std::istringstream words(text);
  std::string joined;
  for (std::string word; words >> word;) joined += joined.empty() ? word : " " + word;
  return joined;
}

// "--config FILE" and its first sentence, for each row of the tables of options.
std::map<std::string, std::string> options_of_page(std::string page) {
  std::map<std::string, std::string> options;
  for (auto pipe = page.find("\\|"); pipe != std::string::npos; pipe = page.find("\\|")) page.erase(pipe, 1);
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `--")) continue;
    const auto name_end = line.find("` | ");
    const std::string meaning = line.substr(name_end + 4);
    options[line.substr(3, name_end - 3)] = meaning.substr(0, meaning.find(". "));
  }
  return options;
}

// The names of the options that --help lists.
std::set<std::string> options_of_help(const std::string& help) {
  std::set<std::string> names;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    const std::string_view text = trim(line);
    const std::size_t dashes = text.starts_with("-h,") ? 3 : 0;
    const std::string_view name = text.substr(dashes, text.find(' ') - dashes);
    if (name.starts_with("--")) names.emplace(name);
  }
  return names;
}

TEST(CaretakerdPage, HasTheOptionsOfTheProgramInItsWords) {
  const std::string help = run_program("caretakerd", {"--help"}).standard_output;
  const auto page = read_file(CARETAKER_SOURCE_DIR "/docs/caretakerd.md");
  ASSERT_TRUE(page) << page.error().message;
  const std::string words = with_single_blanks(help);
  std::set<std::string> names;
  for (const auto& [option, meaning] : options_of_page(*page)) {
    names.insert(option.substr(0, option.find(' ')));
    EXPECT_NE(words.find(option + " "), std::string::npos) << option;
    EXPECT_NE(words.find(meaning), std::string::npos) << option << ": " << meaning;
  }
  EXPECT_EQ(names, options_of_help(help));
}

}  // namespace
}  // namespace caretaker
