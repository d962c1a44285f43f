// SPDX-License-Identifier: MIT
#include "daemon/query_thread.h"

#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

namespace caretaker {
namespace {

// After this long without a question the connection and its page cache are given back.
constexpr std::chrono::seconds connection_idle_max{30};

}  // namespace

Result<std::unique_ptr<QueryThread>> QueryThread::start(EventLoop& loop, LocalStore& store) {
  std::unique_ptr<QueryThread> queries(new QueryThread(loop, store));
  auto thread = Thread::start("query", [self = queries.get()] { self->body(); });
  if (!thread) return std::unexpected(thread.error());
  queries->thread_ = std::move(*thread);
  return queries;
}

QueryThread::QueryThread(EventLoop& loop, LocalStore& store) : loop_(loop), store_(store) {}

QueryThread::~QueryThread() {
  if (thread_.joinable()) (void)stop(std::chrono::hours(1));
}

bool QueryThread::ask(Query query, OnAnswer on_answer) {
  {
    const std::scoped_lock lock(mutex_);
    if (queue_.size() >= queue_max) return false;
    queue_.emplace_back(std::move(query), std::move(on_answer));
  }
  wake_.notify_one();
  return true;
}

bool QueryThread::stop(std::chrono::milliseconds deadline) {
  {
    const std::scoped_lock lock(mutex_);
    exit_ = true;
  }
  wake_.notify_one();
  return thread_.join_for(deadline);
}

void QueryThread::body() {
  std::optional<StoreReader> reader;
  for (;;) {
    std::unique_lock lock(mutex_);
    const auto has_work = [this] { return exit_ || !queue_.empty(); };
    if (reader && !wake_.wait_for(lock, connection_idle_max, has_work)) reader.reset();
    wake_.wait(lock, has_work);
    if (exit_) return;
    const Query query = std::move(queue_.front().first);
    OnAnswer on_answer = std::move(queue_.front().second);
    queue_.pop_front();
    lock.unlock();
    if (!reader) reader.emplace(store_.path());
    auto answer = query(*reader);
    if (!answer && answer.error().code == EUCLEAN) store_.check();
    // Moved, so that nothing of the asker is freed on this thread.
    loop_.post([tell = std::move(on_answer), answer = std::move(answer)] { tell(answer); });
  }
}

}  // namespace caretaker
