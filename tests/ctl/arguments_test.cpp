// SPDX-License-Identifier: MIT
#include "ctl/arguments.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "ctl/commands.h"

namespace caretaker::ctl {
namespace {

std::expected<Arguments, Ending> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "caretakerctl");
  return parse_arguments(static_cast<int>(words.size()), words.data());
}

TEST(Arguments, MistakesAreOneLineThatNamesThem) {
  const std::pair<std::vector<const char*>, std::string> cases[] = {
      {{}, "A subcommand is required"},
      {{"stauts"}, "unknown command 'stauts' (did you mean 'status'?)"},
      {{"--json", "zzzz"}, "unknown command 'zzzz'"},
      {{"status", "x"}, "The following argument was not expected: x"},
      {{"status", "--wrong"}, "The following argument was not expected: --wrong"},
      {{"run"}, "JOB is required"},
      {{"run", ""}, "JOB: must not be empty"},
      {{"run", "a", "b"}, "JOB: At Most 1 required but received 2"},
      {{"stop", "cpu", "--all"}, "JOB excludes --all"},
      {{"history"}, "METRIC is required"},
      {{"history", "m", "--label", "x"}, "--label: 'x' is not NAME=VALUE"},
      {{"history", "m", "--label", "=x"}, "--label: '=x' is not NAME=VALUE"},
      {{"history", "m", "--since", "3w"}, "--since: is not a duration such as 500ms, 5s, 10m, 1h or 7d"},
      {{"history", "m", "--limit", "0"}, "--limit: Value 0 not in range 1 to 100000"},
      {{"history", "m", "--limit", "x"}, "--limit: Value x not in range 1 to 100000"},
      {{"status", "--timeout", "0"}, "--timeout: must be from 1ms to 7d"},
      {{"status", "--timeout", "8d"}, "--timeout: must be from 1ms to 7d"},
      {{"mysql"}, "'mysql' needs one of its commands: maintain, redeliver"},
      {{"mysql", "x"}, "unknown command 'mysql x'"},
      {{"cleanup"}, "'cleanup' needs one of its commands: status, plan, run, explain, history"},
      {{"cleanup", "plann"}, "unknown command 'cleanup plann' (did you mean 'cleanup plan'?)"},
      {{"cleanup", "--json", "--pressure"},
       "'cleanup' needs one of its commands: status, plan, run, explain, history"},
      {{"cleanup", "plan", "x"}, "The following argument was not expected: x"},
      {{"cleanup", "status", "--pressure"}, "The following argument was not expected: --pressure"},
      {{"cleanup", "run", "--pressure"}, "The following argument was not expected: --pressure"},
      {{"cleanup", "explain"}, "OBJECT is required"},
      {{"cleanup", "explain", ""}, "OBJECT: must not be empty"},
      {{"cleanup", "explain", "a", "b"}, "The following argument was not expected: b"},
      {{"cleanup", "history", "--limit", "0"}, "--limit: Value 0 not in range 1 to 1000"},
      {{"cleanup", "history", "--since", "x"}, "--since: is not a duration such as 500ms, 5s, 10m, 1h or 7d"},
      {{"mysql", "maintain", "--user", ""}, "--user: must not be empty"},
      {{"sta\x1btus"}, "unknown command 'sta\\u001btus' (did you mean 'status'?)"},
  };
  for (const auto& [words, message] : cases) {
    const auto parsed = parse(words);
    ASSERT_FALSE(parsed) << message;
    EXPECT_EQ(parsed.error().exit, ExitCode::usage) << message;
    EXPECT_EQ(parsed.error().text, message + "; see: caretakerctl --help");
  }
}

TEST(Arguments, EveryCommandHasHelpWithExamples) {
  for (const CommandInfo& command : command_table()) {
    std::vector<std::string> words;
    for (const std::string_view word : split(command.name, ' ')) words.emplace_back(word);
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    argv.push_back("--help");
    const auto parsed = parse(argv);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().exit, ExitCode::ok);
    const std::string& help = parsed.error().text;
    EXPECT_TRUE(help.starts_with(command.summary)) << help;
    EXPECT_NE(help.find("Examples:\n  caretakerctl " + std::string(command.name)), std::string::npos) << help;
  }
}

// Keeps the examples true: each one is a command line that this client understands.
TEST(Arguments, EveryExampleIsUnderstood) {
  for (const CommandInfo& command : command_table()) {
    for (std::string_view rest = command.examples; !rest.empty();) {
      std::string_view line = take_line(rest);
      std::vector<std::string> words;
      while (!trim(line).empty()) words.emplace_back(take_word(line));
      std::vector<const char*> argv;
      for (const std::string& word : words) argv.push_back(word.c_str());
      const auto parsed = parse_arguments(static_cast<int>(argv.size()), argv.data());
      ASSERT_TRUE(parsed) << parsed.error().text;
      EXPECT_EQ(parsed->command->name, command.name);
    }
  }
}

TEST(Arguments, HelpShowsCommandsAndExitCodes) {
  const auto parsed = parse({"--help"});
  ASSERT_FALSE(parsed);
  for (const CommandInfo& command : command_table()) {
    const std::string word(command.name.substr(0, command.name.find(' ')));
    EXPECT_NE(parsed.error().text.find("  " + word + " "), std::string::npos) << word;
  }
  EXPECT_NE(parsed.error().text.find(exit_code_text()), std::string::npos);
}

}  // namespace
}  // namespace caretaker::ctl
