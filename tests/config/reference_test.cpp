// SPDX-License-Identifier: MIT
#include "config/reference.h"

#include <gtest/gtest.h>

#include <set>

#include "base/text.h"
#include "config/collector_names.h"
#include "config/ini_file.h"
#include "config/key_table.h"
#include "config/loader.h"
#include "support/temp_dir.h"

namespace caretaker {
namespace {

using std::string;

// The sample with its ';' taken off every key.
string uncommented(std::string_view sample) {
  string text;
  while (!sample.empty()) {
    std::string_view line = take_line(sample);
    if (line.starts_with(';')) line.remove_prefix(1);
    text.append(line).append("\n");
  }
  return text;
}

TEST(Sample, UntouchedEqualsTheDefaults) {
  const TempDir dir;
  const LoadResult result =
      load_config(dir.write("config.ini", sample_config(test_collectors)), {test_collectors});
  EXPECT_TRUE(result.problems.empty()) << check(result.problems).text;
  EXPECT_EQ(result.config, Config{});
}

TEST(Sample, UncommentedEqualsTheDefaults) {
  const TempDir dir;
  const LoadResult result =
      load_config(dir.write("config.ini", uncommented(sample_config(test_collectors))), {test_collectors});
  EXPECT_TRUE(result.problems.empty()) << check(result.problems).text;
  EXPECT_EQ(result.config, Config{});
}

TEST(Sample, HasEveryKeyOfEverySectionButTheJobsAndPulls) {
  std::set<string> expected;
  std::set<string> found;
  for (const Key& key : key_table()) {
    if (key.section == "job.*" || key.section == "pull.*") continue;
    if (key.section != "collector.*") expected.insert(string(key.section) + " " + string(key.name));
    for (const std::string_view collector : test_collectors) {
      if (key.section == "collector.*")
        expected.insert("collector." + string(collector) + " " + string(key.name));
    }
  }
  for (const IniSection& section : parse_ini(uncommented(sample_config(test_collectors))).sections) {
    for (const IniEntry& entry : section.entries) found.insert(section.name + " " + entry.key);
  }
  EXPECT_EQ(found, expected);
}

TEST(KeyTable, EveryDefaultIsReadBackAsItself) {
  for (const Key& key : key_table()) {
    Config config;
    const Target target = key.target(config, instance_of(key.section));
    const string text = default_text(key);
    EXPECT_TRUE(set_value(key.type, text, target)) << key.section << " " << key.name << " = " << text;
    EXPECT_EQ(format_value(key.type, target), text) << key.name;
  }
}

TEST(KeyTable, EveryKeySetsAnotherMember) {
  Config config;
  std::set<Target> targets;
  for (const Key& key : key_table()) targets.insert(key.target(config, instance_of(key.section)));
  EXPECT_EQ(targets.size(), key_table().size());
}

TEST(KeyTable, HasOneSentenceOrMoreOfHelpForEveryKey) {
  for (const Key& key : key_table()) {
    EXPECT_TRUE(key.help.ends_with('.')) << key.name;
    EXPECT_FALSE(key.help.contains('|')) << key.name;
    EXPECT_TRUE(is_showable_key(key.name)) << key.name;
  }
}

}  // namespace
}  // namespace caretaker
