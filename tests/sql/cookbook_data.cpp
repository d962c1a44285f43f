// SPDX-License-Identifier: MIT
#include "cookbook_data.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

namespace caretaker {
namespace {

constexpr std::int64_t second_ms = 1000;
constexpr std::int64_t minute_ms = 60 * second_ms;
constexpr std::int64_t hour_ms = 60 * minute_ms;
constexpr std::int64_t day_ms = 24 * hour_ms;
constexpr std::int64_t this_minute_ms = cookbook_now_ms - cookbook_now_ms % minute_ms;
constexpr std::int64_t this_hour_ms = cookbook_now_ms - cookbook_now_ms % hour_ms;
constexpr std::int64_t today_ms = cookbook_now_ms - cookbook_now_ms % day_ms;
constexpr int other_series = 40;
constexpr double mib = 1024.0 * 1024;
constexpr double gib = 1024 * mib;

constexpr std::int64_t seconds_ago(std::int64_t n) {
  return cookbook_now_ms - n * second_ms;
}
// Begins of whole ones: 12:34:00 and 12:00:00 are 0 ago.
constexpr std::int64_t minutes_ago(std::int64_t n) {
  return this_minute_ms - n * minute_ms;
}
constexpr std::int64_t hours_ago(std::int64_t n) {
  return this_hour_ms - n * hour_ms;
}
constexpr std::int64_t clock(std::int64_t days_ago, std::int64_t hour, std::int64_t minute = 0) {
  return today_ms - days_ago * day_ms + hour * hour_ms + minute * minute_ms;
}

CookbookRollup one(std::int64_t time_ms, double value) {
  return {.time_ms = time_ms, .count = 1, .min = value, .max = value, .sum = value, .last = value};
}
CookbookRollup mean(std::int64_t time_ms, std::int64_t count, double value, double max) {
  return {time_ms, count, value / 2, max, value * static_cast<double>(count), value};
}

class Builder {
 public:
  explicit Builder(CookbookData& data) : data_(data) {}

  CookbookSeries& series(const std::string& host, const std::string& metric,
                         const std::string& labels = "{}") {
    for (CookbookSeries& known : data_.series) {
      if (known.host == host && known.metric == metric && known.labels == labels) return known;
    }
    return data_.series.emplace_back(CookbookSeries{host, metric, labels, {}, {}, {}});
  }
  // The newest sample, and one before it that must not be taken.
  void now(const std::string& host, const std::string& metric, const std::string& labels, double value,
           std::int64_t age_s = 6) {
    series(host, metric, labels).samples = {{seconds_ago(age_s + 10), 1}, {seconds_ago(age_s), value}};
  }
  // A counter that grows by `step` per minute in the last quarter of an hour, at first less and then more,
  // and by another number before that.
  void quarter_hour(const std::string& host, const std::string& metric, const std::string& labels,
                    double step) {
    constexpr int steps = 13;
    constexpr double mean_weight = (steps - 1) / 2.0;
    double value = 1000;
    for (int i = -30; i <= steps; ++i) {
      series(host, metric, labels).minutes.push_back(one(minutes_ago(steps + 1 - i), value));
      value += i < 0 ? step / 2 : step * i / mean_weight;
    }
  }
  // A counter that grows by `step` per minute, in `count` minutes up to the last one.
  void minutes(const std::string& host, const std::string& metric, const std::string& labels, int count,
               double begin, double step) {
    for (int i = 0; i < count; ++i) {
      series(host, metric, labels).minutes.push_back(one(minutes_ago(count - i), begin + i * step));
    }
  }
  // `count` hours up to the last one.
  void hours(const std::string& host, const std::string& metric, const std::string& labels, int count,
             const std::function<double(int hours_ago)>& value) {
    for (int i = count; i > 0; --i) {
      series(host, metric, labels).hours.push_back(one(hours_ago(i), value(i)));
    }
  }

