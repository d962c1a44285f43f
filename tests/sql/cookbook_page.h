// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace caretaker {

// A heading of docs/cookbook.md with its queries.
struct CookbookQuestion {
  std::string title;
  std::string mysql;
  std::string sqlite;
};

// Cells as text, NULL as "NULL".
using CookbookRow = std::vector<std::string>;

// What tests/sql/cookbook_answers.txt expects.
struct CookbookAnswer {
  std::string title;
  std::vector<CookbookRow> rows;
  // Of the local store of web1, where that is not simply `rows` without those of other hosts.
  std::optional<std::vector<CookbookRow>> local_rows;
  bool among_others = false;  // the rows must be there, others may be, in any order
};

// Failures throw.
[[nodiscard]] std::vector<CookbookQuestion> cookbook_questions();
[[nodiscard]] std::vector<CookbookAnswer> cookbook_answers();

[[nodiscard]] std::vector<CookbookRow> local_rows(const CookbookAnswer& answer);

// Nothing where the rows are those that are expected, else what differs. Numbers are compared as numbers, a
// cell "*" stands for any.
[[nodiscard]] std::string difference(std::vector<CookbookRow> expected, const std::vector<CookbookRow>& rows,
                                     bool among_others);

}  // namespace caretaker
