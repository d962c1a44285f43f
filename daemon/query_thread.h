// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/thread.h"
#include "sql/local_store.h"
#include "sql/store_reader.h"
#include "systemd/event_loop.h"

namespace caretaker {

// Answers questions to the local store away from the main thread: one thread with one read-only connection,
// which is closed when nobody has asked for a while.
class QueryThread {
 public:
  static constexpr std::size_t queue_max = 64;

  using Query = std::function<Result<std::string>(StoreReader&)>;  // on the query thread
  using OnAnswer =
      std::function<void(const Result<std::string>& text)>;  // made and called on the loop's thread

  [[nodiscard]] static Result<std::unique_ptr<QueryThread>> start(EventLoop& loop, LocalStore& store);
  QueryThread(const QueryThread&) = delete;
  QueryThread& operator=(const QueryThread&) = delete;
  ~QueryThread();

  // Runs `query` on the thread and hands its answer to the loop's thread. False when too many wait already.
  [[nodiscard]] bool ask(Query query, OnAnswer on_answer);

  // False when a query is still under way at the deadline.
  [[nodiscard]] bool stop(std::chrono::milliseconds deadline);

 private:
  QueryThread(EventLoop& loop, LocalStore& store);
  void body();

  EventLoop& loop_;
  LocalStore& store_;
  Thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::pair<Query, OnAnswer>> queue_;  // guarded by mutex_
  bool exit_ = false;                             // guarded by mutex_
};

}  // namespace caretaker
