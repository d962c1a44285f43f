// SPDX-License-Identifier: MIT
#include "sql/local_store.h"

#include <future>
#include <system_error>
#include <thread>
#include <utility>

#include "base/fault_point.h"
#include "sql/store_thread.h"

namespace caretaker {
namespace {

constexpr std::chrono::milliseconds start_wait_max{1'000};
constexpr std::chrono::milliseconds destructor_wait_max{1'000};

}  // namespace

class LocalStore::Impl {
 public:
  Impl(LocalStoreOptions options, HostIdentity host, OnEvent on_event)
      : worker(std::move(options), std::move(host), std::move(on_event)) {}

  StoreThread worker;
  std::promise<Result<>> first_attempt;
  std::promise<bool> ended;
  std::future<bool> end = ended.get_future();
  std::thread thread;
};

Result<std::unique_ptr<LocalStore>> LocalStore::start(LocalStoreOptions options, HostIdentity host,
                                                      OnEvent on_event) {
  auto impl = std::make_shared<Impl>(std::move(options), std::move(host), std::move(on_event));
  auto first_attempt = impl->first_attempt.get_future();
  try {
    // The thread keeps its state alive, also when stop() could not wait for it.
    impl->thread = std::thread([impl] { impl->ended.set_value(impl->worker.run(impl->first_attempt)); });
  } catch (const std::system_error& error) {
    return fail_errno(error.code().value(), "start the store thread");
  }
  std::unique_ptr<LocalStore> store(new LocalStore(std::move(impl)));
  if (first_attempt.wait_for(start_wait_max) == std::future_status::ready) {
    if (auto opened = first_attempt.get(); !opened) return std::unexpected(opened.error());
  }
  return store;
}

LocalStore::LocalStore(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

LocalStore::~LocalStore() {
  stop(destructor_wait_max);
}

void LocalStore::append(const SampleBatch& batch) {
  impl_->worker.queue().push(batch);
  pass(FaultPoint::appended);
}
void LocalStore::append(Event event) {
  impl_->worker.queue().push(std::move(event));
}
void LocalStore::append(JobRun run) {
  impl_->worker.queue().push(std::move(run));
}
void LocalStore::append(CleanupRun run) {
  impl_->worker.queue().push(std::move(run));
}
void LocalStore::append(CleanupAction action) {
  impl_->worker.queue().push(std::move(action));
}
void LocalStore::remember(UsageChange change) {
  impl_->worker.queue().push(std::move(change));
}
bool LocalStore::flush(std::chrono::milliseconds deadline) {
  return impl_->worker.queue().flush(deadline);
}
void LocalStore::advance(std::int64_t seq) {
  impl_->worker.queue().advance(seq);
}
void LocalStore::advance_periods(std::int64_t period) {
  impl_->worker.queue().advance_periods(period);
}
void LocalStore::set_aside(std::vector<DeadLetter> letters) {
  impl_->worker.queue().set_aside(std::move(letters));
}
void LocalStore::set_backward_steps(std::int64_t steps) {
  impl_->worker.queue().set_backward_steps(steps);
}
void LocalStore::set_epoch(std::int64_t epoch) {
  impl_->worker.queue().set_epoch(epoch);
}
void LocalStore::check() {
  impl_->worker.queue().check();
}
void LocalStore::reconfigure(LocalStoreOptions options) {
  impl_->worker.reconfigure(std::move(options));
}
StoreStatus LocalStore::status() const {
  return impl_->worker.status();
}
const std::string& LocalStore::path() const {
  return impl_->worker.path();
}

bool LocalStore::stop(std::chrono::milliseconds deadline) {
  if (!impl_->thread.joinable()) return false;
  impl_->worker.queue().stop();
  const bool answered = impl_->end.wait_for(deadline) == std::future_status::ready;
  impl_->worker.silence();
  if (!answered) {
    impl_->thread.detach();
    return false;
  }
  impl_->thread.join();
  return impl_->end.get();
}

}  // namespace caretaker
