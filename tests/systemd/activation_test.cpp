// SPDX-License-Identifier: MIT
#include "systemd/activation.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>

#include "support/temp_dir.h"

namespace caretaker {
namespace {

constexpr int passed_fd = 3;  // SD_LISTEN_FDS_START

UniqueFd listening(const std::string& path, int type = SOCK_STREAM) {
  UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  if (type == SOCK_STREAM) {
    EXPECT_EQ(::listen(fd.get(), 1), 0);
  }
  return fd;
}

// What take_listening_socket() says in a process that was passed `fd` as its first; its error, or "taken" and
// what is odd about what it took. The descriptors of this process stay as they are.
std::string taken(int fd, const char* count, bool for_another = false) {
  int out[2];
  EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int report = ::fcntl(out[1], F_DUPFD_CLOEXEC, 100);
    ::dup2(fd, passed_fd);
    ::setenv("LISTEN_FDS", count, 1);
    ::setenv("LISTEN_PID", std::to_string(for_another ? 1 : ::getpid()).c_str(), 1);
    const Result<UniqueFd> socket = take_listening_socket();
    std::string text = socket ? "taken" : socket.error().message;
    if (socket) {
      if ((::fcntl(socket->get(), F_GETFL) & O_NONBLOCK) == 0) text += ", blocking";
      if ((::fcntl(socket->get(), F_GETFD) & FD_CLOEXEC) == 0) text += ", inherited";
      if (std::getenv("LISTEN_FDS") != nullptr) text += ", environment left";
    }
    (void)!::write(report, text.data(), text.size());
    ::_exit(0);
  }
  const UniqueFd reader(out[0]);
  UniqueFd(out[1]).reset();
  char text[512];
  const ssize_t size = ::read(reader.get(), text, sizeof text);
  return {text, size > 0 ? static_cast<std::size_t>(size) : 0};
}

TEST(Activation, TakesTheOneSocketThatWasPassed) {
  const TempDir dir;
  const UniqueFd socket = listening(dir.path("a.sock"));
  EXPECT_EQ(taken(socket.get(), "1"), "taken");
}

TEST(Activation, SaysWhatIsWrongWithWhatWasPassed) {
  const TempDir dir;
  const UniqueFd socket = listening(dir.path("a.sock"));
  EXPECT_THAT(taken(socket.get(), "1", true), testing::HasSubstr("no socket was passed"));
  EXPECT_THAT(taken(socket.get(), "2"), testing::HasSubstr("2 sockets were passed"));
  EXPECT_THAT(taken(socket.get(), "many"), testing::HasSubstr("LISTEN_FDS: Invalid argument"));
  const UniqueFd datagrams = listening(dir.path("b.sock"), SOCK_DGRAM);
  EXPECT_THAT(taken(datagrams.get(), "1"), testing::HasSubstr("not a listening Unix stream socket"));
  const UniqueFd silent(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_THAT(taken(silent.get(), "1"), testing::HasSubstr("not a listening Unix stream socket"));
  const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_THAT(taken(file.get(), "1"), testing::HasSubstr("not a listening Unix stream socket"));
}

}  // namespace
}  // namespace caretaker
