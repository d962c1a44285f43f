// SPDX-License-Identifier: MIT
// bench_load_rows load|load_one|insert DIR PORT DATABASE: the rows of bench_dump_rows by other means than
// Caretaker's, into an empty table like its own: LOAD DATA LOCAL INFILE with a transaction per file, the same
// with everything in one file, or INSERT statements of 5000 rows with a transaction per file. Prints "KEY
// VALUE" lines.
#include <fmt/format.h>
#include <mysql.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/parse.h"
#include "base/text.h"
#include "bench/mysql_target.h"
#include "bench/program.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_insert.h"
#include "sql/mysql_schema.h"

namespace caretaker::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t lease_holder = 1;  // nobody else is there
constexpr std::size_t rows_per_statement = 5'000;

// Unlike MysqlConnection one that may LOAD DATA LOCAL.
class Session {
 public:
  Session(std::uint16_t port, const std::string& database) {
    const unsigned local_infile = 1;
    const unsigned protocol = MYSQL_PROTOCOL_TCP;
    mysql_options(mysql_.get(), MYSQL_OPT_LOCAL_INFILE, &local_infile);
    mysql_options(mysql_.get(), MYSQL_OPT_PROTOCOL, &protocol);
    const MysqlConfig target = target_config(port, database);
    if (mysql_real_connect(mysql_.get(), target.hosts.front().c_str(), target.user.c_str(), "",
                           database.c_str(), port, nullptr, 0) == nullptr) {
      fail();
    }
    execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
  }

  std::uint64_t execute(const std::string& sql) {
    if (mysql_real_query(mysql_.get(), sql.data(), sql.size()) != 0) fail();
    return mysql_affected_rows(mysql_.get());
  }

 private:
  [[noreturn]] void fail() { throw std::runtime_error(mysql_error(mysql_.get())); }

  std::unique_ptr<MYSQL, void (*)(MYSQL*)> mysql_{mysql_init(nullptr), mysql_close};
};

std::vector<std::string> part_files(const std::string& dir) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) {
    if (entry.path().filename() != "all.tsv") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::uint64_t load(Session& session, const std::string& file) {
  session.execute("START TRANSACTION");
  const std::uint64_t rows =
      session.execute(fmt::format("LOAD DATA LOCAL INFILE '{}' INTO TABLE samples_by_other_means", file));
  session.execute("COMMIT");
  return rows;
}

std::uint64_t insert(Session& session, const std::string& file) {
  std::ifstream opened(file);
  const std::string text{std::istreambuf_iterator<char>(opened), {}};
  MysqlInsert rows(
      "INSERT INTO samples_by_other_means VALUES ", "", {},
      [&](std::string_view sql) -> Result<std::uint64_t> { return session.execute(std::string(sql)); });
  session.execute("START TRANSACTION");
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view line = take_line(rest);
    const std::size_t time = line.find('\t');
    const std::size_t value = line.rfind('\t');
    rows.row().append("(").append(line.substr(0, time)).append(",'");
    rows.row().append(line.substr(time + 1, value - time - 1)).append("',");
    rows.row().append(line.substr(value + 1)).append(")");
    (void)rows.end_row();
  }
  (void)rows.finish();
  session.execute("COMMIT");
  return rows.changed();
}

void make_table(std::uint16_t port, const std::string& database) {
  const MysqlConfig target = target_config(port, database);
  auto connection = MysqlConnection::connect(target, {});
  if (!connection) throw std::runtime_error(connection.error().message);
  if (auto ready = bring_up_mysql_schema(*connection, database, lease_holder); !ready) {
    throw std::runtime_error(ready.error().message);
  }
  if (auto made = connection->execute("CREATE TABLE samples_by_other_means LIKE samples"); !made) {
    throw std::runtime_error(made.error().message);
  }
}

int run(int argc, char** argv) {
  const std::string_view how = argc == 5 ? argv[1] : "";
  const auto port = argc == 5 ? parse_number<std::uint16_t>(argv[3]) : std::nullopt;
  if (!port || (how != "load" && how != "load_one" && how != "insert")) {
    fmt::print(stderr, "usage: bench_load_rows load|load_one|insert DIR PORT DATABASE\n");
    return 2;
  }
  const std::string dir = argv[2];
  make_table(*port, argv[4]);
  Session session(*port, argv[4]);
  const std::vector<std::string> files = how == "load_one" ? std::vector{dir + "/all.tsv"} : part_files(dir);
  std::uint64_t rows = 0;
  const auto begin = Clock::now();
  for (const std::string& file : files) rows += how == "insert" ? insert(session, file) : load(session, file);
  const std::chrono::duration<double> took = Clock::now() - begin;
  fmt::print("rows {}\nrows_per_s {:.1f}\n", rows, static_cast<double>(rows) / took.count());
  return 0;
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  return caretaker::bench::run_program("bench_load_rows", caretaker::bench::run, argc, argv);
}
