// SPDX-License-Identifier: MIT
// docs/cookbook.md on the local store.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <utility>

#include "base/file.h"
#include "cookbook_data.h"
#include "cookbook_page.h"
#include "sql/cleanup_tables.h"
#include "sql/sample_id.h"
#include "sql/store_schema.h"
#include "support/temp_dir.h"

namespace caretaker {
namespace {

// The names that a query compares with: metric = 'a', metric IN ('b', 'c').
std::vector<std::string> metrics_in(std::string_view query) {
  constexpr std::string_view column = "metric ";
  std::vector<std::string> names;
  for (auto at = query.find(column); at != std::string_view::npos; at = query.find(column, at + 1)) {
    std::string_view list = query.substr(at + column.size());
    if (list.starts_with("= '")) {
      list = list.substr(0, list.find('\'', 3) + 1);
    } else if (list.starts_with("IN (")) {
      list = list.substr(0, list.find(')'));
    } else {
      continue;
    }
    for (auto open = list.find('\''); open != std::string_view::npos;) {
      const auto close = list.find('\'', open + 1);
      names.emplace_back(list.substr(open + 1, close - open - 1));
      open = list.find('\'', close + 1);
    }
  }
  return names;
}

// Far below what reading all rows of other series takes.
constexpr int steps_max = 40'000;

// SQLite's 'now' is always cookbook_now.
class FrozenClock {
 public:
  FrozenClock() : vfs_(*::sqlite3_vfs_find(nullptr)) {
    vfs_.zName = "frozen_clock";
    vfs_.xCurrentTimeInt64 = [](sqlite3_vfs*, sqlite3_int64* julian_ms) {
      constexpr sqlite3_int64 epoch_julian_ms = 210'866'760'000'000;
      *julian_ms = epoch_julian_ms + cookbook_now_ms;
      return SQLITE_OK;
    };
    ::sqlite3_vfs_register(&vfs_, 0);
  }
  FrozenClock(const FrozenClock&) = delete;
  FrozenClock& operator=(const FrozenClock&) = delete;
  ~FrozenClock() { ::sqlite3_vfs_unregister(&vfs_); }
  [[nodiscard]] const char* name() const { return vfs_.zName; }

 private:
  sqlite3_vfs vfs_;
};

// Writes the local store of cookbook_local_host as LocalStore lays it out.
class StoreFiller {
 public:
  explicit StoreFiller(const std::string& path) : connection_(*open_store_to_write(path)) {}

  void fill(const CookbookData& data) {
    execute("BEGIN");
    execute(fmt::format("INSERT INTO meta VALUES ('host', '{}')", cookbook_local_host));
    for (const CookbookSeries& series : data.series) {
      if (series.host == cookbook_local_host) add(series);
    }
    for (const CookbookHeadline& row : data.headlines) {
      if (row.host == cookbook_local_host) add(row);
    }
    for (const Event& event : data.events.at(cookbook_local_host)) {
      execute(fmt::format("INSERT INTO events VALUES ({}, {}, '{}', '{}', '{}')",
                          batch(event.time_ms, "events"), event.time_ms, event.kind, event.subject,
                          event.message));
    }
    for (const JobRun& run : data.job_runs.at(cookbook_local_host)) {
      execute(fmt::format("INSERT INTO job_runs VALUES ({}, {}, '{}', {}, {}, {}, {}, {:d}, '{}', '{}')",
                          batch(run.time_ms, "job_runs"), run.time_ms, run.job, run.duration_ms, run.cpu_ms,
                          run.exit_status, run.signal, run.timed_out, run.standard_output,
                          run.standard_error));
    }
    add_cleanup(data);
    execute("COMMIT");
  }

 private:
  void execute(const std::string& sql) {
    const auto done = connection_.execute(sql);
    if (!done) throw std::runtime_error(sql + ": " + done.error().message);
  }

  std::int64_t series(const std::string& collector, const std::string& metric, const std::string& labels) {
    const auto [known, is_new] = series_.try_emplace({metric, labels}, series_.size() + 1);
    if (is_new) {
      execute(fmt::format("INSERT INTO series VALUES ({0}, {0}, '{1}', '{2}', '{3}', '', 'gauge')",
                          known->second, collector, metric, labels));
    }
    return known->second;
  }
  std::int64_t batch(std::int64_t time_ms, const std::string& collector) {
    const auto [known, is_new] = batches_.try_emplace({time_ms, collector}, batches_.size() + 1);
    if (is_new) {
      execute(fmt::format("INSERT INTO batches VALUES ({}, {}, '{}', 1)", known->second, time_ms, collector));
    }
    return known->second;
  }
  std::int64_t period(int length_s, std::int64_t time_ms) {
    const auto [known, is_new] = periods_.try_emplace({length_s, time_ms}, periods_.size() + 1);
    if (is_new) {
      execute(fmt::format("INSERT INTO periods VALUES ({}, {}, {})", known->second, length_s, time_ms));
    }
    return known->second;
  }

