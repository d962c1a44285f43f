// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "collectors/collector.h"
#include "collectors/keyed_states.h"
#include "collectors/source_text.h"

namespace caretaker {
namespace {

// In the order of the fields of /proc/diskstats (Documentation/admin-guide/iostats.rst).
constexpr std::array metrics = {
    counter("disk_reads_completed_total", "", "Reads completed (/proc/diskstats, field 1)."),
    counter("disk_reads_merged_total", "", "Reads merged with a neighbour (/proc/diskstats, field 2)."),
    counter("disk_read_bytes_total", "bytes", "Bytes read (/proc/diskstats, field 3)."),
    counter("disk_read_time_seconds_total", "seconds", "Time spent by all reads (/proc/diskstats, field 4)."),
    counter("disk_writes_completed_total", "", "Writes completed (/proc/diskstats, field 5)."),
    counter("disk_writes_merged_total", "", "Writes merged with a neighbour (/proc/diskstats, field 6)."),
    counter("disk_written_bytes_total", "bytes", "Bytes written (/proc/diskstats, field 7)."),
    counter("disk_write_time_seconds_total", "seconds",
            "Time spent by all writes (/proc/diskstats, field 8)."),
    gauge("disk_io_now", "", "I/Os in flight (/proc/diskstats, field 9)."),
    counter("disk_io_time_seconds_total", "seconds", "Time with I/O in flight (/proc/diskstats, field 10)."),
    counter("disk_io_time_weighted_seconds_total", "seconds",
            "Time with I/O in flight, times the I/Os in flight (/proc/diskstats, field 11)."),
    counter("disk_discards_completed_total", "",
            "Discards completed (/proc/diskstats, field 12; Linux 4.18)."),
    counter("disk_discards_merged_total", "",
            "Discards merged with a neighbour (/proc/diskstats, field 13; Linux 4.18)."),
    counter("disk_discarded_sectors_total", "sectors",
            "Sectors of 512 bytes discarded (/proc/diskstats, field 14; Linux 4.18)."),
    counter("disk_discard_time_seconds_total", "seconds",
            "Time spent by all discards (/proc/diskstats, field 15; Linux 4.18)."),
    counter("disk_flush_requests_total", "",
            "Flush requests completed (/proc/diskstats, field 16; Linux 5.5)."),
    counter("disk_flush_requests_time_seconds_total", "seconds",
            "Time spent by all flush requests (/proc/diskstats, field 17; Linux 5.5)."),
};

// Always 512 in /proc/diskstats, whatever the device's own sector size is.
constexpr std::uint64_t bytes_per_sector = 512;
constexpr double ms_per_second = 1e3;
constexpr std::size_t fields_min = 11;
// Before Linux 2.6.25 partitions had four fields with another meaning.
constexpr std::size_t fields_of_old_partition = 4;

struct DiskLine {
  std::string_view device;
  std::array<std::uint64_t, metrics.size()> fields{};
  std::size_t count = 0;  // fields that are present: 4, 11, 15 or 17
};

// Fields that newer kernels may add are left out.
std::optional<DiskLine> parse_disk_line(std::string_view line) {
  if (!take_number(line) || !take_number(line)) return std::nullopt;  // major, minor
  DiskLine disk{.device = take_word(line)};
  while (disk.count < disk.fields.size()) {
    const std::string_view word = take_word(line);
    if (word.empty()) break;
    const auto number = parse_number<std::uint64_t>(word);
    if (!number) return std::nullopt;
    disk.fields[disk.count++] = *number;
  }
  const bool known = disk.count == fields_of_old_partition || disk.count >= fields_min;
  if (!known || !is_valid_utf8(disk.device)) return std::nullopt;
  return disk;
}

struct DiskState {
  bool measured = false;
  std::array<SeriesRef, metrics.size()> series;
};

void add_samples(const DiskLine& disk, const DiskState& state, SampleBatch& out) {
  for (std::size_t i = 0; i < disk.count; ++i) {
    if (metrics[i].unit == "seconds") {
      out.add(state.series[i], static_cast<double>(disk.fields[i]) / ms_per_second);
    } else if (metrics[i].unit == "bytes") {
      out.add(state.series[i], disk.fields[i] * bytes_per_sector);
    } else {
      out.add(state.series[i], disk.fields[i]);
    }
  }
}

class DiskCollector final : public Collector {
 public:
  explicit DiskCollector(const CollectorContext& context)
      : paths_(context.paths),
        series_(context.series),
        config_(context.config.disk),
        file_(context.paths.proc("diskstats")) {}

  Result<Outcome> collect(SampleBatch& out) override {
    const auto text = file_.read();
    if (!text) return without_source(text.error());
    SourceLines lines(file_.path(), *text);
    disks_.begin_pass();
    bool found = false;
    std::string_view line;
    while (lines.next(line)) {
      const auto disk = parse_disk_line(line);
      const DiskState* state =
          disk ? disks_.find_or_add(disk->device, [&] { return make_state(disk->device); }) : nullptr;
      if (state == nullptr) {
        lines.reject();
      } else if (state->measured && disk->count >= fields_min) {
        add_samples(*disk, *state, out);
        found = true;
      }
    }
    disks_.end_pass();
    return lines.result(found);
  }

 private:
  // Asks sysfs once per device.
  [[nodiscard]] DiskState make_state(std::string_view device) const {
    DiskState state{.measured = is_measured(std::string(device)), .series = {}};
    if (!state.measured) return state;
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      state.series[i] = series_.make(metrics[i], {{"device", device}});
    }
    return state;
  }

  [[nodiscard]] bool is_measured(const std::string& device) const {
    if (glob_match_any(config_.devices_exclude, device)) return false;
    if (config_.partitions) return true;
    // sysfs writes the `/` of names such as cciss/c0d0 as `!`.
    std::string name = device;
    std::ranges::replace(name, '/', '!');
    return !path_exists(paths_.sys("class/block/" + name + "/partition"));
  }

  const HostPaths& paths_;
  const SeriesFactory& series_;
  const DiskConfig& config_;
  PolledFile file_;
  KeyedStates<DiskState> disks_;
};

}  // namespace

extern const CollectorInfo disk_collector = {.name = "disk",
                                             .job = "disk",
                                             .help = "I/O of whole disks (/proc/diskstats).",
                                             .metrics = metrics,
                                             .create = create_collector<DiskCollector>};

}  // namespace caretaker
