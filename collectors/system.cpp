// SPDX-License-Identifier: MIT
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "collectors/collector.h"
#include "collectors/cpu_times.h"
#include "collectors/keyed_states.h"
#include "collectors/meminfo.h"
#include "collectors/net_dev.h"
#include "collectors/source_text.h"

// The headline row: a few numbers that say how a host is, and what the SQL table `system_monitor` is made of.
namespace caretaker {
namespace {

enum Metric : std::size_t {
  cpu_usage,
  memory_usage,
  disk_usage,
  network_sent,
  network_received,
  metric_count
};

constexpr std::array<MetricInfo, metric_count> metrics = {
    gauge("system_cpu_usage_percent", "percent",
          "CPU time since the last tick that was neither idle nor iowait (/proc/stat)."),
    gauge("system_memory_usage_percent", "percent", "(MemTotal - MemAvailable) / MemTotal (/proc/meminfo)."),
    gauge("system_disk_usage_percent", "percent",
          "Used space of / as df(1) has it: used / (used + available)."),
    gauge("system_network_sent_bytes_per_second", "bytes_per_second",
          "Sent since the last tick by all physical devices (/proc/1/net/dev)."),
    gauge("system_network_received_bytes_per_second", "bytes_per_second",
          "Received since the last tick by all physical devices (/proc/1/net/dev)."),
};

constexpr double percent = 100;

std::uint64_t increase(std::uint64_t now, std::uint64_t before) {
  return now > before ? now - before : 0;
}

// Guest time is part of user time, so the first eight fields are all of it. Nothing when no time has passed
// or when it went backwards as a whole: after a restore or CPU hotplug the two reads cannot be compared.
std::optional<double> busy_percent(const CpuTimes& now, const CpuTimes& before) {
  std::array<std::uint64_t, cpu_guest> delta{};
  for (std::size_t i = 0; i < delta.size(); ++i) delta[i] = increase(now.ticks[i], before.ticks[i]);
  const auto sum = [](const auto& fields) {
    return std::accumulate(fields.begin(), fields.begin() + cpu_guest, std::uint64_t{0});
  };
  const std::uint64_t total = sum(delta);
  if (total == 0 || sum(now.ticks) < sum(before.ticks)) return std::nullopt;
  const std::uint64_t idle = delta[cpu_idle] + delta[cpu_iowait];
  return percent * static_cast<double>(total - idle) / static_cast<double>(total);
}

struct Traffic {
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
};

struct DeviceTraffic {
  bool counted = false;         // a physical device
  std::optional<Traffic> last;  // absent: a new device, or a new baseline
};

class SystemCollector final : public Collector {
 public:
  explicit SystemCollector(const CollectorContext& context)
      : clock_(context.clock),
        filesystem_space_(context.filesystem_space),
        root_(context.paths.root("/")),
        stat_(context.paths.proc("stat")),
        meminfo_(context.paths.proc("meminfo")),
        net_dev_(context.paths.proc("1/net/dev"), context.paths.proc("net/dev")),
        physical_(context.paths, context.config.network) {
    for (std::size_t i = 0; i < metric_count; ++i) series_[i] = context.series.make(metrics[i]);
  }

  Result<Outcome> collect(SampleBatch& out) override {
    if (std::exchange(discontinuities_, out.tick().discontinuities) != out.tick().discontinuities) {
      last_cpu_.reset();
      last_network_ns_.reset();
    }
    CombinedOutcome outcome;
    outcome.add(collect_cpu(out));
    outcome.add(collect_memory(out));
    outcome.add(collect_disk(out));
    outcome.add(collect_network(out));
    return outcome.result();
  }

 private:
  Result<Outcome> collect_cpu(SampleBatch& out) {
    const auto text = stat_.read();
    if (!text) return without_source(text.error());
    SourceLines lines(stat_.path(), *text);
    std::string_view line;
    if (!lines.next(line)) return lines.result(false);
    const bool is_sum = take_word(line) == "cpu";
    const auto now = is_sum ? parse_cpu_times(line) : std::nullopt;
    if (!now) lines.reject();
    if (now && last_cpu_) {
      if (const auto busy = busy_percent(*now, *last_cpu_)) out.add(series_[cpu_usage], *busy);
    }
    last_cpu_ = now;
    return lines.result(true);
  }