  void add(const CookbookSeries& from) {
    const std::string collector = from.metric.substr(0, from.metric.find('_'));
    const std::int64_t number = series(collector, from.metric, from.labels);
    for (const CookbookSample& sample : from.samples) {
      execute(fmt::format("INSERT INTO sample_rows VALUES ({}, {})",
                          sample_id(batch(sample.time_ms, collector), number), sample.value));
    }
    const auto add_rollups = [&](int length_s, const std::vector<CookbookRollup>& rollups) {
      for (const CookbookRollup& row : rollups) {
        execute(fmt::format("INSERT INTO rollups VALUES ({}, {}, {}, {}, {}, {}, {})",
                            period(length_s, row.time_ms), number, row.count, row.min, row.max, row.sum,
                            row.last));
      }
    };
    add_rollups(60, from.minutes);
    add_rollups(3600, from.hours);
  }
  void add(const CookbookHeadline& row) {
    const std::pair<const char*, double> values[] = {
        {"system_cpu_usage_percent", row.cpu_usage},
        {"system_memory_usage_percent", row.memory_usage},
        {"system_disk_usage_percent", row.disk_usage},
        {"system_network_sent_bytes_per_second", row.net_sent},
        {"system_network_received_bytes_per_second", row.net_recv}};
    for (const auto& [metric, value] : values) {
      const std::int64_t id = sample_id(batch(row.time_ms, "system"), series("system", metric, "{}"));
      execute(fmt::format("INSERT INTO sample_rows VALUES ({}, {})", id, value));
    }
  }

  void add_cleanup(const CookbookData& data) {
    auto tables = CleanupTables::create(connection_);
    if (!tables) throw std::runtime_error(tables.error().message);
    const auto must = [](const Result<>& done) {
      if (!done) throw std::runtime_error(done.error().message);
    };
    for (const CleanupRun& run : data.cleanup_runs.at(cookbook_local_host)) {
      must(tables->write(batch(run.time_ms, "cleanup_runs"), run));
    }
    for (const CleanupAction& action : data.cleanup_actions.at(cookbook_local_host)) {
      // A batch of its own.
      must(tables->write(batch(action.time_ms + action.number, "cleanup_actions"), action));
    }
  }

  SqliteConnection connection_;
  std::map<std::pair<std::string, std::string>, std::int64_t> series_;
  std::map<std::pair<std::int64_t, std::string>, std::int64_t> batches_;
  std::map<std::pair<int, std::int64_t>, std::int64_t> periods_;
};

class CookbookSqliteTest : public testing::Test {
 protected:
  CookbookSqliteTest() {
    const std::string path = dir_.path("metrics.db");
    StoreFiller(path).fill(cookbook_data());
    if (::sqlite3_open_v2(path.c_str(), &connection_, SQLITE_OPEN_READONLY, clock_.name()) != SQLITE_OK) {
      throw std::runtime_error(::sqlite3_errmsg(connection_));
    }
  }
  ~CookbookSqliteTest() override { ::sqlite3_close(connection_); }

  // Also the number of steps that the query took, in SQLite's own virtual machine.
  std::pair<std::vector<CookbookRow>, int> ask(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (::sqlite3_prepare_v2(connection_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sql + ::sqlite3_errmsg(connection_));
    }
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> owner(statement, ::sqlite3_finalize);
    std::vector<CookbookRow> rows;
    while (::sqlite3_step(statement) == SQLITE_ROW) {
      CookbookRow& row = rows.emplace_back();
      for (int i = 0; i < ::sqlite3_column_count(statement); ++i) {
        const unsigned char* text = ::sqlite3_column_text(statement, i);
        row.emplace_back(text == nullptr ? "NULL" : reinterpret_cast<const char*>(text));
      }
    }
    if (::sqlite3_errcode(connection_) != SQLITE_DONE) {
      throw std::runtime_error(sql + ::sqlite3_errmsg(connection_));
    }
    return {rows, ::sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0)};
  }

  TempDir dir_;
  FrozenClock clock_;
  sqlite3* connection_ = nullptr;
};

TEST(CookbookPage, HasAQueryForBothEnginesAndAnAnswerForEveryQuestion) {
  std::set<std::string> asked;
  for (const CookbookQuestion& question : cookbook_questions()) {
    EXPECT_TRUE(asked.insert(question.title).second) << question.title;
    EXPECT_NE(question.mysql, "") << question.title;
    EXPECT_NE(question.sqlite, "") << question.title;
  }
  EXPECT_GE(asked.size(), 20U);
  std::set<std::string> answered;
  for (const CookbookAnswer& answer : cookbook_answers()) {
    EXPECT_TRUE(answered.insert(answer.title).second) << answer.title;
    EXPECT_FALSE(answer.rows.empty()) << answer.title;
    EXPECT_FALSE(local_rows(answer).empty()) << answer.title;
  }
  EXPECT_EQ(asked, answered);
}

TEST(CookbookPage, AsksForMetricsThatThereAre) {
  const std::string reference = read_file(CARETAKER_SOURCE_DIR "/docs/collectors.md").value();
  int compared = 0;
  for (const CookbookQuestion& question : cookbook_questions()) {
    for (const std::string& query : {question.mysql, question.sqlite}) {
      for (const std::string& metric : metrics_in(query)) {
        const bool of_meminfo = metric.starts_with("memory_");
        EXPECT_TRUE(of_meminfo || reference.contains(fmt::format("| `{}` |", metric))) << metric;
        ++compared;
      }
    }
  }
  EXPECT_GE(compared, 40);
}

TEST_F(CookbookSqliteTest, EveryQuestionHasItsAnswerWithoutReadingWholeTables) {
  std::map<std::string, CookbookAnswer> answers;
  for (const CookbookAnswer& answer : cookbook_answers()) answers[answer.title] = answer;
  for (const CookbookQuestion& question : cookbook_questions()) {
    SCOPED_TRACE(question.title);
    const CookbookAnswer& answer = answers.at(question.title);
    const auto [rows, steps] = ask(question.sqlite);
    EXPECT_EQ(difference(local_rows(answer), rows, answer.among_others), "");
    EXPECT_LT(steps, steps_max);
  }
}

}  // namespace
}  // namespace caretaker
