// SPDX-License-Identifier: MIT
#include "daemon/headline.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>
#include <string_view>

#include "base/clock.h"

namespace caretaker {
namespace {

struct Column {
  std::string_view metric;
  std::optional<double> Headline::* value;
};
constexpr std::array columns = {
    Column{"system_cpu_usage_percent", &Headline::cpu_percent},
    Column{"system_memory_usage_percent", &Headline::memory_percent},
    Column{"system_disk_usage_percent", &Headline::disk_percent},
    Column{"system_network_sent_bytes_per_second", &Headline::sent_bytes_per_second},
    Column{"system_network_received_bytes_per_second", &Headline::received_bytes_per_second},
};

std::string format_percent(std::optional<double> percent) {
  return percent ? fmt::format("{:5.1f} %", *percent) : "    - %";
}

std::string format_rate(std::optional<double> bytes_per_second) {
  if (!bytes_per_second) return "       -  ";
  constexpr std::array units = {"B/s ", "kB/s", "MB/s", "GB/s"};
  double number = *bytes_per_second;
  std::size_t unit = 0;
  while (number >= 1000 && unit + 1 < units.size()) {
    number /= 1000;
    ++unit;
  }
  return fmt::format("{:5.{}f} {}", number, unit == 0 ? 0 : 1, units[unit]);
}

}  // namespace

Headline headline_of(const SampleBatch& batch) {
  Headline headline{.time_ms = batch.tick().time_ms};
  for (const Sample& sample : batch.samples()) {
    for (const Column& column : columns) {
      if (sample.series->metric == column.metric) headline.*column.value = to_double(sample.value);
    }
  }
  return headline;
}

std::string format_headline(const Headline& headline) {
  const std::time_t seconds = headline.time_ms / ms_per_s;
  return fmt::format("{:%H:%M:%S}  cpu {}  memory {}  disk {}  net sent {}  received {}",
                     fmt::localtime(seconds), format_percent(headline.cpu_percent),
                     format_percent(headline.memory_percent), format_percent(headline.disk_percent),
                     format_rate(headline.sent_bytes_per_second),
                     format_rate(headline.received_bytes_per_second));
}

void HeadlineBoard::set(const Headline& headline) {
  const std::scoped_lock lock(mutex_);
  headline_ = headline;
}

Headline HeadlineBoard::get() const {
  const std::scoped_lock lock(mutex_);
  return headline_;
}

}  // namespace caretaker
