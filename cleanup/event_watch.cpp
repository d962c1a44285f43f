// SPDX-License-Identifier: MIT
#include "cleanup/event_watch.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "docker/engine_client.h"

namespace caretaker {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds stop_wait{2'000};  // then the thread is left behind
constexpr std::size_t same_time_max = 256;

bool same(const EngineEvent& a, const EngineEvent& b) {
  return a.time_ns == b.time_ns && a.type == b.type && a.action == b.action && a.actor_id == b.actor_id &&
         a.attributes == b.attributes;
}

// From which event on to ask first; 0: from the connection on. A time in the future would hide events.
std::int64_t first_ns(std::int64_t since_ns, std::int64_t last_complete_ms) {
  if (last_complete_ms <= 0) return std::max<std::int64_t>(since_ns, 0);
  const std::int64_t complete_ns = last_complete_ms * ns_per_ms;
  return since_ns > 0 ? std::min(since_ns, complete_ns) : complete_ns;
}

// How long before now nothing was missed any more. A time in the future tells nothing: the clock went back.
std::optional<std::int64_t> away_ms(std::int64_t last_complete_ms, const ClockReading& now) {
  if (last_complete_ms <= 0) return std::nullopt;
  const std::int64_t away = now.realtime_ns / ns_per_ms - last_complete_ms;
  return away >= 0 ? away : replay_trusted.count() + 1;
}

}  // namespace

class EventWatch::Impl {
 public:
  Impl(std::string socket, std::int64_t since_ns, std::int64_t last_complete_ms, const Clock& clock)
      : socket_(std::move(socket)),
        clock_(clock),
        last_ns_(first_ns(since_ns, last_complete_ms)),
        stream_gap_(away_ms(last_complete_ms, clock.now()), clock.now().monotonic_ns / ns_per_ms) {}

  void body() {
    EngineClient engine(EngineClientOptions{.socket = socket_});
    milliseconds delay = reconnect_delay_min;
    while (!stop_.stop_requested()) {
      const std::int64_t begin_ms = monotonic_ms();
      attempt(engine);
      // A stream that ends again and again is not asked for every second.
      if (monotonic_ms() - begin_ms > reconnect_delay_max.count()) delay = reconnect_delay_min;
      wait(delay);
      delay = std::min(2 * delay, reconnect_delay_max);
    }
  }

  void stop() { stop_.request_stop(); }

  WatchedEvents take() {
    const std::lock_guard lock(mutex_);
    WatchedEvents taken = std::move(news_);
    news_ = {.connected = taken.connected,
             .generation = taken.generation,
             .gaps = taken.gaps,
             .connected_since_ms = taken.connected_since_ms,
             .error = taken.error};
    return taken;
  }

  std::uint64_t generation() const {
    const std::lock_guard lock(mutex_);
    return news_.generation;
  }

  bool connected() const {
    const std::lock_guard lock(mutex_);
    return news_.connected;
  }

 private:
  void attempt(EngineClient& engine) {
    const ClockReading begin = clock_.now();
    const std::stop_token token = stop_.get_token();
    if (const auto version = engine.negotiate(token); !version) return on_failed(begin, version.error());
    bool accepted = false;
    const EngineError end = engine.events(
        last_ns_,
        [&] {
          accepted = true;
          on_connected(begin);
        },
        [&](const EngineEvent& event) { on_event(event); }, token);
    if (accepted) {
      on_lost(end);
    } else {
      on_failed(begin, end);
    }
  }

  void on_failed(const ClockReading& begin, const EngineError& error) {
    stream_gap_.failed(error.problem == EngineProblem::unreachable, begin.monotonic_ns / ns_per_ms,
                       monotonic_ms());
    const std::lock_guard lock(mutex_);
    news_.error = error.message;
  }

