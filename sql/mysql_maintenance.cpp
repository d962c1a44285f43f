// SPDX-License-Identifier: MIT
#include "sql/mysql_maintenance.h"

#include <fmt/format.h>
#include <mysqld_error.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <utility>

#include "base/parse.h"
#include "base/random_id.h"
#include "config/secrets.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_errors.h"
#include "sql/mysql_lease.h"
#include "sql/mysql_old_rows.h"
#include "sql/mysql_partitions.h"
#include "sql/mysql_schema.h"
#include "sql/mysql_servers.h"

namespace caretaker {
namespace {

using std::chrono::sys_seconds;

// A clock that is wrong must not drop what is young: so far may the server's be off ours.
constexpr std::chrono::hours clock_difference_max{24};
// Of an administrator's connection: moving rows out of the catch-all is one long statement.
constexpr std::chrono::hours long_statement{6};
constexpr std::chrono::milliseconds poll_interval{500};

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::int64_t ms_of(sys_seconds time) {
  return milliseconds(time.time_since_epoch()).count();
}

std::string names_of(std::span<const Partition> partitions) {
  if (partitions.size() == 1) return partitions.front().name;
  return fmt::format("{} to {}", partitions.front().name, partitions.back().name);
}

// One run, under the lease.
class Run {
 public:
  Run(MysqlConnection& connection, const MysqlConfig& config, const MaintenanceOptions& options)
      : connection_(connection), config_(config), options_(options) {}

  Result<MaintenanceReport> all(const std::string& headline_table);

 private:
  using Step = Result<>;

  Result<bool> clocks_agree();
  Step partitions(const PartitionedTable& table, const PartitionLayout& layout);
  Step split(const PartitionedTable& table, const PartitionSplit& split);
  Step drop(const PartitionedTable& table, const std::vector<Partition>& drops);
  Result<std::uint64_t> count_catch_all(const PartitionedTable& table, std::string_view condition);
  Step rows(const OldRows& what);
  Step epochs();
  Step between();
  Step failed(const Error& error, const std::string& what, std::int64_t overdue_since_ms);
  void did(std::string_view verb, std::string_view would, const std::string& what);
  [[nodiscard]] std::int64_t keep_from_ms(milliseconds retention) const;

