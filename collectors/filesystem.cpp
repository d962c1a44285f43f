// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/mount_probe.h"
#include "collectors/collector.h"
#include "collectors/mount_table.h"
#include "collectors/source_text.h"

namespace caretaker {
namespace {

enum Metric : std::size_t { size, free, avail, files, files_free, read_only, device_error, metric_count };

constexpr std::array<MetricInfo, metric_count> metrics = {
    gauge("filesystem_size_bytes", "bytes", "Size of the file system (statvfs(3))."),
    gauge("filesystem_free_bytes", "bytes", "Free space, root's reserve included (statvfs(3))."),
    gauge("filesystem_avail_bytes", "bytes", "Free space for all users (statvfs(3))."),
    gauge("filesystem_files", "", "Inodes; absent where their number is not fixed (statvfs(3))."),
    gauge("filesystem_files_free", "", "Free inodes (statvfs(3))."),
    gauge(
        "filesystem_readonly", "",
        "1 when mounted read-only or made so after an error, which is seen within 10 s (/proc/1/mountinfo)."),
    gauge("filesystem_device_error", "",
          "1 when the file system cannot be measured: statvfs(3) failed, or does not return."),
};

// How long one tick waits for the answers about all network mounts together. What comes later is taken at the
// next tick.
constexpr std::chrono::milliseconds answers_wait_max{200};

// The kernel tells when something is mounted, remounted or unmounted, but not when a file system makes itself
// read-only after an error: that is seen this much later.
constexpr std::chrono::seconds table_age_max{10};

struct MeasuredMount {
  std::string path;  // for statvfs: below HostPaths::rootfs
  bool read_only = false;
  std::array<SeriesRef, metric_count> series;
  std::unique_ptr<MountProbe> probe;  // null: called directly
};

class FilesystemCollector final : public Collector {
 public:
  explicit FilesystemCollector(const CollectorContext& context)
      : context_(context),
        config_(context.config.filesystem),
        mountinfo_(context.paths.proc("1/mountinfo"), context.paths.proc("self/mountinfo"),
                   PolledFile::line_max_any) {}

  Result<Outcome> collect(SampleBatch& out) override {
    if (const auto looked = look_at_mounts(); !looked) return without_source(looked.error());
    for (const MeasuredMount& mount : mounts_) {
      if (!mount.probe) add_samples(mount, context_.filesystem_space(mount.path), out);
    }
    ask_probes(out);
    return outcome_;
  }

 private:
  Result<> look_at_mounts() {
    const std::int64_t now_ns = context_.clock.now().monotonic_ns;
    if (now_ns < next_look_ns_ && !mountinfo_.may_have_changed()) return {};
    const auto text = mountinfo_.read();
    if (!text) return std::unexpected(text.error());
    if (*text != mountinfo_text_) choose_mounts(*text);
    next_look_ns_ = now_ns + std::chrono::nanoseconds(table_age_max).count();
    return {};
  }

  // Everything here happens only when the mount table has changed.
  void choose_mounts(std::string_view text) {
    mountinfo_text_ = text;
    SourceLines lines(mountinfo_.path(), mountinfo_text_);
    std::vector<Mount> table = parse_table(lines);
    if (context_.paths.rootfs == "/") hide_invisible(table);
    MountSelection selection = select_mounts(std::move(table), config_);
    std::vector<MeasuredMount> old = std::exchange(mounts_, {});
    labels_.clear();
    for (const Mount& mount : selection.local) add_mount(mount, nullptr);
    std::size_t probes = 0;
    for (const Mount& mount : selection.remote) {
      if (++probes > mount_probes_max) break;
      add_mount(mount, take_probe(old, context_.paths.root(mount.mount_point)));
    }
    outcome_ = lines.result(!mounts_.empty());
    if (outcome_ && probes > mount_probes_max) {
      outcome_ = fail("[collector.filesystem] network_mount_points: matches more than " +
                      std::to_string(mount_probes_max) + " mounts; the rest is not measured");
    }
    collect_probes();
  }

  static std::vector<Mount> parse_table(SourceLines& lines) {
    std::vector<Mount> table;
    for (std::string_view line; lines.next(line);) {
      if (auto mount = parse_mountinfo_line(line)) {
        table.push_back(std::move(*mount));
      } else {
        lines.reject();
      }
    }
    return table;
  }

  void hide_invisible(std::vector<Mount>& table) const {
    const std::string path = context_.paths.proc("self/mountinfo");
    const auto text = read_file(path);
    if (!text) return;
    SourceLines lines(path, *text);
    keep_visible(table, parse_table(lines));
  }

