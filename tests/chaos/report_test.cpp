// SPDX-License-Identifier: MIT
#include "chaos/report.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

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

}  // namespace
}  // namespace caretaker::chaos
