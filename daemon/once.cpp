// SPDX-License-Identifier: MIT
#include "daemon/once.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <thread>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/identity.h"
#include "base/text.h"
#include "collectors/collector.h"
#include "collectors/prometheus_text.h"

namespace caretaker {
namespace {

constexpr int exit_ok = 0;
constexpr int exit_failures = 1;
constexpr int exit_usage = 2;

// The interval of rates. Long enough for some ticks of CPU time, which has a resolution of 10 ms.
constexpr std::chrono::milliseconds baseline_age{200};

constexpr std::string_view node_exporter_prefix = "node_";

struct Failure {
  std::string_view collector;
  std::string message;
};

struct Report {
  HostIdentity host;
  std::int64_t time_ms = 0;
  std::vector<SampleBatch> batches;
  std::vector<Failure> failures;
};

std::string unknown_collector(std::string_view name) {
  std::vector<std::string_view> known;
  for (const CollectorInfo& info : collector_registry()) known.push_back(info.name);
  const auto nearest = nearest_word(name, known);
  return fmt::format("unknown collector '{}'{} (there are: {})", name,
                     nearest ? fmt::format(", did you mean '{}'?", *nearest) : "", fmt::join(known, ", "));
}

Result<std::vector<const CollectorInfo*>> choose(const std::vector<std::string>& names) {
  std::vector<const CollectorInfo*> chosen;
  const bool all = names.empty() || std::ranges::find(names, "all") != names.end();
  for (const std::string& name : names) {
    if (name != "all" && find_collector(name) == nullptr) return fail(unknown_collector(name));
  }
  for (const CollectorInfo& info : collector_registry()) {
    if (all || std::ranges::find(names, info.name) != names.end()) chosen.push_back(&info);
  }
  return chosen;
}

Tick tick_now(const Clock& clock) {
  const ClockReading now = clock.now();
  return {.time_ms = now.realtime_ns / ns_per_ms, .monotonic_ns = now.monotonic_ns, .discontinuities = 0};
}

class OnceRun {
 public:
  OnceRun(const OnceOptions& options, std::span<const CollectorInfo* const> chosen)
      : chosen_(chosen), host_(read_host_identity(options.paths)), factory_(host_.id) {
    const CollectorContext context{.paths = options.paths,
                                   .series = factory_,
                                   .config = options.config,
                                   .clock = clock_,
                                   .self_stats = no_stats_,
                                   .statvfs_helper_command = options.statvfs_helper_command};
    for (const CollectorInfo* info : chosen_) collectors_.push_back(info->create(context));
  }

  Report collect() {
    read_baselines();
    Report report{
        .host = host_, .time_ms = clock_.now().realtime_ns / ns_per_ms, .batches = {}, .failures = {}};
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      SampleBatch& batch = report.batches.emplace_back();
      batch.start(chosen_[i]->name, tick_now(clock_));
      if (const auto outcome = collectors_[i]->collect(batch); !outcome) {
        report.failures.push_back({.collector = chosen_[i]->name, .message = outcome.error().message});
      }
    }
    return report;
  }

 private:
  void read_baselines() {
    bool any = false;
    for (std::size_t i = 0; i < chosen_.size(); ++i) {
      if (!chosen_[i]->has_rates) continue;
      SampleBatch unused;
      unused.start(chosen_[i]->name, tick_now(clock_));
      // An error comes again with the real read.
      static_cast<void>(collectors_[i]->collect(unused));
      any = true;
    }
    if (any) std::this_thread::sleep_for(baseline_age);
  }

  std::span<const CollectorInfo* const> chosen_;
  HostIdentity host_;
  SeriesFactory factory_;
  SystemClock clock_;
  std::function<SelfStats()> no_stats_;
  std::vector<std::unique_ptr<Collector>> collectors_;
};

nlohmann::ordered_json json_of(const Sample& sample, std::string_view collector) {
  nlohmann::ordered_json json = {{"collector", collector},
                                 {"metric", sample.series->metric},
                                 {"labels", nlohmann::ordered_json::parse(sample.series->labels)}};
  std::visit([&](auto number) { json["value"] = number; }, sample.value);
  json["unit"] = sample.series->unit;
  json["type"] = to_string(sample.series->type);
  return json;
}

std::string json_text(const Report& report) {
  nlohmann::ordered_json json = {{"host", report.host.name}, {"time_ms", report.time_ms}};
  json["samples"] = nlohmann::ordered_json::array();
  for (const SampleBatch& batch : report.batches) {
    for (const Sample& sample : batch.samples())
      json["samples"].push_back(json_of(sample, batch.collector()));
  }
  json["failures"] = nlohmann::ordered_json::array();
  for (const Failure& failure : report.failures) {
    json["failures"].push_back({{"collector", failure.collector}, {"error", failure.message}});
  }
  // A host's name may be any bytes.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

using Row = std::array<std::string, 4>;

// `{"cpu":"0","mode":"idle"}` -> `cpu=0 mode=idle`
std::string labels_text(const std::string& json) {
  const auto labels = nlohmann::json::parse(json);
  std::string text;
  for (const auto& [name, value] : labels.items()) {
    if (!text.empty()) text += ' ';
    text += name + "=" + value.get_ref<const std::string&>();
  }
  return text;
}

Row row_of(const Sample& sample) {
  std::string value = std::visit([](auto number) { return fmt::format("{}", number); }, sample.value);
  // The last digits of a quotient are noise.
  if (const double* number = std::get_if<double>(&sample.value)) value = fmt::format("{:.10g}", *number);
  return {sample.series->metric, labels_text(sample.series->labels), std::move(value),
          std::string(sample.series->unit)};
}

std::string table_text(const Report& report) {
  std::vector<Row> rows = {{"METRIC", "LABELS", "VALUE", "UNIT"}};
  for (const SampleBatch& batch : report.batches) {
    for (const Sample& sample : batch.samples()) rows.push_back(row_of(sample));
  }
  std::array<std::size_t, 3> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line = fmt::format("{:<{}}  {:<{}}  {:>{}}  {}", row[0], widths[0], row[1], widths[1], row[2],
                                   widths[2], row[3]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string text_of(const Report& report, OnceFormat format) {
  if (format == OnceFormat::json) return json_text(report);
  if (format == OnceFormat::prometheus) return prometheus_text(report.batches, node_exporter_prefix);
  return table_text(report);
}

}  // namespace

std::optional<OnceFormat> parse_once_format(std::string_view text) {
  if (text == "table") return OnceFormat::table;
  if (text == "json") return OnceFormat::json;
  if (text == "prometheus") return OnceFormat::prometheus;
  return std::nullopt;
}

int run_once(const OnceOptions& options, std::FILE* out, std::FILE* err) {
  const auto chosen = choose(options.collectors);
  if (!chosen) {
    fmt::print(err, "caretakerd: {}\n", chosen.error().message);
    return exit_usage;
  }
  const Report report = OnceRun(options, *chosen).collect();
  const std::string text = text_of(report, options.format);
  std::fwrite(text.data(), 1, text.size(), out);
  for (const Failure& failure : report.failures) {
    fmt::print(err, "caretakerd: collector {}: {}\n", failure.collector, failure.message);
  }
  const bool written = std::fflush(out) == 0 && std::ferror(out) == 0;
  if (!written) fmt::print(err, "caretakerd: cannot write the output\n");
  return report.failures.empty() && written ? exit_ok : exit_failures;
}

}  // namespace caretaker
