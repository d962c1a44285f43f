// SPDX-License-Identifier: MIT
#include "collectors/reference.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "collectors/collector.h"

namespace caretaker {
namespace {

constexpr std::string_view introduction = R"(# Collectors

Made from the tables in the sources; a test keeps this page equal to them.

Names and units are those of the Prometheus node exporter without its `node_` prefix; what the exporter does not
have follows the same rules. Counters are the kernel's raw values: they restart when the machine does. A metric
whose source is missing on a machine is absent, never 0.

What a name alone does not say:

- `cpu_seconds_total`: `user` and `nice` include the time of guests, which `cpu_guest_seconds_total` shows again by
  itself; do not add the two. Busy is everything but `idle` and `iowait`. Where the kernel lets a field fall back a
  little, the last value stays; a CPU whose idle time falls by 3 s or more was unplugged and starts anew.
- `system_*`: rates over the time since the last tick. They are absent at the first tick and after a suspend or a
  step of the clock. Where the kernel has no MemAvailable (before 3.14), free memory, buffers and page cache stand in.
- `filesystem_*`: of all mounts of one device the one with the shortest path. Network and FUSE file systems, and what
  is mounted below one, are left alone unless `[collector.filesystem] network_mount_points` lists them. Then a helper
  process measures them: while one does not answer within `network_timeout`, `filesystem_device_error` is 1 and its
  other values are absent.
- `disk_*`: whole disks only, unless `[collector.disk] partitions` is set. A sector has 512 bytes on every device.
- `network_*`: devices with hardware behind them, unless `[collector.network]` says otherwise. On a machine without
  any, such as a container, all devices but `lo`.

)";

void append_metric(std::string& out, const MetricInfo& metric) {
  fmt::format_to(std::back_inserter(out), "| `{}` | {} | {} | {} |\n", metric.name, to_string(metric.type),
                 metric.unit, metric.help);
}

void append_metrics(std::string& out, std::span<const MetricInfo> metrics) {
  out += "| metric | type | unit | meaning |\n|---|---|---|---|\n";
  for (const MetricInfo& metric : metrics) append_metric(out, metric);
  out += '\n';
}

}  // namespace

std::string collector_reference_markdown(std::span<const OtherMetrics> others) {
  std::string text(introduction);
  for (const CollectorInfo& info : collector_registry()) {
    fmt::format_to(std::back_inserter(text), "## {}\n\n{} Runs in the job `{}`.\n\n", info.name, info.help,
                   info.job);
    append_metrics(text, info.metrics);
  }
  for (const OtherMetrics& other : others) {
    fmt::format_to(std::back_inserter(text), "## {}\n\n{}\n\n", other.name, other.help);
    append_metrics(text, other.metrics);
  }
  text.pop_back();
  return text;
}

}  // namespace caretaker