  void on_connected(const ClockReading& begin) {
    const ClockReading now = clock_.now();
    connected_ns_ = now.realtime_ns;
    if (last_ns_ == 0) last_ns_ = begin.realtime_ns;
    const bool gap = stream_gap_.connected(now.monotonic_ns / ns_per_ms);
    const std::lock_guard lock(mutex_);
    if (gap) add_gap();
    news_.connected = true;
    news_.reconnected = true;
    news_.connected_since_ms = now.realtime_ns / ns_per_ms;
    news_.error.clear();
    ++news_.generation;
  }

  void on_event(const EngineEvent& event) {
    if (is_repeated(event)) return;
    const bool too_many = event.time_ns < connected_ns_ && stream_gap_.replayed();
    const std::lock_guard lock(mutex_);
    ++news_.generation;
    if (too_many) add_gap();
    if (news_.events.size() < event_queue_max) {
      news_.events.push_back(event);
    } else {
      add_gap();
    }
  }

  void on_lost(const EngineError& error) {
    stream_gap_.lost(monotonic_ms());
    // The engine may tell the unreadable again with every connection: then only going past it helps.
    const bool skip = error.problem == EngineProblem::garbage && unreadable_after_ns_ == last_ns_;
    unreadable_after_ns_.reset();
    if (error.problem == EngineProblem::garbage) unreadable_after_ns_ = last_ns_;
    if (skip) last_ns_ = clock_.now().realtime_ns;
    const std::lock_guard lock(mutex_);
    if (skip) add_gap();
    news_.connected = false;
    news_.connected_since_ms = 0;
    news_.error = error.message;
  }

  // The newest event comes again after a reconnection, with others of the same nanosecond.
  bool is_repeated(const EngineEvent& event) {
    if (event.time_ns <= 0) return false;
    if (!last_events_.empty() && last_events_.front().time_ns != event.time_ns) last_events_.clear();
    if (std::ranges::any_of(last_events_, [&](const EngineEvent& last) { return same(last, event); })) {
      return true;
    }
    if (last_events_.size() < same_time_max) last_events_.push_back(event);
    // Asked from a time in the future on, the engine would not tell what comes before it.
    last_ns_ = std::min(event.time_ns, clock_.now().realtime_ns);
    return false;
  }

  // With mutex_ held.
  void add_gap() {
    if (!news_.gap) ++news_.gaps;
    news_.gap = true;
  }

  void wait(milliseconds delay) {
    std::unique_lock lock(mutex_);
    (void)wake_.wait_for(lock, stop_.get_token(), delay, [] { return false; });
  }

  std::int64_t monotonic_ms() const { return clock_.now().monotonic_ns / ns_per_ms; }

  const std::string socket_;
  const Clock& clock_;
  std::stop_source stop_;

  // Of the thread alone.
  std::int64_t last_ns_;  // of the newest event, or the moment from which on events are wanted
  std::vector<EngineEvent> last_events_;             // the newest, and all with its time
  std::optional<std::int64_t> unreadable_after_ns_;  // last_ns_ when the stream ended in garbage
  std::int64_t connected_ns_ = 0;                    // UTC
  StreamGap stream_gap_;

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;  // by stop_ only
  WatchedEvents news_;                // guarded by mutex_
};

Result<std::unique_ptr<EventWatch>> EventWatch::start(std::string socket, std::int64_t since_ns,
                                                      std::int64_t last_complete_ms, const Clock& clock) {
  auto impl = std::make_shared<Impl>(std::move(socket), since_ns, last_complete_ms, clock);
  auto thread = Thread::start("docker-events", [impl] { impl->body(); });
  if (!thread) return std::unexpected(thread.error());
  return std::unique_ptr<EventWatch>(new EventWatch(std::move(impl), std::move(*thread)));
}

EventWatch::EventWatch(std::shared_ptr<Impl> impl, Thread thread)
    : impl_(std::move(impl)), thread_(std::move(thread)) {}

EventWatch::~EventWatch() {
  impl_->stop();
  (void)thread_.join_for(stop_wait);
}

WatchedEvents EventWatch::take() {
  return impl_->take();
}

std::uint64_t EventWatch::generation() const {
  return impl_->generation();
}

bool EventWatch::connected() const {
  return impl_->connected();
}

}  // namespace caretaker
