// SPDX-License-Identifier: MIT
#include "sql/store_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "base/unique_fd.h"
#include "support/temp_dir.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

// The child of a process that took the lock and is dead; it has its parent's descriptors until it ends.
class Orphan {
 public:
  explicit Orphan(const std::string& store) {
    int ends[2];
    if (::pipe(ends) != 0) return;
    const UniqueFd hold(ends[0]);
    release_.reset(ends[1]);
    parent_ = ::fork();
    if (parent_ == 0) {
      release_.reset();
      const auto lock = StoreLock::acquire(store);
      if (lock && ::fork() == 0) {
        char byte = 0;
        (void)!::read(hold.get(), &byte, 1);  // until the test lets go
      }
      ::_exit(lock ? 0 : 1);
    }
    int status = -1;
    ::waitpid(parent_, &status, 0);
    locked_ = status == 0;
  }
  void end() { release_.reset(); }
  [[nodiscard]] bool locked() const { return locked_; }
  [[nodiscard]] pid_t parent() const { return parent_; }

 private:
  UniqueFd release_;
  pid_t parent_ = -1;
  bool locked_ = false;
};

TEST(StoreLock, WhatAKilledDaemonLeftBehindIsWaitedFor) {
  const TempDir dir;
  Orphan orphan(dir.path("metrics.db"));
  ASSERT_TRUE(orphan.locked());
  const std::jthread end([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the other one is waiting by then
    orphan.end();
  });
  const auto lock = StoreLock::acquire(dir.path("metrics.db"));
  EXPECT_TRUE(lock) << lock.error().message;
}

TEST(StoreLock, WhatAKilledDaemonLeftBehindIsNotWaitedForForever) {
  const TempDir dir;
  const Orphan orphan(dir.path("metrics.db"));
  ASSERT_TRUE(orphan.locked());
  const auto lock = StoreLock::acquire(dir.path("metrics.db"));
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, EWOULDBLOCK);
  EXPECT_THAT(lock.error().message, HasSubstr("already running (pid " + std::to_string(orphan.parent())));
}

}  // namespace
}  // namespace caretaker
