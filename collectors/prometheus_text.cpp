// SPDX-License-Identifier: MIT
#include "collectors/prometheus_text.h"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>
#include <vector>

namespace caretaker {
namespace {

constexpr std::string_view own_prefix = "caretaker_";

// HELP texts escape backslash and line feed, label values the quote as well.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (quotes && c == '"')) out += '\\';
    out += c;
  }
}

// `{"cpu":"0"}` -> `{cpu="0"}`; nothing when there are no labels.
void append_labels(std::string& out, const std::string& json) {
  const auto labels = nlohmann::json::parse(json);
  if (labels.empty()) return;
  char separator = '{';
  for (const auto& [name, value] : labels.items()) {
    out += std::exchange(separator, ',');
    out += name;
    out += "=\"";
    append_escaped(out, value.get_ref<const std::string&>(), true);
    out += '"';
  }
  out += '}';
}

void append_family(std::string& out, const std::string& name, std::span<const Sample* const> samples) {
  const Series& first = *samples.front()->series;
  fmt::format_to(std::back_inserter(out), "# HELP {} ", name);
  append_escaped(out, first.help, false);
  fmt::format_to(std::back_inserter(out), "\n# TYPE {} {}\n", name, to_string(first.type));
  for (const Sample* sample : samples) {
    out += name;
    append_labels(out, sample->series->labels);
    std::visit([&](auto number) { fmt::format_to(std::back_inserter(out), " {}\n", number); }, sample->value);
  }
}

}  // namespace

std::string prometheus_text(std::span<const SampleBatch> batches, std::string_view prefix) {
  std::map<std::string, std::vector<const Sample*>> families;
  for (const SampleBatch& batch : batches) {
    for (const Sample& sample : batch.samples()) {
      const std::string& metric = sample.series->metric;
      const std::string_view before = metric.starts_with(own_prefix) ? std::string_view{} : prefix;
      families[std::string(before) + metric].push_back(&sample);
    }
  }
  std::string text;
  for (const auto& [name, samples] : families) append_family(text, name, samples);
  return text;
}

}  // namespace caretaker
