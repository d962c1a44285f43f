// SPDX-License-Identifier: MIT
// docs/cookbook.md on real servers.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <utility>

#include "base/parse.h"
#include "cookbook_data.h"
#include "cookbook_page.h"
#include "sql/mysql_cleanup_rows.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_schema.h"
#include "support/sql_server.h"

namespace caretaker {
namespace {

constexpr std::size_t statement_bytes_max = 512U << 10;

// A part of the rows that nobody asks for in one table.
constexpr std::int64_t row_reads_max = cookbook_other_rows / 4;

const std::map<std::string, std::int64_t> host_ids = {{"web1", 1}, {"db1", 2}, {"mail1", 3}, {"old1", 4}};

void execute(MysqlConnection& connection, const std::string& sql) {
  const auto done = connection.execute(sql);
  if (!done) throw std::runtime_error(sql.substr(0, 500) + ": " + done.error().message);
}

std::vector<SqlRow> query(MysqlConnection& connection, const std::string& sql) {
  auto rows = connection.query(sql);
  if (!rows) throw std::runtime_error(sql + ": " + rows.error().message);
  return std::move(*rows);
}

std::string datetime(std::int64_t time_ms) {
  const std::chrono::sys_seconds time{std::chrono::seconds(time_ms / 1000)};
  return fmt::format("'{:%Y-%m-%d %H:%M:%S}.{:03}'", time, time_ms % 1000);
}

// One INSERT of many rows after the other.
class Inserter {
 public:
  Inserter(MysqlConnection& connection, std::string table)
      : connection_(connection), begin_("INSERT INTO " + std::move(table) + " VALUES ") {}

  void add(const std::string& row) {
    sql_ += fmt::format("{}({})", sql_.empty() ? begin_ : ",", row);
    if (sql_.size() > statement_bytes_max) flush();
  }
  void flush() {
    if (!sql_.empty()) execute(connection_, sql_);
    sql_.clear();
  }

