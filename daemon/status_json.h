// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "daemon/headline.h"
#include "daemon/http_message.h"
#include "daemon/scheduler.h"
#include "sql/local_store.h"
#include "sql/mysql_delivery.h"
#include "sql/store_reader.h"

// The JSON forms of the control API (docs/api.md). Times are UTC milliseconds, durations carry their unit.
namespace caretaker {

// One line; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string dump(const nlohmann::json& value);
[[nodiscard]] Reply ok(const nlohmann::json& body);
// A moment in UTC; null for what has not happened or is not planned.
[[nodiscard]] nlohmann::json moment(std::int64_t time_ms);

[[nodiscard]] nlohmann::json to_json(const JobStatus& job);
[[nodiscard]] nlohmann::json to_json(const std::vector<JobStatus>& jobs);
[[nodiscard]] nlohmann::json to_json(const Headline& headline);
[[nodiscard]] nlohmann::json to_json(const StoreStatus& store, const std::string& path);
[[nodiscard]] nlohmann::json to_json(const DeliveryStatus& delivery, const StoreStatus& store,
                                     std::int64_t now_ms);
[[nodiscard]] nlohmann::json to_json(const MetricPoint& point);
// How many jobs there are in each state.
[[nodiscard]] nlohmann::json count_states(const std::vector<JobStatus>& jobs);

}  // namespace caretaker
