// SPDX-License-Identifier: MIT
#include "cleanup/cleanup.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <tuple>
#include <utility>

#include "base/parse.h"
#include "base/pause.h"
#include "cleanup/consumers.h"
#include "sql/store_reader.h"

namespace caretaker {
namespace {

constexpr std::size_t images_named_max = 3;
constexpr std::chrono::milliseconds history_flush_wait{1'000};
constexpr std::chrono::milliseconds stream_open_wait{2'000};
constexpr std::chrono::milliseconds stream_open_look{10};
constexpr std::array<std::string_view, 6> image_arrivals = {"pull", "load",   "import",
                                                            "tag",  "create", "build"};

bool brings_an_image(const EngineEvent& event) {
  return event.type == "image" && std::ranges::find(image_arrivals, event.action) != image_arrivals.end();
}

std::string utc(std::int64_t time_ms) {
  const std::chrono::sys_seconds seconds{std::chrono::seconds(time_ms / ms_per_s)};
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", seconds);
}

// When a file's inode was made or changed, 0 where there is none: an engine makes its socket when it starts.
std::int64_t changed_ms(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return 0;
  return status.st_ctim.tv_sec * ms_per_s + status.st_ctim.tv_nsec / ns_per_ms;
}

EngineClientOptions engine_options(const CleanupPolicy& policy, EngineClientOptions limits) {
  limits.socket = policy.docker.socket;  // empty or not: it is looked up at every connection
  return limits;
}

// What is there no more after the pass, and was when it was planned.
std::size_t done(const CleanupReport& report) {
  return static_cast<std::size_t>(std::ranges::count_if(report.outcomes, [](const ActionOutcome& outcome) {
    return outcome.state == ActionState::removed || outcome.state == ActionState::gone;
  }));
}

std::string first_failure(const CleanupReport& report) {
  const auto failed = std::ranges::find(report.outcomes, ActionState::failed, &ActionOutcome::state);
  return failed == report.outcomes.end() ? std::string() : failed->message;
}

bool exists(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 || errno != ENOENT;
}

// "postgres:16 420 MiB (in_use), ..."
std::string biggest_images(const Plan& plan) {
  std::vector<const Verdict*> kept;
  for (const Verdict& verdict : plan.verdicts) {
    if (verdict.kind == ObjectKind::image && !removes(verdict.reason)) kept.push_back(&verdict);
  }
  std::ranges::sort(kept, [](const Verdict* a, const Verdict* b) {
    return std::tie(b->bytes_max, a->id) < std::tie(a->bytes_max, b->id);
  });
  if (kept.size() > images_named_max) kept.resize(images_named_max);
  std::string text;
  for (const Verdict* verdict : kept) {
    text += fmt::format("{}{} {} MiB ({})", text.empty() ? "" : ", ",
                        verdict->names.empty() ? verdict->id : verdict->names.front(),
                        verdict->bytes_max >> 20, to_string(verdict->reason));
  }
  return text;
}

}  // namespace

Cleanup::Cleanup(CleanupPolicy policy, CleanupSurroundings surroundings)
    : policy_(std::move(policy)),
      surroundings_(std::move(surroundings)),
      engine_(engine_options(policy_, surroundings_.engine_limits)),
      metrics_(surroundings_.series) {}

Cleanup::~Cleanup() = default;

EngineSocket Cleanup::socket() const {
  return engine_socket(policy_.docker.socket);
}

std::int64_t Cleanup::now_ms() const {
  return surroundings_.clock.now().realtime_ns / ns_per_ms;
}

void Cleanup::raise(std::string kind, std::string message) {
  surroundings_.on_event({.time_ms = now_ms(),
                          .kind = std::move(kind),
                          .subject = socket().path,
                          .message = std::move(message)});
}

// A run that was asked to end may belong to a job that a reload has replaced: it takes no wish, writes no
// history and tells no status, because its successor does.
Result<> Cleanup::tick(const Tick& tick, const std::stop_token& stop) {
  if (stop.stop_requested()) return {};
  const auto wish = surroundings_.desk.take();
  const auto looked = look(stop);
  const Result<> done =
      wish ? grant(*wish, looked, stop) : (looked ? do_what_is_due(stop) : Result<>(looked));
  if (stop.stop_requested()) return done;
  if (history_) surroundings_.store.remember(history_->take_changes());
  publish(tick, done);
  return done;
}

Result<> Cleanup::grant(CleanupWish& wish, const Result<>& looked, const std::stop_token& stop) {
  wish.answer.emplace(looked ? answer(wish, stop) : std::unexpected(looked.error()));
  return *wish.answer ? Result<>() : std::unexpected(wish.answer->error());
}

Result<> Cleanup::look(const std::stop_token& stop) {
  const bool first = !history_;
  if (auto loaded = load_history(); !loaded) return loaded;
  notice_clock_step();
  take_in_events();
  if (first && exists(socket().path)) wait_for_events(stop);
  auto reached = reach_engine(stop);
  measure();
  return reached;
}

// Without its history everything would look new; that is safe, but would overwrite what the store knows
// better.
Result<> Cleanup::load_history() {
  if (history_) return {};
  // What the job remembered before a reload may still be on its way.
  (void)surroundings_.store.flush(history_flush_wait);
  StoreReader reader(surroundings_.store.path());
  auto stored = reader.cleanup_usage();
  if (!stored) {
    // Without the store's errno, which could be taken for that of an engine which is not there.
    return std::unexpected(Error{0, "cannot read what was used when: " + stored.error().message});
  }
  triggers_.emplace(stored->last_run_ms, now_ms());
  const Observation observation = stored->observation;
  auto watch = EventWatch::start(policy_.docker.socket, observation.last_event_ns, observation.until_ms,
                                 surroundings_.clock);
  if (!watch) return std::unexpected(watch.error());
  history_.emplace(std::move(stored->objects), observation);
  watch_ = std::move(*watch);
  return {};
}

// The stream opens within milliseconds, and without it nothing goes: whoever asks for a run right after a
// reload gets one.
void Cleanup::wait_for_events(const std::stop_token& stop) {
  for (std::chrono::milliseconds waited{0}; waited < stream_open_wait; waited += stream_open_look) {
    if (watched_.connected || !watched_.error.empty() || !pause_for(stream_open_look, stop)) return;
    take_in_events();
  }
}

std::unexpected<Error> Cleanup::engine_failed(const EngineError& error) {
  if (error.problem == EngineProblem::unreachable) {
    reached_ = false;
    engine_text_.clear();
  }
  return std::unexpected(Error{0, error.message});
}

// While the event stream is closed it asks every time: the engine may be gone, or be another one.
Result<> Cleanup::reach_engine(const std::stop_token& stop) {
  const std::string path = socket().path;
  if (!exists(path)) {
    reached_ = false;
    engine_text_.clear();
    return std::unexpected(Error{ENOENT, "no container engine: there is no " + path});
  }
  engine_seen_ = true;
  if (reached_ && watch_->connected()) return {};
  reached_ = false;
  const auto version = engine_.negotiate(stop);
  if (!version) return engine_failed(version.error());
  const auto info = engine_.info(stop);
  if (!info) return engine_failed(info.error());
  storage_paths_ = info->storage_paths;
  engine_text_ = describe_engine(*version, *info);
  reached_ = true;
  return {};
}

// After a step forwards everything looks older than it is: what was watched before does not count any more.
// After one backwards the engine may have been started at any time in what is now the future.
void Cleanup::notice_clock_step() {
  const ClockReading now = surroundings_.clock.now();
  const ClockReading before = std::exchange(last_look_, now);
  if (before.boottime_ns == 0 || history_->observation().first_ms == 0) return;
  const std::int64_t ahead_ns =
      (now.realtime_ns - before.realtime_ns) - (now.boottime_ns - before.boottime_ns);
  const std::int64_t tolerated_ns = clock_step_tolerated.count() * ns_per_ms;
  if (ahead_ns > tolerated_ns) history_->connected(now_ms(), true);
  if (ahead_ns < -tolerated_ns) reconnected_ms_ = now_ms();
}

void Cleanup::take_in_events() {
  // From before the events are taken: one that comes right behind them was not seen yet.
  const std::int64_t seen_ms = now_ms();
  WatchedEvents seen = watch_->take();
  if (seen.reconnected) {
    const bool first = watched_.connected_since_ms == 0 && watched_.error.empty();
    history_->connected(seen_ms, seen.gap);
    reconcile_due_ = true;
    reached_ = false;  // another engine may have taken the socket
    if (!first) reconnected_ms_ = seen.connected_since_ms;
  } else if (seen.gap) {
    history_->connected(seen_ms, true);
  }
  for (const EngineEvent& event : seen.events) {
    history_->apply(event);
    if (brings_an_image(event)) triggers_->new_image(seen_ms);
  }
  if (seen.connected) history_->observed(seen_ms);
  seen.events.clear();
  watched_ = std::move(seen);
}

void Cleanup::measure() {
  disks_ = measure_disks(storage_paths_, surroundings_.space);
  pressure_.update(disks_, policy_.cleanup);
  if (!pressure_.high() && std::exchange(pressure_told_, false)) {
    raise("pressure_resolved", "the disks have room again");
  }
}

// A socket from the future was made before the clock was set back; when that was is not known.
std::int64_t Cleanup::engine_started_ms(std::int64_t now_ms) const {
  const std::int64_t made_ms = changed_ms(socket().engine);
  return std::max(reconnected_ms_, made_ms > now_ms ? 0 : made_ms);
}

std::string Cleanup::held_back(std::int64_t now_ms) const {
  const CleanupConfig& cleanup = policy_.cleanup;
  if (cleanup.mode == CleanupMode::observe) return "mode = observe: nothing is deleted";
  const std::int64_t watched_from = history_ ? history_->observation().first_ms : 0;
  if (watched_from == 0) return "use is not watched yet";
  if (!watched_.connected) {
    return "the engine's events are not read, so uses may be missed" +
           (watched_.error.empty() ? "" : ": " + watched_.error);
  }
  if (now_ms - watched_from < cleanup.warmup.count()) {
    return fmt::format("warming up: use is watched since {}, deletions begin at {} (warmup = {})",
                       utc(watched_from), utc(watched_from + cleanup.warmup.count()),
                       format_duration(cleanup.warmup));
  }
  const std::int64_t settled_ms = engine_started_ms(now_ms) + cleanup.settle_time.count();
  if (now_ms < settled_ms) {
    return fmt::format("the engine was started a short time ago: deletions begin at {} (settle_time = {})",
                       utc(settled_ms), format_duration(cleanup.settle_time));
  }
  return {};
}

PassOrder Cleanup::order(Trigger trigger) const {
  return {.trigger = trigger,
          .mode = std::string(to_string(policy_.cleanup.mode)),
          .held = held_back(now_ms()),
          .wanted_bytes = pressure_.wanted_bytes(policy_.cleanup)};
}

Result<CleanupReport> Cleanup::pass(const PassOrder& order, const std::stop_token& stop) {
  CleanupPass pass({.policy = policy_,
                    .engine = engine_,
                    .watch = *watch_,
                    .history = *history_,
                    .store = surroundings_.store,
                    .lock = surroundings_.lock,
                    .desk = surroundings_.desk,
                    .clock = surroundings_.clock,
                    .disks = [this] { return measure_disks(storage_paths_, surroundings_.space); },
                    .take_in_events =
                        [this] {
                          take_in_events();
                          return watched_.connected;
                        }});
  // What is found out about a new connection while the pass is under way is the next one's.
  reconcile_due_ = false;
  auto report = pass.run(order, stop);
  if (!report) {
    reconcile_due_ = true;
    return engine_failed(report.error());
  }
  if (order.supposed) return std::move(*report);
  metrics_.planned(*report);
  if (order.record) {
    metrics_.ran(*report);
    const std::size_t objects = report->plan.objects();
    would_remove_ = objects - std::min(objects, done(*report));
  }
  return std::move(*report);
}

Result<CleanupReport> Cleanup::answer(const CleanupWish& wish, const std::stop_token& stop) {
  PassOrder asked = order(Trigger::manual);
  if (wish.kind != CleanupWish::Kind::run) {
    asked.record = wish.kind == CleanupWish::Kind::dry_run;
    if (asked.record) asked.mode = "dry_run";
    if (asked.held.empty() && asked.record) asked.held = "dry run: nothing is deleted";
    if (wish.pressure) {
      asked.wanted_bytes = PlanMoment::everything;
      asked.supposed = true;
    }
  }
  auto report = pass(asked, stop);
  if (report && wish.kind == CleanupWish::Kind::run) tell(*report, Trigger::manual, stop);
  return report;
}

Result<> Cleanup::do_what_is_due(const std::stop_token& stop) {
  const auto trigger = triggers_->due(now_ms(), pressure_.high(), policy_.cleanup);
  // The first run waits until the event stream is open: before that nothing counts as unused.
  const bool connecting = !watched_.connected && watched_.error.empty();
  if (!trigger || (connecting && *trigger == Trigger::interval)) {
    if (!reconcile_due_) return {};
    const auto seen = pass({.trigger = Trigger::interval, .record = false}, stop);
    return seen ? Result<>() : std::unexpected(seen.error());
  }
  const auto report = pass(order(*trigger), stop);
  if (!report) return std::unexpected(report.error());
  tell(*report, *trigger, stop);
  return {};
}

void Cleanup::tell(const CleanupReport& report, Trigger trigger, const std::stop_token& stop) {
  const CleanupRun& run = report.run;
  triggers_->ran(trigger, now_ms(), run.avail_bytes_after > run.avail_bytes_before);
  if (run.removed > 0) {
    raise("cleanup_ran", fmt::format("{} run: {} of {} objects removed, {} kept, {} failed", run.trigger,
                                     run.removed, run.planned, run.kept, run.failed));
  }
  if (run.failed == 0) {
    failures_told_.clear();
  } else if (failures_told_.is_new(first_failure(report))) {
    raise("cleanup_failed",
          fmt::format("{} of {} deletions failed: {}", run.failed, run.planned, first_failure(report)));
  }
  // Whether it is over; that it begins takes looks at the pace of check_interval.
  if (pressure_.high()) measure();
  if (run.wanted_bytes != 0 && pressure_.high() && !std::exchange(pressure_told_, true)) {
    raise("pressure_unresolved", unresolved(report, stop));
  }
}

std::string Cleanup::unresolved(const CleanupReport& report, const std::stop_token& stop) const {
  std::string text = pressure_.explanation() + ": still too full after a cleanup run";
  if (!report.run.note.empty()) text += " (" + report.run.note + ")";
  if (const std::string images = biggest_images(report.plan); !images.empty()) {
    text += "; the biggest images that stay: " + images;
  }
  const auto full = std::ranges::find_if(report.disks, [&](const DiskUse& disk) {
    return std::max(disk.bytes_percent(), disk.inodes_percent()) > policy_.cleanup.pressure_low;
  });
  if (full == report.disks.end()) return text;
  const std::string others = describe(find_consumers(full->path, storage_paths_, stop));
  if (!others.empty()) text += "; the biggest directories beside them: " + others;
  return text;
}

void Cleanup::publish(const Tick& tick, const Result<>& looked) {
  CleanupStatus status{.socket = socket().path,
                       .engine = engine_text_,
                       .engine_error = looked ? std::string() : looked.error().message,
                       .watching = watched_.connected,
                       .event_gaps = watched_.gaps,
                       .disks = disks_,
                       .pressure = pressure_.explanation(),
                       .held = held_back(now_ms())};
  if (history_) status.observation = history_->observation();
  status.would_remove = would_remove_;
  if (triggers_) status.next_run_ms = triggers_->next_interval_ms(policy_.cleanup);
  surroundings_.desk.set_status(std::move(status));
  // A machine that never had an engine has no metrics of one.
  if (!looked && looked.error().code == ENOENT && !engine_seen_) return;
  batch_.start(cleanup_collector, tick);
  metrics_.add_samples(batch_, looked.has_value(), watched_.gaps);
  surroundings_.on_batch(batch_);
}

}  // namespace caretaker
