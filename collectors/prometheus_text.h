// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/sample.h"

namespace caretaker {

// The Prometheus text exposition format (version 0.0.4): one family after the other, sorted by name, each
// with HELP and TYPE once; within a family the samples keep their order. `prefix` ("node_" for dashboards
// made for the node exporter) goes before all names but those of the daemon itself (caretaker_*).
[[nodiscard]] std::string prometheus_text(std::span<const SampleBatch> batches, std::string_view prefix = {});

}  // namespace caretaker