 private:
  CookbookData& data_;
};

std::string device(std::string_view name) {
  return fmt::format(R"({{"device":"{}"}})", name);
}
std::string mount(std::string_view point) {
  return fmt::format(R"({{"device":"/dev/x","fstype":"ext4","mountpoint":"{}"}})", point);
}

void add_headlines(CookbookData& data) {
  data.headlines.push_back({"web1", seconds_ago(16), 99, 99, 99, 99, 99});
  data.headlines.push_back({"web1", seconds_ago(6), 20.5, 40, 50, 1000, 2000});
  data.headlines.push_back({"db1", seconds_ago(8), 75.5, 80, 60, 3000, 4000});
  data.headlines.push_back({"old1", clock(0, 12, 24), 100, 10, 10, 1, 1});
  for (int i = 1; i <= 20; ++i) {
    data.headlines.push_back({"web1", clock(0, 10, i), 1.0 * i, 40, 50, 0, 0});
    data.headlines.push_back({"web1", clock(2, 10, i), 100, 40, 50, 0, 0});
  }
  data.headlines.push_back({"web1", clock(1, 23), 60, 40, 50, 0, 0});
  for (int i = 1; i <= 4; ++i) data.headlines.push_back({"web1", clock(0, 11, i), 10.0 * i, 40, 50, 0, 0});
}

void add_load(Builder& add) {
  add.series("web1", "load1").samples = {
      {seconds_ago(3606), 7}, {seconds_ago(3594), 2.25}, {seconds_ago(16), 1.5}, {seconds_ago(6), 0.5}};
  add.now("db1", "load1", "{}", 9);
  const auto cores = [&](const std::string& host, int count) {
    for (int i = 0; i < count; ++i) {
      for (const char* mode : {"idle", "user"}) {
        add.now(host, "cpu_seconds_total", fmt::format(R"({{"cpu":"{}","mode":"{}"}})", i, mode), 1000 + i);
      }
    }
  };
  add.now("web1", "load5", "{}", 6);
  cores("web1", 4);
  add.now("db1", "load5", "{}", 4);
  cores("db1", 8);
  // A core that answered two minutes ago, and one that was taken away.
  add.now("web1", "cpu_seconds_total", R"({"cpu":"3","mode":"idle"})", 1000, 120);
  for (const char* host : {"web1", "db1"}) {
    add.now(host, "cpu_seconds_total", R"({"cpu":"99","mode":"idle"})", 1000, 900);
  }
  for (const std::int64_t time_ms : {clock(2, 4), clock(2, 5), clock(0, 4), clock(0, 4, 10)}) {
    add.series("web1", "load1").minutes.push_back(one(time_ms, 1));
  }
  // The minutes of 12:25, 12:26 and 12:27 are missing on web1.
  for (int i = 14; i > 0; --i) {
    add.series("db1", "load1").minutes.push_back(one(minutes_ago(i), 1));
    if (i < 7 || i > 9) add.series("web1", "load1").minutes.push_back(one(minutes_ago(i), 1));
  }
}

void add_memory(Builder& add) {
  constexpr int hours_of_week = 167;
  constexpr int hours_of_data = 200;
  add.hours("web1", "memory_MemAvailable_bytes", "{}", hours_of_data, [](int ago) {
    if (ago > hours_of_week) return 200 * mib;
    if (ago >= 144) return 4096 * mib;
    return ago > 23 ? 100 * mib : (3496 + (ago - 12) * 10) * mib;
  });
  add.hours("db1", "memory_MemAvailable_bytes", "{}", hours_of_week, [](int) { return 8000 * mib; });
  add.now("web1", "memory_SwapTotal_bytes", "{}", 1024 * mib, 120);
  add.now("web1", "memory_SwapFree_bytes", "{}", 256 * mib);
  add.now("db1", "memory_SwapTotal_bytes", "{}", 1024 * mib);
  add.now("db1", "memory_SwapFree_bytes", "{}", 128 * mib);
  add.now("mail1", "memory_SwapTotal_bytes", "{}", 1024 * mib);
  add.now("mail1", "memory_SwapFree_bytes", "{}", 1024 * mib);
}

void add_pressure(Builder& add) {
  add.quarter_hour("web1", "pressure_cpu_waiting_seconds_total", "{}", 6);
  add.quarter_hour("web1", "pressure_io_waiting_seconds_total", "{}", 27);
  add.quarter_hour("web1", "pressure_memory_waiting_seconds_total", "{}", 0);
  add.quarter_hour("db1", "pressure_io_waiting_seconds_total", "{}", 15);
  add.quarter_hour("db1", "pressure_memory_waiting_seconds_total", "{}", 0.3);
}

void add_file_systems(Builder& add) {
  const auto now = [&](const std::string& host, const std::string& point, double size, double free,
                       double avail) {
    add.now(host, "filesystem_size_bytes", mount(point), size * gib, 120);
    add.now(host, "filesystem_free_bytes", mount(point), free * gib);
    add.now(host, "filesystem_avail_bytes", mount(point), avail * gib);
  };
  const auto inodes = [&](const std::string& host, const std::string& point, double files, double free) {
    add.now(host, "filesystem_files", mount(point), files);
    add.now(host, "filesystem_files_free", mount(point), free);
  };
  now("web1", "/", 1000, 100, 50);
  inodes("web1", "/", 1000, 500);
  now("web1", "/boot", 100, 80, 80);
  inodes("web1", "/boot", 100, 5);
  now("web1", "/data", 100, 50, 50);
  now("db1", "/", 100, 5, 5);
  inodes("db1", "/old", 100, 0);

  const auto line = [&](const std::string& host, const std::string& point, int hours, double at_now,
                        double per_day) {
    // Before the last three days it was another one.
    add.hours(host, "filesystem_avail_bytes", mount(point), hours, [&](int ago) {
      const double days = static_cast<double>(hours_ago(ago) - cookbook_now_ms) / static_cast<double>(day_ms);
      return ago < 72 ? (at_now + per_day * days) * gib : 5 * gib;
    });
  };
  constexpr int hours = 100;
  line("web1", "/", hours, 30, -10);
  line("web1", "/backup", hours, 100, -20);
  line("web1", "/data", hours, 100, -11);
  line("db1", "/", hours, 10, 2);
  line("web1", "/new", 20, 10, -10);
  line("db1", "/var", hours, 8, -2);
}

void add_disks(Builder& add) {
  const auto disk = [&](const std::string& host, const std::string& labels, double busy, double read,
                        double written) {
    add.quarter_hour(host, "disk_io_time_seconds_total", labels, busy);
    add.quarter_hour(host, "disk_read_bytes_total", labels, read);
    add.quarter_hour(host, "disk_written_bytes_total", labels, written);
  };
  disk("web1", device("dm-0"), 6, 6e6, 6e5);
  disk("web1", device("sda"), 24, 6e6, 6e5);
  disk("db1", device("nvme0n1"), 27, 6e7, 0);
}

void add_network(Builder& add) {
  // Received 10,000 bytes per second; starts again at zero after the tenth minute.
  add.minutes("web1", "network_receive_bytes_total", device("eth0"), 20, 1e9, 6e5);
  add.series("web1", "network_receive_bytes_total", device("docker0")).minutes = {
      one(minutes_ago(90), 0), one(minutes_ago(30), 6e9), one(minutes_ago(20), 6e9),
      one(minutes_ago(19), 6e9 + 60)};
  add.minutes("web1", "network_transmit_bytes_total", device("docker0"), 10, 0, 6);
  auto& received = add.series("web1", "network_receive_bytes_total", device("eth0")).minutes;
  for (std::size_t i = 10; i < received.size(); ++i) {
    received[i] = one(received[i].time_ms, 6e5 * static_cast<double>(i - 9));
  }
  // Sent 1000 bytes per second, and 100,000 in one minute.
  add.minutes("web1", "network_transmit_bytes_total", device("eth0"), 20, 0, 6e4);
  auto& sent = add.series("web1", "network_transmit_bytes_total", device("eth0")).minutes;
  for (std::size_t i = 5; i < sent.size(); ++i) sent[i] = one(sent[i].time_ms, sent[i].last + 6e6 - 6e4);
  // A minute is missing: 10,000 bytes per second all the same.
  add.series("db1", "network_receive_bytes_total", device("eth0")).minutes = {
      one(minutes_ago(10), 0), one(minutes_ago(8), 12e5), one(minutes_ago(7), 18e5)};
  add.minutes("db1", "network_transmit_bytes_total", device("eth0"), 10, 5, 0);
  add.hours("web1", "network_receive_errs_total", device("eth0"), 30, [](int ago) {
    if (ago > 23) return 1;
    if (ago > 10) return 5;
    return ago > 5 ? 9 : 12;
  });
  add.hours("web1", "network_receive_drop_total", device("eth1"), 30,
            [](int ago) { return ago > 3 ? 0 : 20; });
  add.hours("web1", "network_transmit_errs_total", device("eth0"), 30, [](int) { return 3; });
  const double drops[] = {100, 103, 2};
  for (int i = 0; i < 3; ++i) {
    add.series("db1", "network_receive_drop_total", device("eth0"))
        .hours.push_back(one(hours_ago(3 - i), drops[i]));
  }
}

// Of the local store: `network` for an hour and a half, `uptime` since the night, `context` for 15 minutes,
// and `docker` for more than a day.
void add_silent_collectors(Builder& add) {
  add.series("web1", "network_receive_bytes_total", device("eth0")).samples = {{clock(0, 10), 1},
                                                                               {clock(0, 11), 1}};
  add.series("web1", "uptime_seconds").samples = {{clock(0, 4), 1}};
  add.series("web1", "context_switches_total").samples = {{clock(0, 12, 20), 1}};
  add.series("web1", "docker_containers").samples = {{clock(2, 0), 1}};
}

void add_usage(Builder& add) {
  auto& web = add.series("web1", "system_cpu_usage_percent").hours;
  web = {mean(clock(37, 10), 360, 99, 99), mean(clock(9, 10), 360, 12, 30), mean(clock(9, 11), 120, 16, 20),
         mean(clock(5, 10), 240, 20, 40),  mean(clock(2, 10), 360, 10, 50), mean(clock(2, 11), 120, 50, 90),
         mean(clock(0, 10), 480, 20, 95)};
  add.series("db1", "system_cpu_usage_percent").hours = {mean(clock(8, 10), 360, 35, 60),
                                                         mean(clock(1, 10), 360, 30, 55)};
  add.series("web1", "system_memory_usage_percent").hours = {
      mean(clock(9, 10), 360, 40, 41), mean(clock(2, 10), 360, 42, 43), mean(clock(2, 11), 120, 50, 51)};
  add.series("web1", "uptime_seconds").hours = {one(clock(40, 10), 900'000), one(clock(20, 10), 777'600),
                                                one(clock(20, 11), 1'200), one(clock(20, 12), 4'800)};
  add.series("db1", "uptime_seconds").hours = {one(clock(20, 10), 5'000'000), one(clock(20, 11), 5'003'600)};
}

void add_delivery(CookbookData& data, Builder& add) {
  const auto counter = [](double begin, double step) {
    return [=](int hours_ago) { return begin + step * (50 - hours_ago); };
  };
  constexpr int hours = 40;
  add.hours("web1", "caretaker_samples_collected_total", "{}", hours, counter(1e6, 1000));
  add.hours("web1", "caretaker_samples_delivered_total", "{}", hours, counter(1e6, 1000));
  add.hours("web1", "caretaker_mysql_lag_seconds", "{}", hours, [](int ago) {
    return ago == 30 ? 99 : ago == 5 ? 12 : 1;
  });
  for (const char* reason : {"queue_full", "retention_age"}) {
    add.hours("web1", "caretaker_samples_dropped_total", fmt::format(R"({{"reason":"{}"}})", reason), hours,
              [](int ago) { return ago > 10 ? 2 : 3; });
  }
  add.hours("db1", "caretaker_samples_collected_total", "{}", hours, counter(1e6, 500));
  add.hours("db1", "caretaker_samples_delivered_total", "{}", hours, counter(1e6, 400));
  add.hours("db1", "caretaker_samples_dropped_total", R"({"reason":"queue_full"})", hours, counter(3, 0));
  add.hours("db1", "caretaker_samples_dropped_total", R"({"reason":"retention_age"})", 1, counter(7, 0));
  add.hours("db1", "caretaker_mysql_lag_seconds", "{}", hours, [](int ago) { return ago == 5 ? 7200 : 1; });
  data.deliveries = {{"web1", 1, clock(30, 0)},    {"web1", 2, seconds_ago(6)},
                     {"db1", 1, seconds_ago(286)}, {"mail1", 1, seconds_ago(6)},
                     {"old1", 1, clock(3, 0)},     {"old1", 2, clock(0, 12, 24)}};
}

void add_records(CookbookData& data) {
  const auto run = [](std::int64_t time_ms, const std::string& job, std::int64_t duration_ms, int exit_status,
                      int signal, bool timed_out, const std::string& error) {
    return JobRun{time_ms, job, duration_ms, 1, exit_status, signal, timed_out, "", error};
  };
  data.job_runs["web1"] = {run(clock(9, 3), "backup", 999'000, 1, 0, false, "long ago"),
                           run(clock(5, 3), "backup", 60'000, 0, 0, false, ""),
                           run(clock(2, 3), "backup", 60'000, 1, 0, false, "two days ago"),
                           run(clock(1, 3), "backup", 60'000, 0, 0, false, ""),
                           run(clock(1, 20), "report", 30'000, -1, 15, true, ""),
                           run(clock(0, 3), "backup", 90'300, 2, 0, false, "disk full")};
  data.job_runs["db1"] = {run(clock(0, 1), "sync", 5'000, 1, 0, false, "no route"),
                          run(clock(0, 2), "sync", 7'000, 0, 0, false, "")};
  data.events["web1"] = {{clock(2, 1), "daemon_started", "", "ready"},
                         {clock(0, 4), "clock_step", "", "the clock was set 3 s back"},
                         {clock(0, 5), "job_stuck", "disk", "past its timeout"}};
  data.events["db1"] = {{clock(0, 4, 30), "daemon_stopped", "", "in order"}};
}

void add_cleanup(CookbookData& data) {
  const auto gigabytes = [](double count) { return static_cast<std::uint64_t>(count * gib); };
  const auto run = [&](std::int64_t time_ms, std::int64_t id, double before, double after, double wanted) {
    CleanupRun made;
    made.time_ms = time_ms;
    made.run_id = id;
    made.ended_ms = time_ms + minute_ms;
    made.outcome = after - before < wanted ? "partial" : "ok";
    if (after - before < wanted) made.note = "everything else is in use";
    made.avail_bytes_before = gigabytes(before);
    made.avail_bytes_after = gigabytes(after);
    made.wanted_bytes = gigabytes(wanted);
    return made;
  };
  const auto action = [](const CleanupRun& of, std::int64_t number, ObjectKind kind, const char* names,
                         const char* state, int days, int size) {
    CleanupAction made;
    made.time_ms = of.time_ms;
    made.run_id = of.run_id;
    made.number = number;
    made.kind = kind;
    made.names = names;
    made.state = state;
    made.explanation = fmt::format("not used for {} days", days);
    made.bytes_min = static_cast<std::uint64_t>(size * mib);
    made.ended_ms = of.time_ms + number * second_ms;
    return made;
  };
  using enum ObjectKind;
  const CleanupRun old = run(clock(9, 3), 1, 1, 1, 5);
  const CleanupRun calm = run(clock(5, 3), 2, 9, 9.2, 0);
  const CleanupRun full = run(clock(0, 3), 3, 2, 2.5, 4);
  CleanupRun under_way = run(clock(0, 12), 4, 2.5, 0, 4);
  under_way.ended_ms = 0;
  data.cleanup_runs["web1"] = {old, calm, full, under_way};
  data.cleanup_actions["web1"] = {action(old, 1, image, R"(["app:0"])", "removed", 30, 100),
                                  action(calm, 1, image, R"(["app:1"])", "removed", 30, 200),
                                  action(full, 1, build_cache, "[]", "removed", 3, 100),
                                  action(full, 2, image, R"(["app:3"])", "kept", 30, 500),
                                  action(full, 3, image, R"(["app:2"])", "removed", 30, 300)};
  const CleanupRun short_once = run(clock(0, 5), 1, 2, 2, 4);
  const CleanupRun enough = run(clock(0, 6), 2, 2, 6.5, 4);
  data.cleanup_runs["db1"] = {short_once, enough};
  data.cleanup_actions["db1"] = {action(enough, 1, volume, R"(["v1"])", "removed", 60, 50)};
}

void add_others(CookbookData& data, Builder& add) {
  for (int row = cookbook_other_rows; row > 0; --row) {
    data.headlines.push_back({"db1", seconds_ago(60 + 10 * row), 1, 1, 1, 1, 1});
  }
  auto& history = add.series("db1", "load5").samples;
  for (int row = 1; row <= cookbook_other_rows; ++row)
    history.insert(history.begin(), {seconds_ago(16 + row), 1});
  for (int i = 0; i < other_series; ++i) {
    CookbookSeries& other = add.series(cookbook_local_host, fmt::format("vmstat_other{}", i));
    for (int row = cookbook_other_rows / other_series; row > 0; --row) {
      other.samples.push_back({seconds_ago(300 * row), 1});
      other.minutes.push_back(one(minutes_ago(row), 1));
      other.hours.push_back(one(hours_ago(row), 1));
    }
  }
}

}  // namespace

CookbookData cookbook_data() {
  CookbookData data;
  Builder add(data);
  add_headlines(data);
  add_load(add);
  add_memory(add);
  add_pressure(add);
  add_file_systems(add);
  add_disks(add);
  add_network(add);
  add_silent_collectors(add);
  add_usage(add);
  add_delivery(data, add);
  add_records(data);
  add_cleanup(data);
  add_others(data, add);
  return data;
}

}  // namespace caretaker