  Result<Outcome> collect_memory(SampleBatch& out) {
    const auto text = meminfo_.read();
    if (!text) return without_source(text.error());
    std::optional<std::uint64_t> total;
    std::optional<std::uint64_t> available;
    std::uint64_t reclaimable = 0;  // what stands in for MemAvailable before Linux 3.14
    SourceLines lines(meminfo_.path(), *text);
    for (std::string_view line; lines.next(line);) {
      const auto field = parse_meminfo_line(line);
      if (!field) lines.reject();
      if (!field || !field->bytes) continue;
      if (field->key == "MemTotal") total = field->value;
      if (field->key == "MemAvailable") available = field->value;
      if (field->key == "MemFree" || field->key == "Buffers" || field->key == "Cached") {
        reclaimable += field->value;
      }
    }
    if (!total || *total == 0) return lines.result(false);
    const std::uint64_t used = increase(*total, available.value_or(reclaimable));
    out.add(series_[memory_usage], percent * static_cast<double>(used) / static_cast<double>(*total));
    return lines.result(true);
  }

  Result<Outcome> collect_disk(SampleBatch& out) {
    // Called directly whatever its type is: the daemon itself runs from the root file system.
    const auto space = filesystem_space_(root_);
    if (!space) return without_source(space.error());
    const double used = static_cast<double>(space->size_bytes - space->free_bytes);
    const double usable = used + static_cast<double>(space->avail_bytes);
    if (usable <= 0) return Outcome::no_data;
    out.add(series_[disk_usage], percent * used / usable);
    return Outcome::ok;
  }

  Result<Outcome> collect_network(SampleBatch& out) {
    const auto text = net_dev_.read();
    if (!text) return without_source(text.error());
    const std::int64_t now_ns = clock_.now().monotonic_ns;
    const bool comparable = last_network_ns_ && now_ns > *last_network_ns_;
    Traffic sum;
    bool found = false;
    SourceLines lines(net_dev_.path(), *text);
    std::string_view line;
    for (std::size_t i = 0; i < net_dev_heading_lines; ++i) {
      if (!lines.next(line)) break;
    }
    devices_.begin_pass();
    physical_.begin_pass();
    while (lines.next(line)) {
      if (const auto device = parse_net_dev_line(line)) {
        found |= add_traffic(*device, sum);
      } else {
        lines.reject();
      }
    }
    devices_.end_pass();
    if (comparable && found) add_rates(sum, now_ns - *last_network_ns_, out);
    last_network_ns_ = now_ns;
    return lines.result(found);
  }

  // True when the device counts. A device that is new or was reset only sets its baseline.
  bool add_traffic(const NetDevLine& line, Traffic& sum) {
    DeviceTraffic* device = devices_.find_or_add(line.device, [&] {
      return DeviceTraffic{.counted = physical_.is_physical(std::string(line.device)), .last = {}};
    });
    if (device == nullptr || !device->counted) return false;
    const Traffic now{.sent_bytes = line.counters[net_transmit_bytes],
                      .received_bytes = line.counters[net_receive_bytes]};
    if (device->last) {
      sum.sent_bytes += increase(now.sent_bytes, device->last->sent_bytes);
      sum.received_bytes += increase(now.received_bytes, device->last->received_bytes);
    }
    device->last = now;
    return true;
  }

  void add_rates(const Traffic& sum, std::int64_t elapsed_ns, SampleBatch& out) const {
    const double seconds = static_cast<double>(elapsed_ns) / static_cast<double>(ns_per_s);
    out.add(series_[network_sent], static_cast<double>(sum.sent_bytes) / seconds);
    out.add(series_[network_received], static_cast<double>(sum.received_bytes) / seconds);
  }

  const Clock& clock_;
  FilesystemSpaceReader filesystem_space_;
  std::string root_;
  PolledFile stat_;
  PolledFile meminfo_;
  PolledPair net_dev_;
  NetworkDeviceFilter physical_;
  std::array<SeriesRef, metric_count> series_;
  std::uint32_t discontinuities_ = 0;
  std::optional<CpuTimes> last_cpu_;
  std::optional<std::int64_t> last_network_ns_;  // CLOCK_MONOTONIC of the last read
  KeyedStates<DeviceTraffic> devices_;
};

}  // namespace

extern const CollectorInfo system_collector = {
    .name = "system",
    .job = "system",
    .help = "The headline numbers of the host; feeds the SQL table system_monitor.",
    .metrics = metrics,
    .create = create_collector<SystemCollector>,
    .has_rates = true};

}  // namespace caretaker
