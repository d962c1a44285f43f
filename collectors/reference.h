// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/sample.h"

namespace caretaker {

// Metrics that no collector makes.
struct OtherMetrics {
  std::string_view name;
  std::string_view help;  // whole sentences
  std::span<const MetricInfo> metrics;
};

// docs/collectors.md: every collector with its metrics, made from the registry, and then `others`.
[[nodiscard]] std::string collector_reference_markdown(std::span<const OtherMetrics> others);

}  // namespace caretaker
