// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/file.h"
#include "base/unique_fd.h"
#include "collectors/collector.h"
#include "collectors/cpu_times.h"
#include "collectors/keyed_states.h"
#include "collectors/meminfo.h"
#include "collectors/source_text.h"

namespace caretaker {
namespace {

// Metrics about the process.
enum ProcessMetric : std::size_t { cpu_seconds, resident_memory, anonymous_memory, threads, open_fds };
// Metrics per job, behind those.
constexpr std::size_t job_metrics_begin = 5;
constexpr std::size_t job_metric_count = 6;
constexpr std::size_t dropped_metric = job_metrics_begin + job_metric_count;
// Metrics about the daemon as a whole, behind that.
constexpr std::size_t daemon_metrics_begin = dropped_metric + 1;

constexpr std::array metrics = {
    counter("caretaker_cpu_seconds_total", "seconds", "CPU time of the daemon (/proc/self/stat)."),
    gauge("caretaker_resident_memory_bytes", "bytes", "Resident memory (/proc/self/status, VmRSS)."),
    gauge("caretaker_anonymous_memory_bytes", "bytes",
          "Resident memory of its own (/proc/self/status, RssAnon)."),
    gauge("caretaker_threads", "", "Threads of the daemon (/proc/self/stat)."),
    gauge("caretaker_open_fds", "", "Open file descriptors (/proc/self/fd)."),

    counter("caretaker_job_runs_total", "", "Runs of the job since the daemon's start."),
    counter("caretaker_job_failures_total", "", "Runs of the job that ended in an error."),
    counter("caretaker_job_missed_total", "", "Ticks skipped because the job was busy or the machine slept."),
    gauge("caretaker_job_duration_seconds", "seconds", "How long the job's last run took."),
    gauge("caretaker_job_lateness_seconds", "seconds", "How late after its tick the job's last run began."),
    gauge("caretaker_job_stuck", "", "1 while a run of the job is past its timeout."),

    counter("caretaker_samples_dropped_total", "", "Samples lost over the store's life, by reason."),

    counter("caretaker_samples_collected_total", "", "Samples collected over the store's life."),
    counter("caretaker_samples_delivered_total", "", "Samples delivered to MySQL over the store's life."),
    gauge("caretaker_samples_pending", "", "Samples that wait for delivery to MySQL."),
    counter("caretaker_samples_expired_total", "", "Samples whose retention ended over the store's life."),
    gauge("caretaker_store_size_bytes", "bytes", "Size of the local store with its write-ahead log."),
    gauge("caretaker_store_queue_samples", "", "Samples in memory that wait for the local store's commit."),
    counter("caretaker_store_commits_total", "", "Commits of the local store since the daemon's start."),
    gauge("caretaker_store_commit_duration_seconds", "seconds", "How long the last commit took."),
    gauge("caretaker_store_writable", "", "1 while the local store can be written."),
    gauge("caretaker_mysql_enabled", "", "1 when MySQL is configured."),
    gauge("caretaker_mysql_connected", "", "1 while connected to MySQL."),
    gauge("caretaker_mysql_lag_seconds", "seconds", "Age of the oldest batch that waits for MySQL."),
    counter("caretaker_clock_steps_total", "", "Steps of the wall clock that were noticed."),
    counter("caretaker_suspends_total", "", "Suspends of the machine that were noticed."),
};

using StatsValue = Value (*)(const SelfStats&);

// The values of the metrics from daemon_metrics_begin on, in their order.
constexpr std::array<StatsValue, metrics.size() - daemon_metrics_begin> daemon_values = {
    [](const SelfStats& stats) { return Value(stats.samples_collected); },
    [](const SelfStats& stats) { return Value(stats.samples_delivered); },
    [](const SelfStats& stats) { return Value(stats.samples_pending); },
    [](const SelfStats& stats) { return Value(stats.samples_expired); },
    [](const SelfStats& stats) { return Value(stats.store_size_bytes); },
    [](const SelfStats& stats) { return Value(stats.store_queue_samples); },
    [](const SelfStats& stats) { return Value(stats.store_commits); },
    [](const SelfStats& stats) { return Value(stats.store_last_commit_seconds); },
    [](const SelfStats& stats) { return Value(std::uint64_t{stats.store_writable}); },
    [](const SelfStats& stats) { return Value(std::uint64_t{stats.mysql_enabled}); },
    [](const SelfStats& stats) { return Value(std::uint64_t{stats.mysql_connected}); },
    [](const SelfStats& stats) { return Value(stats.mysql_lag_seconds); },
    [](const SelfStats& stats) { return Value(stats.clock_steps); },
    [](const SelfStats& stats) { return Value(stats.suspends); },
};

using JobValue = Value (*)(const SelfStats::Job&);

// The values of the metrics per job, in their order.
constexpr std::array<JobValue, job_metric_count> job_values = {
    [](const SelfStats::Job& job) { return Value(job.runs); },
    [](const SelfStats::Job& job) { return Value(job.failures); },
    [](const SelfStats::Job& job) { return Value(job.missed); },
    [](const SelfStats::Job& job) { return Value(job.last_duration_seconds); },
    [](const SelfStats::Job& job) { return Value(job.last_lateness_seconds); },
    [](const SelfStats::Job& job) { return Value(std::uint64_t{job.stuck}); },
};

void add_value(SampleBatch& out, const SeriesRef& series, const Value& value) {
  std::visit([&](auto number) { out.add(series, number); }, value);
}

struct ProcessStat {
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  std::uint64_t threads = 0;
};

// proc_pid_stat(5): the name in parentheses may hold blanks and parentheses; fields 14, 15 and 20 are ours.
std::optional<ProcessStat> parse_process_stat(std::string_view line) {
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  line.remove_prefix(name_end + 1);
  for (int field = 3; field < 14; ++field) take_word(line);
  const auto user = take_number(line);
  const auto system = take_number(line);
  for (int field = 16; field < 20; ++field) take_word(line);
  const auto threads = take_number(line);
  if (!user || !system || !threads) return std::nullopt;
  return ProcessStat{.user_ticks = *user, .system_ticks = *system, .threads = *threads};
}

Result<std::uint64_t> count_entries(const std::string& path) {
  const std::unique_ptr<DIR, decltype([](DIR* dir) { ::closedir(dir); })> dir(::opendir(path.c_str()));
  if (!dir) return fail_errno(errno, "open " + path);
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(dir.get())) {
    if (entry->d_name[0] != '.') ++count;
  }
  return count;
}

// Nothing where /proc is a tree of plain files.
UniqueFd open_on_proc(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
  return fd.valid() && is_on_proc(fd.get()) ? std::move(fd) : UniqueFd();
}

// Since Linux 6.2 the size of /proc/PID/fd is the number of descriptors (proc(5)): a tenth of the cost of
// listing them. 0 where it is not.
std::uint64_t size_of(const UniqueFd& folder) {
  struct stat status{};
  if (!folder.valid() || ::fstat(folder.get(), &status) != 0) return 0;
  return static_cast<std::uint64_t>(status.st_size);
}

class SelfCollector final : public Collector {
 public:
  explicit SelfCollector(const CollectorContext& context)
      : factory_(context.series),
        self_stats_(context.self_stats),
        stat_(context.paths.proc("self/stat")),
        status_(context.paths.proc("self/status")),
        fd_folder_path_(context.paths.proc("self/fd")),
        fd_folder_(open_on_proc(fd_folder_path_)),
        user_cpu_(factory_.make(metrics[cpu_seconds], {{"mode", "user"}})),
        system_cpu_(factory_.make(metrics[cpu_seconds], {{"mode", "system"}})) {
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      if (is_unlabelled(i)) series_[i] = factory_.make(metrics[i]);
    }
  }

