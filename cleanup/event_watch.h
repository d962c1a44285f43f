// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/thread.h"
#include "cleanup/stream_gap.h"
#include "docker/engine_objects.h"

namespace caretaker {

inline constexpr std::size_t event_queue_max = 4'096;  // more than these at once are a gap
inline constexpr std::chrono::milliseconds reconnect_delay_min{1'000};
inline constexpr std::chrono::milliseconds reconnect_delay_max{30'000};

// What has come since the last look.
struct WatchedEvents {
  std::vector<EngineEvent> events;      // in order
  bool connected = false;               // the stream is open now
  bool reconnected = false;             // it was opened at least once since the last look
  bool gap = false;                     // events may have been missed since the last look, also without that
  std::uint64_t generation = 0;         // grows with every event and every (re)connection
  std::uint64_t gaps = 0;               // since the watch began
  std::int64_t connected_since_ms = 0;  // UTC; of the present connection, 0: none
  std::string error;                    // why it is not connected
};

// Reads the engine's event stream on a thread of its own, so that the stream is never held up and none is
// lost while a cleanup runs. Reconnects with a growing delay, asking for what came meanwhile. Its thread
// sleeps in the socket: an idle engine costs nothing. Destroying it ends the thread within milliseconds.
// What the engine tells twice, because a reconnection asks from the last event on, comes once; what it tells
// twice unreadably is skipped, as a gap.
class EventWatch {
 public:
  // `since_ns`: timeNano of the newest event that is known from before, 0: none. `last_complete_ms`: up to
  // when nothing was missed before this start, 0: never watched. `clock` must outlive the watch.
  [[nodiscard]] static Result<std::unique_ptr<EventWatch>> start(std::string socket, std::int64_t since_ns,
                                                                 std::int64_t last_complete_ms,
                                                                 const Clock& clock);
  EventWatch(const EventWatch&) = delete;
  EventWatch& operator=(const EventWatch&) = delete;
  ~EventWatch();

  [[nodiscard]] WatchedEvents take();
  // Without taking anything: whether anything has happened.
  [[nodiscard]] std::uint64_t generation() const;
  [[nodiscard]] bool connected() const;

 private:
  class Impl;
  EventWatch(std::shared_ptr<Impl> impl, Thread thread);
  std::shared_ptr<Impl> impl_;  // shared with the thread
  Thread thread_;
};

}  // namespace caretaker
