// SPDX-License-Identifier: MIT
#include "sql/mysql_schema.h"

#include <fmt/format.h>
#include <mysqld_error.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "base/parse.h"
#include "mysql_schema_files.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_lease.h"
#include "sql/mysql_partitions.h"

namespace caretaker {
namespace {

constexpr std::string_view headline_table = "system_monitor";
constexpr std::string_view own_headline_table = "caretaker_system_monitor";

std::string quoted_name(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) quoted.append(c == '`' ? 2 : 1, c);
  return quoted + "`";
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

Result<> select_database(MysqlConnection& connection, const std::string& database) {
  const std::string name = quoted_name(database);
  auto selected = connection.execute("USE " + name);
  if (!selected && selected.error().code == ER_BAD_DB_ERROR) {
    const auto made = connection.execute("CREATE DATABASE IF NOT EXISTS " + name +
                                         " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
    if (!made) return std::unexpected(made.error());
    selected = connection.execute("USE " + name);
  }
  if (!selected) return std::unexpected(selected.error());
  return {};
}

struct RecordedVersions {
  int newest = 0;      // 0: nothing there yet
  int writer_min = 1;  // agents that know only lower versions must not write
};

Result<RecordedVersions> read_versions(MysqlConnection& connection) {
  auto rows = connection.query("SELECT MAX(version), MAX(writer_min) FROM schema_version");
  if (!rows && rows.error().code == ER_BAD_FIELD_ERROR) {
    rows = connection.query("SELECT MAX(version), 1 FROM schema_version");  // the first version
  }
  if (!rows && rows.error().code == ER_NO_SUCH_TABLE) return RecordedVersions{};
  if (!rows) return std::unexpected(rows.error());
  const SqlRow& row = rows->at(0);
  return RecordedVersions{.newest = parse_number<int>(row.at(0).value_or("0")).value_or(0),
                          .writer_min = parse_number<int>(row.at(1).value_or("1")).value_or(1)};
}

struct HeadlineTable {
  bool exists = false;
  bool ours = false;
};

Result<HeadlineTable> look_at_headline(MysqlConnection& connection, std::string_view table) {
  auto rows =
      connection.query(fmt::format("SELECT COLUMN_NAME, COLUMN_KEY FROM information_schema.COLUMNS "
                                   "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '{}'",
                                   table));
  if (!rows) return std::unexpected(rows.error());
  const auto has = [&rows](std::string_view name, std::string_view key) {
    return std::ranges::any_of(*rows,
                               [&](const SqlRow& row) { return row.at(0) == name && row.at(1) == key; });
  };
  const bool keyed = has("host", "PRI") && has("timestamp", "PRI") &&
                     std::ranges::count_if(*rows, [](const SqlRow& row) { return row.at(1) == "PRI"; }) == 2;
  const bool filled = has("cpu_usage", "") && has("memory_usage", "") && has("disk_usage", "") &&
                      has("net_sent", "") && has("net_recv", "");
  return HeadlineTable{.exists = !rows->empty(), .ours = keyed && filled};
}

struct HeadlineChoice {
  MysqlSchema schema;
  bool missing = false;  // the table is still to be made
};

Result<HeadlineChoice> choose_headline(MysqlConnection& connection) {
  const auto usual = look_at_headline(connection, headline_table);
  if (!usual) return std::unexpected(usual.error());
  if (usual->ours) return HeadlineChoice{{std::string(headline_table), ""}, false};
  const auto own = look_at_headline(connection, own_headline_table);
  if (!own) return std::unexpected(own.error());
  if (!usual->exists && !own->exists) return HeadlineChoice{{std::string(headline_table), ""}, true};
  std::string note = usual->exists ? fmt::format(
                                         "the table {} has other columns than ours and is left alone; the "
                                         "headline numbers are in {}",
                                         headline_table, own_headline_table)
                                   : "";
  return HeadlineChoice{{std::string(own_headline_table), std::move(note)}, !own->exists};
}

std::vector<std::string_view> statements_of(std::string_view text) {
  constexpr std::string_view end = ";\n";
  std::vector<std::string_view> statements;
  for (std::size_t at = text.find(end); at != std::string_view::npos; at = text.find(end)) {
    statements.push_back(text.substr(0, at));
    text.remove_prefix(at + end.size());
  }
  return statements;
}

// MySQL knows IF NOT EXISTS for tables only.
bool is_there_already(const Error& error, std::string_view statement) {
  return error.code == ER_DUP_FIELDNAME || error.code == ER_DUP_KEYNAME ||
         (error.code == ER_TABLE_EXISTS_ERROR && statement.contains(" VIEW "));
}

Result<> apply_statements(MysqlConnection& connection, MysqlLease& lease, const std::string& text) {
  for (const std::string_view statement : statements_of(text)) {
    if (auto still_ours = lease.renew(); !still_ours) return still_ours;
    const auto done = connection.execute(statement);
    if (!done && !is_there_already(done.error(), statement)) return std::unexpected(done.error());
  }
  return partition_empty_tables(connection);
}

// Again after a migration that was cut off behind it.
Result<> record(MysqlConnection& connection, int version) {
  const auto recorded = connection.execute(
      fmt::format("INSERT INTO schema_version (version, applied_at) VALUES ({}, UTC_TIMESTAMP(3))", version));
  if (!recorded && recorded.error().code != ER_DUP_ENTRY) return std::unexpected(recorded.error());
  return {};
}

struct FoundSchema {
  RecordedVersions versions;
  HeadlineChoice headline;

  // The file to begin with, from 0.
  [[nodiscard]] int begin() const { return headline.missing ? 0 : versions.newest; }
  [[nodiscard]] bool complete() const { return begin() >= mysql_schema_version(); }
};

// An error also where this program must not write.
Result<FoundSchema> find_schema(MysqlConnection& connection, const std::string& database) {
  const auto versions = read_versions(connection);
  if (!versions) return std::unexpected(versions.error());
  if (versions->writer_min > mysql_schema_version()) {
    return fail(fmt::format(
        "the tables in {} have version {}, and agents that write to them must know version {}; this "
        "caretaker knows {}: upgrade it; until then the samples wait in the local store",
        database, versions->newest, versions->writer_min, mysql_schema_version()));
  }
  auto headline = choose_headline(connection);
  if (!headline) return std::unexpected(headline.error());
  return FoundSchema{*versions, std::move(*headline)};
}

Result<> migrate(MysqlConnection& connection, MysqlLease& lease, const FoundSchema& found) {
  for (int version = found.begin() + 1; version <= mysql_schema_version(); ++version) {
    std::string text(mysql_schema::files[version - 1].text);
    replace_all(text, "{system_monitor}", found.headline.schema.system_monitor);
    if (auto applied = apply_statements(connection, lease, text); !applied) return applied;
    if (auto recorded = record(connection, version); !recorded) return recorded;
  }
  return {};
}

Result<MysqlSchema> migrate_under_lease(MysqlConnection& connection, const std::string& database,
                                        std::int64_t holder) {
  if (auto made = make_lease_table(connection); !made) return std::unexpected(made.error());
  auto lease = MysqlLease::wait_for(connection, schema_lease, holder, migration_wait);
  if (!lease) return std::unexpected(lease.error());
  // Another host may have done it while we waited.
  auto found = find_schema(connection, database);
  if (!found) return std::unexpected(found.error());
  if (auto done = migrate(connection, *lease, *found); !done) return std::unexpected(done.error());
  return std::move(found->headline.schema);
}

}  // namespace

int mysql_schema_version() {
  return static_cast<int>(std::size(mysql_schema::files));
}

Result<MysqlSchema> bring_up_mysql_schema(MysqlConnection& connection, const std::string& database,
                                          std::int64_t holder) {
  if (auto selected = select_database(connection, database); !selected) {
    return std::unexpected(selected.error());
  }
  auto found = find_schema(connection, database);
  if (!found) return std::unexpected(found.error());
  if (!found->complete()) return migrate_under_lease(connection, database, holder);
  return std::move(found->headline.schema);
}

Result<MysqlSchema> look_at_mysql_schema(MysqlConnection& connection, const std::string& database) {
  if (auto selected = connection.execute("USE " + quoted_name(database)); !selected) {
    return std::unexpected(selected.error());
  }
  auto found = find_schema(connection, database);
  if (!found) return std::unexpected(found.error());
  if (!found->complete()) {
    return fail(fmt::format("the tables in {} have version {}, this caretaker makes version {} of them first",
                            database, found->versions.newest, mysql_schema_version()));
  }
  return std::move(found->headline.schema);
}

}  // namespace caretaker