  Result<Outcome> collect(SampleBatch& out) override {
    CombinedOutcome outcome;
    outcome.add(collect_stat(out));
    outcome.add(collect_status(out));
    outcome.add(collect_open_fds(out));
    if (self_stats_) outcome.add(collect_daemon(self_stats_(), out));
    return outcome.result();
  }

 private:
  using JobSeries = std::array<SeriesRef, job_metric_count>;

  static bool is_unlabelled(std::size_t metric) {
    return metric != cpu_seconds && (metric < job_metrics_begin || metric >= daemon_metrics_begin);
  }

  Result<Outcome> collect_stat(SampleBatch& out) {
    const auto text = stat_.read();
    if (!text) return without_source(text.error());
    SourceLines lines(stat_.path(), *text);
    std::string_view line;
    if (!lines.next(line)) return lines.result(false);
    if (const auto stat = parse_process_stat(line)) {
      out.add(user_cpu_, static_cast<double>(stat->user_ticks) / hz_);
      out.add(system_cpu_, static_cast<double>(stat->system_ticks) / hz_);
      out.add(series_[threads], stat->threads);
    } else {
      lines.reject();
    }
    return lines.result(true);
  }

  Result<Outcome> collect_status(SampleBatch& out) {
    const auto text = status_.read();
    if (!text) return without_source(text.error());
    SourceLines lines(status_.path(), *text);
    bool resident_found = false;
    bool anonymous_found = false;
    for (std::string_view line; lines.next(line);) {
      const bool resident = line.starts_with("VmRSS:") && !std::exchange(resident_found, true);
      const bool anonymous = line.starts_with("RssAnon:") && !std::exchange(anonymous_found, true);
      if (!resident && !anonymous) continue;
      // The sizes have the form of /proc/meminfo.
      if (const auto field = parse_meminfo_line(line)) {
        out.add(series_[resident ? resident_memory : anonymous_memory], field->value);
      } else {
        lines.reject();
      }
    }
    return lines.result(resident_found || anonymous_found);
  }

