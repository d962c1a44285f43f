// SPDX-License-Identifier: MIT
#include "base/sample.h"

#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "base/text.h"

namespace caretaker {
namespace {

std::string labels_json(std::span<const Label> labels) {
  std::vector<Label> sorted(labels.begin(), labels.end());
  std::ranges::sort(sorted, {}, &Label::name);
  std::string json = "{";
  for (const Label& label : sorted) {
    if (json.size() > 1) json += ',';
    append_json_string(json, label.name);
    json += ':';
    append_json_string(json, label.value);
  }
  json += '}';
  return json;
}

}  // namespace

std::string_view to_string(MetricType type) {
  return type == MetricType::counter ? "counter" : "gauge";
}

SeriesRef SeriesFactory::make(const MetricInfo& info, std::initializer_list<Label> labels) const {
  return make_named(info.name, info, {labels.begin(), labels.size()});
}

SeriesRef SeriesFactory::make_named(std::string_view name, const MetricInfo& info,
                                    std::span<const Label> labels) const {
  std::string json = labels_json(labels);
  const std::int64_t id = hash64({as_bytes(host_id_), name, json});
  return std::make_shared<const Series>(Series{.id = id,
                                               .metric = std::string(name),
                                               .labels = std::move(json),
                                               .unit = info.unit,
                                               .help = info.help,
                                               .type = info.type});
}

double to_double(const Value& value) {
  return std::visit([](auto number) { return static_cast<double>(number); }, value);
}

void SampleBatch::start(std::string_view collector, Tick tick) {
  collector_ = collector;
  tick_ = tick;
  samples_.clear();
  not_finite_ = 0;
}

void SampleBatch::add(const SeriesRef& series, double value) {
  if (!std::isfinite(value)) {
    ++not_finite_;
    return;
  }
  samples_.push_back({series, value});
}

}  // namespace caretaker
