// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace caretaker {

// Engines keep the last 256 events in memory, of all kinds: as long as the stream was away for less than this
// and fewer than that came back, nothing was missed.
inline constexpr std::chrono::milliseconds replay_trusted{60'000};
inline constexpr std::size_t replay_events_max = 128;

// Whether events may have been missed while no stream was open. A stream was away from the last moment that
// is known to be complete until the next connection, less the time in which nothing could be used because
// nobody listened at the engine's socket. That counts only from one failed attempt to the next one that fails
// in the same way; the time before the first and after the last of them the engine may have been at work.
// Pure state; times are of a monotonic clock (the engine is suspended with us) and given in milliseconds.
class StreamGap {
 public:
  // Nothing was missed until `away_ms` before `now_ms`; nullopt: never watched, so there is nothing to miss.
  StreamGap(std::optional<std::int64_t> away_ms, std::int64_t now_ms);

  // An attempt to connect, from `begin_ms` to `end_ms`, did not succeed. `nobody`: nobody listened.
  void failed(bool nobody, std::int64_t begin_ms, std::int64_t end_ms);
  // True: that is a gap.
  [[nodiscard]] bool connected(std::int64_t now_ms);
  // An event that is older than the connection has come. True: there are so many that others may be lost;
  // told once per connection.
  [[nodiscard]] bool replayed();
  void lost(std::int64_t now_ms);

 private:
  std::optional<std::int64_t> complete_ms_;  // nothing was missed until then
  std::int64_t down_ms_ = 0;                 // since complete_ms_
  std::optional<std::int64_t> nobody_ms_;    // end of the last attempt, when nobody listened
  std::size_t replayed_ = 0;
};

}  // namespace caretaker
