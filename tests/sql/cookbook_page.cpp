// SPDX-License-Identifier: MIT
#include "cookbook_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/parse.h"
#include "base/text.h"

namespace caretaker {
namespace {

constexpr std::string_view heading = "## ";
constexpr std::string_view query_begin = "```sql";
constexpr std::string_view query_end = "```";
constexpr std::string_view for_mysql = "MySQL and MariaDB:";
constexpr std::string_view for_sqlite = "SQLite (local store):";
constexpr double relative_error_max = 1e-9;

std::string text_of(const std::string& file) {
  auto text = read_file(CARETAKER_SOURCE_DIR "/" + file);
  if (!text) throw std::runtime_error(text.error().message);
  return std::move(*text);
}

void set_once(std::string& query, const std::string& text, const std::string& title) {
  if (!query.empty()) throw std::runtime_error(title + ": two queries for one engine");
  query = text;
}

CookbookRow cells_of(std::string_view line) {
  CookbookRow row;
  for (;;) {
    const std::size_t bar = line.find('|');
    row.emplace_back(trim(line.substr(0, bar)));
    if (bar == std::string_view::npos) return row;
    line.remove_prefix(bar + 1);
  }
}

std::string without_zero_milliseconds(std::string_view cell) {
  constexpr std::string_view zero = ".000";
  return std::string(cell.ends_with(zero) ? cell.substr(0, cell.size() - zero.size()) : cell);
}

bool same(const std::string& expected, const std::string& cell) {
  if (expected == "*" || expected == cell) return true;
  const auto number = parse_number<double>(expected);
  const auto other = parse_number<double>(cell);
  if (number && other) return std::abs(*number - *other) <= relative_error_max * std::abs(*number);
  return without_zero_milliseconds(expected) == without_zero_milliseconds(cell);
}

bool same_row(const CookbookRow& expected, const CookbookRow& row) {
  return std::ranges::equal(expected, row, same);
}

}  // namespace

std::vector<CookbookQuestion> cookbook_questions() {
  std::vector<CookbookQuestion> questions;
  const std::string page = text_of("docs/cookbook.md");
  std::string_view engines;
  std::optional<std::string> query;
  for (std::string_view rest = page; !rest.empty();) {
    const std::string_view line = take_line(rest);
    if (query && line == query_end) {
      if (questions.empty()) throw std::runtime_error("a query before the first question");
      CookbookQuestion& question = questions.back();
      if (engines != for_sqlite) set_once(question.mysql, *query, question.title);
      if (engines != for_mysql) set_once(question.sqlite, *query, question.title);
      query.reset();
      engines = {};
    } else if (query) {
      query->append(line).append("\n");
    } else if (line == query_begin) {
      query.emplace();
    } else if (line == for_mysql || line == for_sqlite) {
      engines = line;
    } else if (line.starts_with(heading)) {
      questions.push_back({.title = std::string(line.substr(heading.size())), .mysql = {}, .sqlite = {}});
    }
  }
  return questions;
}

std::vector<CookbookAnswer> cookbook_answers() {
  std::vector<CookbookAnswer> answers;
  const std::string file = text_of("tests/sql/cookbook_answers.txt");
  for (std::string_view rest = file; !rest.empty();) {
    const std::string_view line = take_line(rest);
    if (line.starts_with(heading)) {
      answers.emplace_back().title = line.substr(heading.size());
    } else if (answers.empty() || line.empty()) {
      continue;
    } else if (line == "local:") {
      answers.back().local_rows.emplace();
    } else if (line == "among others:") {
      answers.back().among_others = true;
    } else {
      CookbookAnswer& answer = answers.back();
      (answer.local_rows ? *answer.local_rows : answer.rows).push_back(cells_of(line));
    }
  }
  return answers;
}

std::vector<CookbookRow> local_rows(const CookbookAnswer& answer) {
  if (answer.local_rows) return *answer.local_rows;
  static const std::set<std::string, std::less<>> other_hosts = {"db1", "mail1", "old1"};
  std::vector<CookbookRow> rows;
  std::ranges::copy_if(answer.rows, std::back_inserter(rows),
                       [](const CookbookRow& row) { return !other_hosts.contains(row.front()); });
  return rows;
}

std::string difference(std::vector<CookbookRow> expected, const std::vector<CookbookRow>& rows,
                       bool among_others) {
  bool equal = false;
  if (among_others) {
    equal = std::ranges::all_of(expected, [&](const CookbookRow& wanted) {
      return std::ranges::any_of(rows, [&](const CookbookRow& row) { return same_row(wanted, row); });
    });
  } else {
    equal = std::ranges::equal(expected, rows, same_row);
  }
  if (equal) return {};
  const auto table = [](const std::vector<CookbookRow>& shown) {
    std::string text;
    for (const CookbookRow& row : shown) text += fmt::format("  {}\n", fmt::join(row, " | "));
    return text;
  };
  return fmt::format("expected:\n{}got:\n{}", table(expected), table(rows));
}

}  // namespace caretaker
