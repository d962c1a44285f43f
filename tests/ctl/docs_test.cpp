// SPDX-License-Identifier: MIT
// docs/caretakerctl.md says what the program says.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/text.h"
#include "ctl/commands.h"
#include "ctl/exit_codes.h"

namespace caretaker::ctl {
namespace {

std::string page() {
  return read_file(CARETAKER_SOURCE_DIR "/docs/caretakerctl.md").value();
}

TEST(Docs, HaveTheTableOfExitCodes) {
  std::string table = "| code | meaning |\n|---|---|\n";
  for (const auto& [code, meaning] : exit_codes) {
    table += fmt::format("| {} | {} |\n", static_cast<int>(code), meaning);
  }
  EXPECT_NE(page().find("\n" + table + "\n"), std::string::npos) << table;
}

TEST(Docs, HaveEveryCommandWithItsSentenceAndExamples) {
  const std::string text = page();
  for (const CommandInfo& command : command_table()) {
    const std::string entry = fmt::format("### {}\n\n{}", command.name, command.summary);
    EXPECT_NE(text.find(entry), std::string::npos) << entry;
    const std::string examples = fmt::format("```sh\n{}\n```", command.examples);
    EXPECT_NE(text.find(examples), std::string::npos) << examples;
  }
}

TEST(Docs, HaveEveryOption) {
  const std::string text = page();
  std::vector<std::string_view> commands = {""};
  for (const CommandInfo& command : command_table()) commands.push_back(command.name);
  for (const std::string_view command : commands) {
    std::vector<std::string> words = {"caretakerctl"};
    for (const std::string_view word : split(command, ' ')) words.emplace_back(word);
    words.emplace_back("--help");
    std::vector<const char*> argv;
    for (const std::string& word : words) {
      if (!word.empty()) argv.push_back(word.c_str());
    }
    const auto parsed = parse_arguments(static_cast<int>(argv.size()), argv.data());
    ASSERT_FALSE(parsed);
    for (std::string_view rest = parsed.error().text; !rest.empty();) {
      const std::string_view line = take_line(rest);
      if (!line.starts_with("  --")) continue;
      const std::string_view option = line.substr(2, line.find(' ', 2) - 2);
      EXPECT_NE(text.find(fmt::format("`{}", option)), std::string::npos) << option;
    }
  }
}

}  // namespace
}  // namespace caretaker::ctl
