// SPDX-License-Identifier: MIT
#include "chaos/report.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "chaos/faults.h"
#include "chaos/stand.h"

namespace caretaker::chaos {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ChaosReport, ReplacesItsOwnPlaceOnly) {
  const TempDir dir;
  const std::string page = dir.write("page.md",
                                     "before\n<!-- chaos a -->\nold\n<!-- end -->\n"
                                     "<!-- chaos b -->\n<!-- end -->\nafter\n");
  write_report(page, "b", "new\n");
  EXPECT_EQ(text_of(page),
            "before\n<!-- chaos a -->\nold\n<!-- end -->\n<!-- chaos b -->\nnew\n<!-- end -->\nafter\n");
  write_report(page, "a", "newer\n");
  EXPECT_EQ(text_of(page),
            "before\n<!-- chaos a -->\nnewer\n<!-- end -->\n<!-- chaos b -->\nnew\n<!-- end -->\nafter\n");
  EXPECT_THROW(write_report(page, "c", "none\n"), Failure);
}

TEST(ChaosReport, EveryRunHasItsPlaceOnThePage) {
  const std::string page = text_of(CARETAKER_SOURCE_DIR "/docs/reliability.md");
  for (const Engine engine : {Engine::mariadb, Engine::mysql}) {
    for (const std::vector<std::string>& only : {std::vector<std::string>{}, {"server-kill"}}) {
      const std::string place = "<!-- chaos " + name_of({.engine = engine, .only = only}) + " -->";
      EXPECT_TRUE(page.contains(place)) << place;
    }
  }
}

TEST(ReliabilityPage, NamesEveryFault) {
  const std::string page = text_of(CARETAKER_SOURCE_DIR "/docs/reliability.md");
  for (const Fault& fault : faults())
    EXPECT_TRUE(page.contains(fmt::format("*{}*", fault.name))) << fault.name;
}

TEST(ReliabilityPage, NamesTestsThatThereAre) {
  std::string tests;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(CARETAKER_SOURCE_DIR "/tests")) {
    if (entry.path().extension() == ".cpp") tests += text_of(entry.path());
  }
  std::ifstream page(CARETAKER_SOURCE_DIR "/docs/reliability.md");
  int names = 0;
  for (std::string line; std::getline(page, line);) {
    // The last column of the table of failures.
    const std::size_t column = line.rfind(" | ");
    if (!line.starts_with("| ") || column == std::string::npos) continue;
    const std::string shown_by = line.substr(column);
    for (std::size_t at = shown_by.find('`'); at != std::string::npos; at = shown_by.find('`', at + 1)) {
      const std::size_t end = shown_by.find('`', at + 1);
      const std::string suite = shown_by.substr(at + 1, end - at - 1);
      EXPECT_TRUE(tests.contains("(" + suite + ",")) << suite;
      ++names;
      at = end;
    }
  }
  EXPECT_GT(names, 10);
}

}  // namespace
}  // namespace caretaker::chaos
