// SPDX-License-Identifier: MIT
#include "cleanup/reason.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/file.h"

namespace caretaker {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

// Of the table "| reason | |" of docs/cleanup.md: the word and the sentence.
Rows documented() {
  const auto text = read_file(std::string(CARETAKER_SOURCE_DIR) + "/docs/cleanup.md");
  EXPECT_TRUE(text);
  Rows rows;
  const std::string head = "| reason | |\n|---|---|\n";
  std::size_t at = text ? text->find(head) : std::string::npos;
  if (at == std::string::npos) return rows;
  for (at += head.size(); text->compare(at, 3, "| `") == 0; at = text->find('\n', at) + 1) {
    const std::size_t word_end = text->find("` | ", at);
    const std::size_t end = text->find(" |\n", word_end);
    rows.emplace_back(text->substr(at + 3, word_end - at - 3),
                      text->substr(word_end + 4, end - word_end - 4));
  }
  return rows;
}

TEST(Reason, StandsInTheOrderOfTheEnum) {
  const auto table = reason_table();
  ASSERT_EQ(table.size(), static_cast<std::size_t>(Reason::least_recently_used) + 1);
  for (std::size_t index = 0; index < table.size(); ++index) {
    EXPECT_EQ(static_cast<std::size_t>(table[index].reason), index) << table[index].word;
    EXPECT_EQ(table[index].removes, table[index].reason >= Reason::dangling) << table[index].word;
    EXPECT_EQ(to_string(table[index].reason), table[index].word);
  }
}

TEST(Reason, IsDocumentedInOneSentenceAndInOrder) {
  Rows expected;
  for (const ReasonInfo& info : reason_table()) {
    if (!info.removes) expected.emplace_back(info.word, info.help);
  }
  EXPECT_EQ(documented(), expected);
}

}  // namespace
}  // namespace caretaker
