// SPDX-License-Identifier: MIT
// What tests/docker/transport_test.cpp and tests/ctl/client_test.cpp, its two users, do not reach.
#include "base/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/unique_fd.h"
#include "base/unix_socket.h"
#include "support/temp_dir.h"

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const HttpSink no_sink{.head = [](const HttpHead&) {},
                       .body = [](std::string_view) -> Result<> { return {}; }};

UniqueFd listener_at(const std::string& path, int queue) {
  UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(listener.get(), queue), 0);
  return listener;
}

TEST(HttpClient, SendsNothingThatCouldBeMoreThanOneRequest) {
  const TempDir dir;
  const std::string path = dir.path("server.sock");
  const UniqueFd listener = listener_at(path, 1);
  const std::vector<HttpRequest> unsound = {
      {.method = "", .target = "/", .headers = {}},
      {.method = "GET", .target = "", .headers = {}},
      {.method = "GET", .target = "/ HTTP/1.1\r\n\r\nGET /", .headers = {}},
      {.method = "GET / HTTP/1.1\r\nX:", .target = "/", .headers = {}},
      {.method = "GET", .target = "/", .headers = {{"X", "1\r\nY: 2"}}},
      {.method = "GET", .target = "/", .headers = {{"X: 1\r\nY", "2"}}},
  };
  for (const HttpRequest& request : unsound) {
    const auto done = http_exchange(path, request, {.total = 30s}, no_sink);
    ASSERT_FALSE(done.has_value()) << request.target;
    EXPECT_EQ(done.error().problem, HttpProblem::failed);
    EXPECT_THAT(done.error().reason, HasSubstr("no header may contain"));
  }
  EXPECT_EQ(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK), -1);
}

TEST(HttpClient, HoldsToItsWholeTimeWhileNobodyAccepts) {
  const TempDir dir;
  const std::string path = dir.path("full.sock");
  const UniqueFd listener = listener_at(path, 0);
  std::vector<UniqueFd> waiting;
  while (Result<UniqueFd> connected = connect_unix_socket(path, SOCK_NONBLOCK)) {
    waiting.push_back(std::move(*connected));
  }
  const HttpRequest request{.method = "GET", .target = "/", .headers = {}};
  const auto late = http_exchange(path, request, {.connect = 60s, .total = 50ms}, no_sink);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().problem, HttpProblem::late);
  const auto full = http_exchange(path, request, {.connect = 50ms, .total = 60s}, no_sink);
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().problem, HttpProblem::full);
}

}  // namespace
}  // namespace caretaker
