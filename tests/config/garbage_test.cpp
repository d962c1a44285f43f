// SPDX-License-Identifier: MIT
// Thousands of damaged configurations: nothing may crash, and what is accepted must be within its type and
// range.
#include <gtest/gtest.h>

#include <random>

#include "base/file.h"
#include "base/text.h"
#include "config/collector_names.h"
#include "config/ini_file.h"
#include "config/key_table.h"
#include "config/loader.h"
#include "config/reference.h"
#include "support/temp_dir.h"

namespace caretaker {
namespace {

using std::string;

constexpr int mutations = 3'000;
constexpr int seed = 20'240;

string starting_text() {
  string text = sample_config(test_collectors);
  std::erase(text, ';');
  return text +
         "[job.one]\ncommand = sh -c 'echo \"x y\"'\n  a\\ b\nenvironment = A=1 \"B=2 3\"\ninterval = 90s\n";
}

// One random change: a byte, a piece taken out, doubled or moved, or a piece that is known to be difficult.
void mutate(string& text, std::mt19937& random) {
  static const std::vector<string> pieces = {"\n[",
                                             "]\n",
                                             "=",
                                             " ;",
                                             "\n ",
                                             "\t",
                                             "'",
                                             "\"",
                                             "\\",
                                             "#",
                                             string(1, '\0'),
                                             "\xFF",
                                             "\r\n",
                                             "99999d",
                                             "-1",
                                             string(250, 'x'),
                                             "\n\n",
                                             " = ",
                                             "0",
                                             "[job.x]\n",
                                             "\xEF\xBB\xBF",
                                             "1e9",
                                             "nan",
                                             "0x10",
                                             "[collector.disk]\n",
                                             "\x7F"};
  const auto below = [&](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  const std::size_t at = below(text.size());
  const string piece = text.substr(at, 1 + below(40));
  switch (below(5)) {
    case 0:
      text[at] = static_cast<char>(below(256));
      break;
    case 1:
      text.erase(at, piece.size());
      break;
    case 2:
      text.insert(at, piece);
      break;
    case 3:
      text.insert(below(text.size()), piece);
      break;
    default:
      text.insert(at, pieces[below(pieces.size())]);
      break;
  }
  if (text.empty()) text = "\n";
}

// Every value of the config, written out, must be one that its key accepts.
void expect_valid(Config config, const string& text) {
  const auto expect_key_valid = [&](const Key& key, std::string_view instance) {
    if (is_list(key.type) || std::holds_alternative<SecretType>(key.type)) return;
    const Target target = key.target(config, instance);
    const string value = format_value(key.type, target);
    EXPECT_TRUE(set_value(key.type, value, target)) << key.section << " " << key.name << " in:\n" << text;
  };
  std::vector<string> jobs;
  for (const auto& [name, job] : config.command_jobs) {
    jobs.push_back(name);
    EXPECT_FALSE(job.command.empty()) << text;
    for (const string& entry : job.environment)
      EXPECT_TRUE(entry.find('=') > 0 && entry.contains('=')) << text;
  }
  for (const Key& key : key_table()) {
    if (key.section == "job.*") {
      for (const string& job : jobs) expect_key_valid(key, job);
    } else if (key.section == "collector.*") {
      for (const std::string_view collector : test_collectors) expect_key_valid(key, collector);
    } else {
      expect_key_valid(key, instance_of(key.section));
    }
  }
}

TEST(Garbage, NeitherCrashesNorIsAcceptedWithAWrongValue) {
  const TempDir dir;
  const string original = starting_text();
  std::mt19937 random(seed);
  int accepted = 0;
  for (int i = 0; i < mutations; ++i) {
    string text = original;
    for (int change = i % 4; change >= 0; --change) mutate(text, random);
    const LoadResult result = load_config(dir.write("config.ini", text), {test_collectors});
    if (!result.ok()) continue;
    ++accepted;
    expect_valid(result.config, text);
  }
  // Some damage only changes a comment; if nothing or all of it passed, the test would show nothing.
  EXPECT_GT(accepted, mutations / 20);
  EXPECT_LT(accepted, mutations);
}

// Everything that the parser accepts of a line is text that stands in that line.
TEST(Garbage, NeverGivesAValueThatIsNotInItsLine) {
  const string original = starting_text();
  std::mt19937 random(seed);
  for (int i = 0; i < mutations; ++i) {
    string text = original;
    for (int change = i % 4; change >= 0; --change) mutate(text, random);
    std::vector<string> lines;
    for (const std::string_view line : split(text, '\n')) lines.emplace_back(trim(line));
    for (const IniSection& section : parse_ini(text).sections) {
      for (const IniEntry& entry : section.entries) {
        for (const IniLine& value : entry.values) {
          const string& line = lines.at(static_cast<std::size_t>(value.number) - 1);
          ASSERT_TRUE(line.ends_with(value.text)) << line << "\n" << value.text;
        }
      }
    }
  }
}

TEST(Garbage, RandomBytesAreRefused) {
  const TempDir dir;
  std::mt19937 random(seed);
  for (int i = 0; i < 200; ++i) {
    string text(4096, '\0');
    for (char& byte : text) byte = static_cast<char>(random() % 256);
    EXPECT_FALSE(load_config(dir.write("config.ini", text), {test_collectors}).ok());
  }
}

}  // namespace
}  // namespace caretaker