  MysqlConnection& connection_;
  const MysqlConfig& config_;
  const MaintenanceOptions& options_;
  std::optional<MysqlLease> lease_;  // not in a dry run
  sys_seconds now_;                  // the server's
  MaintenanceReport report_;
};

Result<MaintenanceReport> Run::all(const std::string& headline_table) {
  if (!options_.dry_run) {
    auto lease = MysqlLease::take(connection_, maintenance_lease, options_.holder);
    if (!lease) return std::unexpected(lease.error());
    if (!*lease) return MaintenanceReport{.elsewhere = true};
    lease_.emplace(std::move(**lease));
  }
  const auto agree = clocks_agree();
  if (!agree) return std::unexpected(agree.error());
  if (!*agree) return std::move(report_);
  const auto layouts = read_partitions(connection_);
  if (!layouts) return std::unexpected(layouts.error());
  for (const PartitionedTable& table : partitioned_tables) {
    const auto layout = layouts->find(table.name);
    if (layout == layouts->end()) continue;
    if (auto done = partitions(table, layout->second); !done) return std::unexpected(done.error());
  }
  const OldRows tables[] = {{headline_table, "host", "timestamp", keep_from_ms(config_.retention_1m)},
                            {"events", "host_id", "time", keep_from_ms(config_.retention_1h)},
                            {"job_runs", "host_id", "time", keep_from_ms(config_.retention_1h)},
                            {"cleanup_runs", "host_id", "time", keep_from_ms(config_.retention_1h)},
                            {"cleanup_actions", "host_id", "time", keep_from_ms(config_.retention_1h)}};
  for (const OldRows& what : tables) {
    if (auto done = rows(what); !done) return std::unexpected(done.error());
  }
  if (auto done = epochs(); !done) return std::unexpected(done.error());
  return std::move(report_);
}

std::int64_t Run::keep_from_ms(milliseconds retention) const {
  return ms_of(now_) - retention.count();
}

Result<bool> Run::clocks_agree() {
  const auto now = server_time(connection_);
  if (!now) return std::unexpected(now.error());
  now_ = *now;
  const auto ours = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (std::chrono::abs(ours - now_) <= clock_difference_max) return true;
  report_.problems.push_back(fmt::format(
      "the clocks of this host and of the MySQL server are {} h apart: nothing is made or dropped "
      "before they agree",
      std::chrono::duration_cast<std::chrono::hours>(std::chrono::abs(ours - now_)).count()));
  return false;
}

Result<> Run::partitions(const PartitionedTable& table, const PartitionLayout& layout) {
  if (!layout.ours) {
    report_.warnings.push_back(
        fmt::format("{} is {}: its retention is left to whoever did that", table.name,
                    layout.partitioned ? "partitioned in a way that is not Caretaker's" : "not partitioned"));
    return {};
  }
  const PartitionPlan plan = plan_partitions(table, layout.partitions, now_, config_.*table.retention);
  for (const PartitionSplit& each : plan.splits) {
    if (auto done = split(table, each); !done) return done;
  }
  if (!plan.drops.empty()) {
    if (auto done = drop(table, plan.drops); !done) return done;
  }
  const auto left = count_catch_all(table, "");
  if (!left) return std::unexpected(left.error());
  if (*left == 0 || options_.dry_run) return {};
  report_.rows_in_catch_all += *left;
  report_.warnings.push_back(
      fmt::format("{} of {} in the partition pmax: their time is in the future, or their partition could not "
                  "be made; look at the clocks of the hosts",
                  plural(*left, "row"), table.name));
  return {};
}

Result<std::uint64_t> Run::count_catch_all(const PartitionedTable& table, std::string_view condition) {
  const auto counted = connection_.query(
      fmt::format("SELECT COUNT(*) FROM {} PARTITION ({}){}", table.name, catch_all, condition));
  if (!counted) return std::unexpected(counted.error());
  return parse_number<std::uint64_t>(counted->at(0).at(0).value_or("")).value_or(0);
}

Result<> Run::split(const PartitionedTable& table, const PartitionSplit& split) {
  const std::string what = fmt::format("{} of {}", names_of(split.parts), table.name);
  const auto moving =
      split.of_catch_all
          ? count_catch_all(table, fmt::format(" WHERE time < {}", bound_of(split.parts.back())))
          : 0;
  if (!moving) return std::unexpected(moving.error());
  if (!options_.dry_run) {
    if (auto may = between(); !may) return may;
    const auto done = connection_.execute(split_statement(table, split));
    if (!done)
      return failed(done.error(), "the partitions " + what + " cannot be made", ms_of(split.wanted_since));
  }
  report_.partitions_added += split.parts.size();
  did("made", "would make", plural(split.parts.size(), "partition") + ", " + what);
  report_.rows_moved += *moving;
  if (*moving > 0) {
    did("moved", "would move", fmt::format("{} of {} out of pmax", plural(*moving, "row"), table.name));
  }
  return {};
}

Result<> Run::drop(const PartitionedTable& table, const std::vector<Partition>& drops) {
  const std::string what = fmt::format("{} of {}", names_of(drops), table.name);
  if (!options_.dry_run) {
    if (auto may = between(); !may) return may;
    const auto done = connection_.execute(drop_statement(table, drops));
    if (!done) {
      return failed(done.error(), "the old partitions " + what + " cannot be dropped",
                    ms_of(drops.front().until) + (config_.*table.retention).count());
    }
  }
  report_.partitions_dropped += drops.size();
  did("dropped", "would drop", plural(drops.size(), "partition") + ", " + what);
  return {};
}

Result<> Run::rows(const OldRows& what) {
  const auto hosts = find_old_rows(connection_, what);
  if (!hosts) return failed(hosts.error(), what.table + " cannot be read", 0);
  if (hosts->empty()) return {};
  const auto done = options_.dry_run ? count_old_rows(connection_, what, *hosts)
                                     : delete_old_rows(connection_, what, *hosts, options_.rows_max,
                                                       [this] { return between(); });
  if (!done) {
    const auto oldest = std::ranges::min(*hosts, {}, &HostWithOldRows::oldest_ms).oldest_ms;
    const auto retention = ms_of(now_) - what.before_ms;
    return failed(done.error(), "old rows of " + what.table + " cannot be deleted", oldest + retention);
  }
  report_.rows_deleted += *done;
  report_.finished = report_.finished && *done < options_.rows_max && hosts->size() < old_hosts_max;
  if (*done > 0) did("deleted", "would delete", fmt::format("{} of {}", plural(*done, "row"), what.table));
  return {};
}

Result<> Run::epochs() {
  const std::int64_t before_ms = keep_from_ms(config_.retention);
  const auto epochs = find_old_epochs(connection_, before_ms);
  if (!epochs) return failed(epochs.error(), "deliveries cannot be read", 0);
  if (epochs->empty()) return {};
  for (const OldEpoch& epoch : *epochs) {
    if (options_.dry_run) break;
    const auto done = delete_epoch(connection_, epoch, before_ms);
    // They are few and small: never overdue.
    if (!done) return failed(done.error(), "old rows of deliveries cannot be deleted", ms_of(now_));
  }
  report_.rows_deleted += epochs->size();
  report_.finished = report_.finished && epochs->size() < old_epochs_max;
  did("deleted", "would delete", plural(epochs->size(), "row") + " of deliveries");
  return {};
}

Result<> Run::between() {
  return lease_->renew();
}

// The error, if it leaves no use for the connection; else a line in the report. `overdue_since_ms` as
// MaintenanceOptions::denial_grace wants it.
Result<> Run::failed(const Error& error, const std::string& what, std::int64_t overdue_since_ms) {
  if (classify_mysql_error(error.code) == MysqlErrorClass::reconnect) return std::unexpected(error);
  const bool denied = is_mysql_right_missing(error.code);
  if (denied && ms_of(now_) - overdue_since_ms < options_.denial_grace.count()) return {};
  report_.problems.push_back(fmt::format("{}: {}", what, error.message));
  if (!denied) return {};
  report_.fix = fmt::format(
      "run caretakerctl mysql maintain with an administrator's account, or let an administrator run: GRANT "
      "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP ON `{}`.* TO {};",
      config_.database, connection_.server().account);
  return {};
}

void Run::did(std::string_view verb, std::string_view would, const std::string& what) {
  report_.actions.push_back(fmt::format("{} {}", options_.dry_run ? would : verb, what));
}

Error explained(const Error& error, const MysqlConfig& config, const MysqlServer& server) {
  return with_fix(error, error_context(config, server.address, server.account));
}

Result<MaintenanceReport> maintain_chosen(MysqlConnection& connection, const MysqlConfig& config,
                                          const MaintenanceOptions& options, milliseconds wait) {
  const auto schema = options.dry_run ? look_at_mysql_schema(connection, config.database)
                                      : bring_up_mysql_schema(connection, config.database, options.holder);
  if (!schema) return std::unexpected(schema.error());
  const auto deadline = std::chrono::steady_clock::now() + wait;
  for (;;) {
    auto report = maintain_mysql(connection, config, schema->system_monitor, options);
    if (!report || !report->elsewhere || std::chrono::steady_clock::now() > deadline) return report;
    std::this_thread::sleep_for(poll_interval);
  }
}

}  // namespace

Result<MaintenanceReport> maintain_mysql(MysqlConnection& connection, const MysqlConfig& config,
                                         const std::string& system_monitor,
                                         const MaintenanceOptions& options) {
  return Run(connection, config, options).all(system_monitor);
}

Result<MaintenanceReport> connect_and_maintain_mysql(const MysqlConfig& config, bool dry_run,
                                                     milliseconds wait) {
  const auto password = resolve_mysql_password(config);
  if (!password) return std::unexpected(password.error());
  const auto found = connect_to_any(config, *password, 0);
  if (!found) return std::unexpected(found.error());
  // Only now that it answers: its statements may take long.
  MysqlConfig patient = config;
  if (config.socket.empty()) patient.hosts = {found->server().address};
  patient.io_timeout = long_statement;
  auto connection = MysqlConnection::connect(patient, *password);
  if (!connection) return std::unexpected(explained(connection.error(), config, found->server()));
  auto report = maintain_chosen(
      *connection, config,
      {.holder = random_id(), .dry_run = dry_run, .rows_max = std::numeric_limits<std::uint64_t>::max()},
      wait);
  if (!report) {
    return std::unexpected(explained(report.error(), config, connection->server()));
  }
  return report;
}

}  // namespace caretaker
