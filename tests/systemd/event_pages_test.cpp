// SPDX-License-Identifier: MIT
#include "systemd/event_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/text.h"
#include "systemd/event_kinds.h"

namespace caretaker {
namespace {

using testing::Contains;
using testing::HasSubstr;

bool is_field_char(char c) {
  return (c >= 'A' && c <= 'Z') || c == '_';
}

// The names between two @ in a text.
std::set<std::string> fields_in(std::string_view text) {
  std::set<std::string> found;
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    const std::size_t end = text.find('@', at + 1);
    if (end == std::string_view::npos) break;
    const std::string_view name = text.substr(at + 1, end - at - 1);
    if (!name.empty() && std::ranges::all_of(name, is_field_char)) found.emplace(name);
  }
  return found;
}

TEST(EventPages, EveryKindSaysWhatItMeansAndWhatToDo) {
  for (const EventKind& kind : event_kinds()) {
    for (const std::string_view text : {kind.help, kind.meaning, kind.by_itself, kind.action, kind.more}) {
      EXPECT_FALSE(text.empty()) << kind.name;
    }
    const std::set<std::string> known = {"DETAIL", "HOST", std::string(kind.subject)};
    for (const std::string_view text : {kind.meaning, kind.by_itself, kind.action, kind.more}) {
      for (const std::string& field : fields_in(text)) EXPECT_THAT(known, Contains(field)) << kind.name;
    }
  }
}

TEST(EventPages, TheCatalogHasItsFormat) {
  const std::string text = journal_catalog();
  std::string_view rest = text;
  std::size_t entries = 0;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    EXPECT_LE(line.size(), 110U) << line;
    if (!line.starts_with("-- ")) continue;
    ++entries;
    EXPECT_EQ(line.size(), 3U + 32U) << line;
    EXPECT_TRUE(take_line(rest).starts_with("Subject: ")) << line;
    EXPECT_EQ(take_line(rest), "Defined-By: Caretaker") << line;
    EXPECT_TRUE(take_line(rest).starts_with("Support: ")) << line;
    EXPECT_TRUE(take_line(rest).starts_with("Documentation: ")) << line;
    EXPECT_EQ(take_line(rest), "") << line;
    EXPECT_NE(take_line(rest), "") << line;
  }
  EXPECT_EQ(entries, event_kinds().size());
}

TEST(EventPages, ThePageHasEveryKind) {
  const std::string page = event_reference_markdown();
  for (const EventKind& kind : event_kinds()) {
    EXPECT_THAT(page, HasSubstr("\n## " + std::string(kind.name) + "\n"));
    EXPECT_THAT(page, HasSubstr("`MESSAGE_ID=" + std::string(kind.message_id) + "`"));
  }
}

}  // namespace
}  // namespace caretaker
