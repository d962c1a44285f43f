// SPDX-License-Identifier: MIT
#include "sql/mysql_diagnosis.h"

#include <fmt/format.h>
#include <mysqld_error.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/parse.h"
#include "sql/mysql_errors.h"
#include "sql/mysql_partitions.h"
#include "sql/mysql_schema.h"

namespace caretaker {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr std::chrono::days partition_grace{2};  // the daily timer has had its chance twice

struct RightProbe {
  std::string_view right;  // as people read it
  std::string_view statement;
};

// What delivery does, on tables that every version has. Nobody's rows are touched: EXPLAIN runs nothing.
constexpr RightProbe right_probes[] = {
    {"SELECT on deliveries", "SELECT last_seq FROM deliveries WHERE 1 = 0"},
    {"INSERT on samples",
     "EXPLAIN INSERT INTO samples (series_id, time, value) "
     "SELECT 0, '2000-01-01', 0 FROM DUAL WHERE 1 = 0"},
    {"UPDATE on deliveries", "EXPLAIN UPDATE deliveries SET last_seq = 0 WHERE 1 = 0"},
};

class Diagnosis {
 public:
  Diagnosis(MysqlConfig config, const Secret& password, std::int64_t host_id)
      : config_(std::move(config)), password_(password), host_id_(host_id) {
    config_.connect_timeout = std::min<milliseconds>(config_.connect_timeout, diagnosed_wait);
    config_.io_timeout = std::min<milliseconds>(config_.io_timeout, diagnosed_wait);
  }

  MysqlDiagnosis all() {
    std::optional<MysqlConnection> connection = find_server();
    if (!connection) return std::move(found_);
    found_.server = connection->server();
    if (const Result<> asked = ask(*connection); !asked) {
      const MysqlServer& server = connection->server();
      found_.error = with_fix(asked.error(), error_context(config_, server.address, server.account)).message;
    }
    return std::move(found_);
  }

 private:
  std::optional<MysqlConnection> find_server() {
    std::vector<std::string> hosts = server_order(config_.hosts, host_id_);
    if (!config_.socket.empty()) hosts = {""};
    const auto deadline = steady_clock::now() + diagnosis_time_max;
    std::optional<MysqlConnection> usable;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      if (i >= diagnosed_servers_max || steady_clock::now() > deadline) {
        found_.servers_skipped = hosts.size() - i;
        break;
      }
      Result<MysqlConnection> connection = try_server(hosts[i]);
      if (connection && !usable) usable = std::move(*connection);
    }
    return usable;
  }

  Result<MysqlConnection> try_server(const std::string& host) {
    MysqlConfig one = config_;
    one.hosts = {host};
    Result<MysqlConnection> connection = MysqlConnection::connect(one, password_);
    if (connection) {
      if (const Result<> writable = check_writable(*connection); !writable) {
        connection = std::unexpected(writable.error());
      }
    }
    if (!connection) {
      const std::string address = mysql_address(one);
      found_.failures.push_back({address, with_fix(connection.error(), error_context(config_, address, ""))});
    }
    return connection;
  }

  Result<> ask(MysqlConnection& connection) {
    if (Result<> asked = ask_time(connection); !asked) return asked;
    if (Result<> asked = ask_schema(connection); !asked) return asked;
    if (found_.schema_version == 0) return {};
    if (Result<> asked = ask_rights(connection); !asked) return asked;
    if (Result<> asked = ask_partitions(connection); !asked) return asked;
    return ask_delivery(connection);
  }

  // Our time at the middle of the question is when the server's clock was read, give or take half the way.
  Result<> ask_time(MysqlConnection& connection) {
    const auto before = system_clock::now();
    const auto rows = connection.query("SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))");
    if (!rows) return std::unexpected(rows.error());
    const auto after = system_clock::now();
    const auto us = parse_number<std::int64_t>(rows->at(0).at(0).value_or(""));
    if (!us) return fail("the MySQL server does not tell its time");
    const auto ours = before.time_since_epoch() + (after - before) / 2;
    found_.ahead = std::chrono::duration_cast<milliseconds>(std::chrono::microseconds(*us) - ours);
    return {};
  }

  Result<> ask_schema(MysqlConnection& connection) {
    const Result<MysqlSchema> schema = look_at_mysql_schema(connection, config_.database);
    if (!schema && schema.error().code == ER_BAD_DB_ERROR) return {};
    if (!schema && schema.error().code != 0) return std::unexpected(schema.error());
    found_.database_exists = true;
    if (!schema) found_.schema_error = schema.error().message;
    const auto rows = connection.query("SELECT MAX(version) FROM schema_version");
    if (!rows && rows.error().code == ER_NO_SUCH_TABLE) return {};
    if (!rows) return std::unexpected(rows.error());
    found_.schema_version = parse_number<int>(rows->at(0).at(0).value_or("0")).value_or(0);
    return {};
  }

  Result<> ask_rights(MysqlConnection& connection) {
    for (const RightProbe& probe : right_probes) {
      const auto rows = connection.query(probe.statement);
      if (rows) continue;
      if (!is_mysql_right_missing(rows.error().code)) return std::unexpected(rows.error());
      found_.rights_missing.emplace_back(probe.right);
    }
    return {};
  }

  Result<> ask_partitions(MysqlConnection& connection) {
    const auto layouts = read_partitions(connection);
    if (!layouts) return std::unexpected(layouts.error());
    const auto now = std::chrono::floor<std::chrono::seconds>(system_clock::now() + found_.ahead);
    for (const PartitionedTable& table : partitioned_tables) {
      const auto layout = layouts->find(table.name);
      if (layout == layouts->end() || !layout->second.ours) continue;
      const PartitionPlan plan =
          plan_partitions(table, layout->second.partitions, now, config_.*table.retention);
      const bool behind = std::ranges::any_of(plan.splits, [&](const PartitionSplit& split) {
        return split.wanted_since + partition_grace < now;
      });
      if (behind) found_.tables_behind.emplace_back(table.name);
      const auto rows =
          connection.query(fmt::format("SELECT 1 FROM {} PARTITION ({}) LIMIT 1", table.name, catch_all));
      if (!rows) return std::unexpected(rows.error());
      if (!rows->empty()) found_.tables_overflowing.emplace_back(table.name);
    }
    return {};
  }

  Result<> ask_delivery(MysqlConnection& connection) {
    const auto rows = connection.query(fmt::format(
        "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', MAX(last_time)) DIV 1000 FROM deliveries "
        "WHERE host_id = {}",
        host_id_));
    if (!rows) return std::unexpected(rows.error());
    found_.last_delivery_ms = parse_number<std::int64_t>(rows->at(0).at(0).value_or("0")).value_or(0);
    return {};
  }

  MysqlConfig config_;
  const Secret& password_;
  std::int64_t host_id_;
  MysqlDiagnosis found_;
};

}  // namespace

MysqlDiagnosis diagnose_mysql(const MysqlConfig& config, const Secret& password, std::int64_t host_id) {
  return Diagnosis(config, password, host_id).all();
}

}  // namespace caretaker
