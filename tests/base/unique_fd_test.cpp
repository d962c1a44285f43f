// SPDX-License-Identifier: MIT
#include "base/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <utility>

namespace caretaker {
namespace {

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) != -1;
}

TEST(UniqueFd, ClosesItsDescriptorOnceAndOnMoveAssignment) {
  int pipe_fds[2];
  ASSERT_EQ(::pipe2(pipe_fds, O_CLOEXEC), 0);
  {
    UniqueFd first(pipe_fds[0]);
    UniqueFd second(pipe_fds[1]);
    second = std::move(first);
    EXPECT_FALSE(is_open(pipe_fds[1]));
    EXPECT_EQ(second.get(), pipe_fds[0]);
  }
  EXPECT_FALSE(is_open(pipe_fds[0]));
}

}  // namespace
}  // namespace caretaker
