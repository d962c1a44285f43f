// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/told_reasons.h"
#include "sql/local_store.h"
#include "sql/store_lock.h"
#include "sql/store_queue.h"
#include "sql/store_session.h"

namespace caretaker {

// A store that is corrupt again and again is told of once in so long.
inline constexpr std::chrono::minutes told_again_after{10};

// The work of the store thread: opens the store, commits what the queue holds, moves a corrupt store aside,
// and tries again every few seconds after any other failure. Everything but the public functions below is
// confined to that thread; what others may see is published under a mutex.
class StoreThread {
 public:
  StoreThread(LocalStoreOptions options, HostIdentity host, LocalStore::OnEvent on_event);

  // The body of the thread. Sets `first_attempt` once and returns true after stop() when all was committed.
  bool run(std::promise<Result<>>& first_attempt);

  [[nodiscard]] StoreQueue& queue() { return queue_; }
  // Any thread.
  [[nodiscard]] StoreStatus status() const;
  void reconfigure(LocalStoreOptions options);
  // Any thread: no event is handed out after this returned.
  void silence();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void work();
  // All that waits is committed: true. Else the store has been closed because of the error.
  Result<> commit_all();
  Result<> open();
  Result<> commit_in_flight();
  Result<> check_if_asked();
  void on_failure(const Error& error);
  void quarantine();
  void report_drops(const StoreCounters& before);
  void raise(std::string_view kind, std::string_view subject, std::string message);
  void publish();
  [[nodiscard]] LocalStoreOptions options() const;

  const std::string path_;
  const HostIdentity host_;
  StoreQueue queue_;

  std::optional<StoreLock> lock_;
  std::unique_ptr<StoreSession> session_;  // null while the store cannot be written
  StoreWork in_flight_;                    // taken, not yet committed
  // What a COMMIT that reported an error would have made last_seq: it may have been done all the same.
  std::optional<std::int64_t> doubtful_seq_;
  std::optional<StoreState> last_state_;  // of the store before it failed
  ToldReasons failures_told_;
  ToldReasons epochs_told_;
  ToldReasons quarantines_told_{told_again_after};
  std::map<std::string, std::int64_t> last_drop_ms_;  // by reason
  std::optional<std::chrono::steady_clock::time_point> last_check_;
  std::uint64_t commits_ = 0;
  std::chrono::microseconds last_commit_duration_{0};

  mutable std::mutex mutex_;
  // Protected by mutex_.
  LocalStoreOptions options_;
  StoreStatus published_;

  std::mutex event_mutex_;  // held while on_event_ runs
  LocalStore::OnEvent on_event_;
};

}  // namespace caretaker