 private:
  MysqlConnection& connection_;
  std::string begin_;
  std::string sql_;
};

void fill_series(MysqlConnection& connection, const CookbookData& data) {
  Inserter series(connection, "series");
  Inserter samples(connection, "samples");
  Inserter minutes(connection, "samples_1m");
  Inserter hours(connection, "samples_1h");
  std::int64_t id = 0;
  const auto add_rollups = [&](Inserter& to, const std::vector<CookbookRollup>& rollups) {
    for (const CookbookRollup& row : rollups) {
      to.add(fmt::format("{}, {}, {}, {}, {}, {}, {}", id, datetime(row.time_ms), row.count, row.min, row.max,
                         row.sum, row.last));
    }
  };
  for (const CookbookSeries& from : data.series) {
    ++id;
    series.add(
        fmt::format("{}, {}, '{}', '{}', '', 'gauge'", id, host_ids.at(from.host), from.metric, from.labels));
    for (const CookbookSample& sample : from.samples) {
      samples.add(fmt::format("{}, {}, {}", id, datetime(sample.time_ms), sample.value));
    }
    add_rollups(minutes, from.minutes);
    add_rollups(hours, from.hours);
  }
  for (Inserter* inserter : {&series, &samples, &minutes, &hours}) inserter->flush();
}

void fill_records(MysqlConnection& connection, const CookbookData& data) {
  Inserter events(connection, "events");
  Inserter job_runs(connection, "job_runs");
  std::int64_t id = 0;
  for (const auto& [host, rows] : data.events) {
    for (const Event& event : rows) {
      events.add(fmt::format("{}, {}, {}, '{}', '{}', '{}'", host_ids.at(host), datetime(event.time_ms), ++id,
                             event.kind, event.subject, event.message));
    }
  }
  for (const auto& [host, rows] : data.job_runs) {
    for (const JobRun& run : rows) {
      job_runs.add(fmt::format("{}, {}, {}, '{}', {}, {}, {}, {}, {:d}, '{}', '{}'", host_ids.at(host),
                               datetime(run.time_ms), ++id, run.job, run.duration_ms, run.cpu_ms,
                               run.exit_status, run.signal, run.timed_out, run.standard_output,
                               run.standard_error));
    }
  }
  events.flush();
  job_runs.flush();
}

void fill_cleanup(MysqlConnection& connection, const CookbookData& data) {
  for (const auto& [host, runs] : data.cleanup_runs) {
    for (const CleanupRun& run : runs) {
      std::string row;
      append_cleanup_run(row, connection, host_ids.at(host), run);
      execute(connection, cleanup_run_upsert().head + row);
    }
  }
  for (const auto& [host, actions] : data.cleanup_actions) {
    for (const CleanupAction& action : actions) {
      std::string row;
      append_cleanup_action(row, connection, host_ids.at(host), action);
      execute(connection, cleanup_action_upsert().head + row);
    }
  }
}

std::int64_t row_reads(MysqlConnection& connection) {
  std::int64_t reads = 0;
  for (const SqlRow& row : query(connection, "SHOW SESSION STATUS LIKE 'Handler_read%'")) {
    reads += parse_number<std::int64_t>(row.at(1).value_or("")).value_or(0);
  }
  return reads;
}

std::vector<CookbookRow> ask(MysqlConnection& connection, const std::string& sql) {
  std::vector<CookbookRow> rows;
  for (const SqlRow& from : query(connection, sql)) {
    CookbookRow& row = rows.emplace_back();
    for (const auto& cell : from) row.push_back(cell.value_or("NULL"));
  }
  return rows;
}

void fill_cookbook_database(MysqlConnection& connection, const CookbookData& data) {
  const auto schema = bring_up_mysql_schema(connection, "monitor", 1);
  if (!schema) throw std::runtime_error(schema.error().message);
  for (const auto& [host, id] : host_ids) {
    execute(connection,
            fmt::format("INSERT INTO hosts (host_id, host, first_seen) VALUES ({}, '{}', '2026-01-01')", id,
                        host));
  }
  fill_series(connection, data);
  fill_records(connection, data);
  fill_cleanup(connection, data);
  Inserter headlines(connection, "system_monitor");
  for (const CookbookHeadline& row : data.headlines) {
    headlines.add(fmt::format("'{}', {}, {}, {}, {}, {}, {}", row.host, datetime(row.time_ms), row.cpu_usage,
                              row.memory_usage, row.disk_usage, row.net_sent, row.net_recv));
  }
  headlines.flush();
  for (const CookbookDelivery& row : data.deliveries) {
    execute(connection,
            fmt::format(
                "INSERT INTO deliveries (host_id, epoch, last_seq, last_time, started_at) VALUES ({}, {}, "
                "1, {}, '2026-01-01')",
                host_ids.at(row.host), row.epoch, datetime(row.last_time_ms)));
  }
  for (const char* table : {"hosts", "series", "samples", "samples_1m", "samples_1h", "system_monitor"}) {
    (void)query(connection, fmt::format("ANALYZE TABLE {}", table));
  }
}

void expect_cookbook_answers(MysqlConnection& connection) {
  execute(connection, "SET SESSION sql_mode = @@GLOBAL.sql_mode, time_zone = '+05:30'");
  execute(connection, fmt::format("SET timestamp = {}", cookbook_now_ms / 1000));
  std::map<std::string, CookbookAnswer> answers;
  for (const CookbookAnswer& answer : cookbook_answers()) answers[answer.title] = answer;
  for (const CookbookQuestion& question : cookbook_questions()) {
    SCOPED_TRACE(question.title);
    const CookbookAnswer& answer = answers.at(question.title);
    const std::int64_t before = row_reads(connection);
    const std::vector<CookbookRow> rows = ask(connection, question.mysql);
    EXPECT_LT(row_reads(connection) - before, row_reads_max);
    EXPECT_EQ(difference(answer.rows, rows, answer.among_others), "");
  }
}

class CookbookMysqlTest : public testing::TestWithParam<Engine> {};

TEST_P(CookbookMysqlTest, EveryQuestionHasItsAnswerWithoutReadingWholeTables) {
  SqlServer server(GetParam());
  const MysqlConfig config = server.config("root", "", "monitor");
  auto connection = MysqlConnection::connect(config, config.password);
  ASSERT_TRUE(connection) << connection.error().message;
  fill_cookbook_database(*connection, cookbook_data());
  expect_cookbook_answers(*connection);
}

INSTANTIATE_TEST_SUITE_P(Engines, CookbookMysqlTest, testing::ValuesIn(engines()),
                         [](const auto& engine) { return name_of(engine.param); });

}  // namespace
}  // namespace caretaker