  std::unique_ptr<MountProbe> take_probe(std::vector<MeasuredMount>& old, const std::string& path) const {
    for (MeasuredMount& mount : old) {
      if (mount.probe && mount.path == path) return std::move(mount.probe);
    }
    return std::make_unique<MountProbe>(context_.statvfs_helper_command, path, config_.network_timeout);
  }

  void add_mount(const Mount& mount, std::unique_ptr<MountProbe> probe) {
    MeasuredMount measured{.path = context_.paths.root(mount.mount_point),
                           .read_only = mount.read_only,
                           .series = {},
                           .probe = std::move(probe)};
    for (std::size_t i = 0; i < metric_count; ++i) {
      measured.series[i] = context_.series.make(
          metrics[i], {{"device", mount.source}, {"fstype", mount.type}, {"mountpoint", mount.mount_point}});
    }
    // Names that differ only in bytes that are no UTF-8 end up as the same series.
    if (labels_.insert(measured.series[0]->labels).second) mounts_.push_back(std::move(measured));
  }

  void collect_probes() {
    probes_.clear();
    for (const MeasuredMount& mount : mounts_) {
      if (mount.probe) probes_.push_back(mount.probe.get());
    }
    answers_.assign(mounts_.size(), std::nullopt);
  }

  // An answer to an earlier tick's request counts, unless this tick's comes in time as well.
  void ask_probes(SampleBatch& out) {
    if (probes_.empty()) return;
    const std::int64_t now_ns = context_.clock.now().monotonic_ns;
    take_answers();
    asked_.clear();
    for (MountProbe* probe : probes_) {
      // What did not answer in its own tick is not waited for again.
      if (!probe->in_flight()) asked_.push_back(probe);
      probe->request(now_ns);
    }
    MountProbe::wait_for_answers(asked_, std::min(answers_wait_max, config_.network_timeout));
    take_answers();
    for (std::size_t i = 0; i < mounts_.size(); ++i) {
      const MeasuredMount& mount = mounts_[i];
      if (!mount.probe) continue;
      if (const auto answer = std::exchange(answers_[i], std::nullopt)) {
        add_samples(mount, *answer, out);
      } else if (mount.probe->stuck(now_ns)) {
        add_error(mount, out);
      }
    }
  }

  void take_answers() {
    for (std::size_t i = 0; i < mounts_.size(); ++i) {
      if (!mounts_[i].probe) continue;
      if (auto answer = mounts_[i].probe->take_answer()) answers_[i] = std::move(answer);
    }
  }

  static void add_error(const MeasuredMount& mount, SampleBatch& out) {
    out.add(mount.series[read_only], static_cast<std::uint64_t>(mount.read_only));
    out.add(mount.series[device_error], std::uint64_t{1});
  }

  static void add_samples(const MeasuredMount& mount, const Result<FilesystemSpace>& space,
                          SampleBatch& out) {
    if (!space) return add_error(mount, out);
    if (space->size_bytes == 0) return;  // a pseudo file system that no list names
    out.add(mount.series[size], space->size_bytes);
    out.add(mount.series[free], space->free_bytes);
    out.add(mount.series[avail], space->avail_bytes);
    if (space->files > 0) {
      out.add(mount.series[files], space->files);
      out.add(mount.series[files_free], space->files_free);
    }
    out.add(mount.series[read_only], static_cast<std::uint64_t>(mount.read_only));
    out.add(mount.series[device_error], std::uint64_t{0});
  }

  const CollectorContext context_;  // a few references
  const FilesystemConfig& config_;
  PolledPair mountinfo_;
  std::string mountinfo_text_;     // from which the rest was chosen
  std::int64_t next_look_ns_ = 0;  // CLOCK_MONOTONIC, unless it is known to have changed
  Result<Outcome> outcome_ = Outcome::no_data;
  std::vector<MeasuredMount> mounts_;
  std::set<std::string> labels_;
  std::vector<MountProbe*> probes_;                              // those in mounts_
  std::vector<const MountProbe*> asked_;                         // those of this tick
  std::vector<std::optional<Result<FilesystemSpace>>> answers_;  // beside mounts_
};

}  // namespace

extern const CollectorInfo filesystem_collector = {
    .name = "filesystem",
    .job = "filesystem",
    .help =
        "Space and inodes per mounted file system (/proc/1/mountinfo, else /proc/self/mountinfo; statvfs).",
    .metrics = metrics,
    .create = create_collector<FilesystemCollector>};

}  // namespace caretaker
