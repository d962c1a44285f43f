// SPDX-License-Identifier: MIT
#include "bench/fleet_fill.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "bench/fleet_agent.h"
#include "bench/sampling_jobs.h"
#include "sql/mysql_connection.h"
#include "sql/mysql_insert.h"
#include "sql/mysql_literal.h"
#include "sql/mysql_schema.h"

namespace caretaker::bench {
namespace {

constexpr std::uint64_t bytes_per_row = 65;
constexpr std::uint64_t bytes_per_megabyte = 1'000'000;
constexpr std::size_t rows_per_transaction = 20'000;
constexpr std::size_t passes = 4;
constexpr std::int64_t lease_holder = 1;  // nobody else is there
constexpr std::int64_t interval_ms = std::chrono::milliseconds(fleet_interval).count();

template <class T>
T checked(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

std::vector<std::int64_t> all_series(std::size_t agents, const RecordedTicks& recorded) {
  const FleetBatches made(recorded);
  std::vector<std::int64_t> ids;
  for (std::size_t number = 0; number < agents; ++number) {
    const std::vector<std::int64_t> of_host = made.series_ids(fleet_host(number).id);
    ids.insert(ids.end(), of_host.begin(), of_host.end());
  }
  std::ranges::sort(ids);
  return ids;
}

// The samples of `times` for all series, in the order of the key.
void insert(MysqlConnection& connection, std::span<const std::int64_t> series,
            std::span<const std::string> times) {
  MysqlInsert rows("INSERT INTO samples (series_id, time, value) VALUES ", "", {},
                   [&](std::string_view sql) { return connection.execute(sql); });
  std::size_t in_transaction = 0;
  checked(connection.execute("START TRANSACTION"));
  for (const std::int64_t id : series) {
    for (const std::string& time : times) {
      rows.row() += '(';
      append_integer(rows.row(), id);
      rows.row().append(",").append(time).append(",0.5)");
      checked(rows.end_row());
    }
    in_transaction += times.size();
    if (in_transaction < rows_per_transaction) continue;
    checked(rows.finish());
    checked(connection.commit());
    checked(connection.execute("START TRANSACTION"));
    in_transaction = 0;
  }
  checked(rows.finish());
  checked(connection.commit());
}

}  // namespace

void fill(const MysqlConfig& target, std::size_t agents, std::uint64_t megabytes,
          const RecordedTicks& recorded) {
  auto connection = checked(MysqlConnection::connect(target, target.password));
  checked(bring_up_mysql_schema(connection, target.database, lease_holder));
  const std::vector<std::int64_t> series = all_series(agents, recorded);
  const auto per_series =
      static_cast<std::int64_t>(megabytes * bytes_per_megabyte / bytes_per_row / series.size());
  const std::int64_t now_ms = current_tick_ms() / interval_ms * interval_ms - 60 * interval_ms;
  std::vector<std::string> times;
  for (std::int64_t back = per_series; back > 0; --back) {
    append_time_number(times.emplace_back(), now_ms - back * interval_ms);
  }
  // Not at once: that would leave pages so full that each of them is split by the next sample.
  const std::size_t chunk = std::max<std::size_t>(1, times.size() / passes);
  for (std::size_t first = 0; first < times.size(); first += chunk) {
    const std::size_t count = std::min(chunk, times.size() - first);
    insert(connection, series, std::span(times).subspan(first, count));
  }
}

}  // namespace caretaker::bench
