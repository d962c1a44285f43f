// SPDX-License-Identifier: MIT
#include "daemon/control_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "daemon_control/control_client.h"
#include "support/temp_dir.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

mode_t mode_of(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TEST(ControlSocket, HasItsModeWhateverTheUmaskIs) {
  for (const mode_t mask : {0000U, 0022U, 0777U}) {
    const TempDir dir;
    const mode_t before = ::umask(mask);
    const auto socket = ControlSocket::listen(dir.path("s"));
    ::umask(before);
    ASSERT_TRUE(socket) << socket.error().message;
    EXPECT_EQ(mode_of(dir.path("s")), 0660U);
  }
}

TEST(ControlSocket, RemovesItsFileAtTheEnd) {
  const TempDir dir;
  {
    ASSERT_TRUE(ControlSocket::listen(dir.path("s")));
  }
  EXPECT_FALSE(std::filesystem::exists(dir.path("s")));
}

TEST(ControlSocket, LeavesWhatStandsThereInItsPlace) {
  const TempDir dir;
  {
    const auto socket = ControlSocket::listen(dir.path("s"));
    ASSERT_TRUE(socket);
    std::filesystem::remove(dir.path("s"));
    dir.write("s", "another's");
  }
  EXPECT_TRUE(std::filesystem::exists(dir.path("s")));
}

TEST(ControlSocket, ReplacesAStaleSocket) {
  const TempDir dir;
  const std::string path = dir.path("s");
  {
    auto dead = ControlSocket::listen(path);
    ASSERT_TRUE(dead);
    std::filesystem::rename(path, dir.path("kept"));  // as after a kill -9: the file stays
  }
  std::filesystem::rename(dir.path("kept"), path);
  EXPECT_THROW(ControlClient{path}, std::runtime_error);
  const auto socket = ControlSocket::listen(path);
  ASSERT_TRUE(socket) << socket.error().message;
  EXPECT_NO_THROW(ControlClient{path});
}

TEST(ControlSocket, RefusesALiveSocketEvenWithAFullBacklog) {
  const TempDir dir;
  const std::string path = dir.path("s");
  auto live = ControlSocket::listen(path);
  ASSERT_TRUE(live);
  const UniqueFd fd(live->release_fd());
  ASSERT_EQ(::listen(fd.get(), 0), 0);
  for (int i = 0; i < 2; ++i) {  // the first try fills the backlog
    const auto second = ControlSocket::listen(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, EADDRINUSE);
    EXPECT_THAT(second.error().message, HasSubstr("another process is already listening"));
  }
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST(ControlSocket, NeverRemovesWhatIsNoSocket) {
  const TempDir dir;
  const std::string file = dir.write("file", "precious");
  std::filesystem::create_symlink(file, dir.path("link"));
  std::filesystem::create_directory(dir.path("directory"));
  for (const std::string& path : {file, dir.path("link"), dir.path("directory")}) {
    const auto socket = ControlSocket::listen(path);
    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().code, EEXIST);
    EXPECT_EQ(socket.error().message,
              "control socket " + path + ": exists and is not a socket; it is left alone");
    EXPECT_TRUE(std::filesystem::exists(path));
  }
}

TEST(ControlSocket, SaysThatAPathIsTooLongOrEmpty) {
  for (const std::string& path : {std::string(), "/tmp/" + std::string(103, 'x')}) {
    const auto socket = ControlSocket::listen(path);
    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().code, ENAMETOOLONG);
    EXPECT_THAT(socket.error().message, HasSubstr("1 to 107 bytes"));
  }
}

TEST(ControlSocket, SaysThatItsDirectoryIsMissing) {
  const TempDir dir;
  const auto socket = ControlSocket::listen(dir.path("none/s"));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, ENOENT);
}

}  // namespace
}  // namespace caretaker