  Result<Outcome> collect_open_fds(SampleBatch& out) {
    if (const std::uint64_t size = size_of(fd_folder_); size > 0) {
      out.add(series_[open_fds], size);
      return Outcome::ok;
    }
    const auto count = count_entries(fd_folder_path_);
    if (!count) return without_source(count.error());
    out.add(series_[open_fds], *count);
    return Outcome::ok;
  }

  Outcome collect_daemon(const SelfStats& stats, SampleBatch& out) {
    for (std::size_t i = 0; i < daemon_values.size(); ++i) {
      add_value(out, series_[daemon_metrics_begin + i], daemon_values[i](stats));
    }
    jobs_.begin_pass();
    for (const SelfStats::Job& job : stats.jobs) {
      const JobSeries* series = jobs_.find_or_add(job.name, [&] { return make_job_series(job.name); });
      if (series == nullptr) continue;
      for (std::size_t i = 0; i < job_metric_count; ++i) add_value(out, (*series)[i], job_values[i](job));
    }
    jobs_.end_pass();
    reasons_.begin_pass();
    for (const auto& [reason, samples] : stats.samples_dropped) {
      const SeriesRef* series = reasons_.find_or_add(
          reason, [&] { return factory_.make(metrics[dropped_metric], {{"reason", reason}}); });
      if (series != nullptr) out.add(*series, samples);
    }
    reasons_.end_pass();
    return Outcome::ok;
  }

  [[nodiscard]] JobSeries make_job_series(std::string_view job) const {
    JobSeries series;
    for (std::size_t i = 0; i < job_metric_count; ++i) {
      series[i] = factory_.make(metrics[job_metrics_begin + i], {{"job", job}});
    }
    return series;
  }

  const SeriesFactory& factory_;
  const std::function<SelfStats()>& self_stats_;
  PolledFile stat_;
  PolledFile status_;
  std::string fd_folder_path_;
  UniqueFd fd_folder_;
  double hz_ = static_cast<double>(ticks_per_second());
  SeriesRef user_cpu_;
  SeriesRef system_cpu_;
  std::array<SeriesRef, metrics.size()> series_;  // null for metrics with labels
  KeyedStates<JobSeries> jobs_;
  KeyedStates<SeriesRef> reasons_;
};

}  // namespace

extern const CollectorInfo self_collector = {
    .name = "self",
    .job = "self",
    .help = "The daemon itself: its process (/proc/self), jobs, local store and delivery.",
    .metrics = metrics,
    .create = create_collector<SelfCollector>};

}  // namespace caretaker
