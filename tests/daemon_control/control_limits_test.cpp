// SPDX-License-Identifier: MIT
// Sizes, times and numbers that the control server holds its clients to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/child_process.h"
#include "daemon/http_exchange.h"
#include "daemon_control/server_fixture.h"

namespace caretaker {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST_F(ControlServerTest, TakesABodyOfTheLargestSizeAndNotOneByteMore) {
  start({echo_route()});
  const std::string largest = "\"" + std::string(body_bytes_max - 2, 'x') + "\"";
  EXPECT_EQ(client().request("POST", "/v1/echo", largest).body, std::to_string(body_bytes_max) + "\n");
  ControlClient too_much = client();
  too_much.send("POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body_bytes_max + 1) +
                "\r\n\r\n");
  EXPECT_EQ(too_much.receive().status, 413);  // without waiting for the body
}

TEST_F(ControlServerTest, SparesCurlTheUploadOfABodyThatIsTooLarge) {
  start({echo_route()});
  const std::string body = dir.write("body", std::string(3 * body_bytes_max, ' '));
  const auto curl = run_child(
      {.command = {"curl", "--silent", "--max-time", "30", "--unix-socket", path, "--data-binary", "@" + body,
                   "--write-out", "%{http_code} %{size_upload}", "http://localhost/v1/echo"}},
      {});
  ASSERT_TRUE(curl.has_value()) << curl.error().message;
  EXPECT_EQ(curl->exit_status, 0) << curl->standard_error;
  EXPECT_THAT(curl->standard_output, HasSubstr("body_too_large"));
  EXPECT_THAT(curl->standard_output, EndsWith("413 0"));
}

TEST_F(ControlServerTest, RefusesAChunkedBody) {
  start({echo_route()});
  ControlClient one = client();
  one.send("POST /v1/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(one.receive().status, 411);
}

TEST_F(ControlServerTest, RefusesHeadersThatAreTooLarge) {
  start({status_route()});
  ControlClient one = client();
  one.send("GET /v1/status HTTP/1.1\r\nHost: x\r\nX-Large: " + std::string(64U << 10, 'x') + "\r\n\r\n");
  EXPECT_EQ(one.receive().status, 431);
  EXPECT_EQ(client().get("/v1/status").status, 200);
}

TEST_F(ControlServerTest, SurvivesGarbage) {
  start({status_route()}, {.socket_path = {}, .idle_timeout = 1s});  // some of it looks unfinished
  for (const std::string& garbage :
       {std::string("\0\x01\xff\xfe\r\n\r\n", 8), std::string("GET\r\n\r\n"), std::string(100'000, '\xff'),
        std::string("\x16\x03\x01\x02\r\n\r\n"), std::string("GET / HTTP/9.9\r\n\r\n")}) {
    ControlClient one = client();
    one.send(garbage);
    const int status = one.receive().status;
    EXPECT_TRUE(status == 0 || status >= 400) << status;
  }
  EXPECT_EQ(client().get("/v1/status").status, 200);
}

TEST_F(ControlServerTest, ASlowClientTimesOutWhileOthersAreServed) {
  start({status_route()}, {.socket_path = {}, .idle_timeout = 1s});
  ControlClient slow = client();
  ControlClient idle = client();
  slow.send("GET /v1/sta");
  EXPECT_EQ(idle.get("/v1/status").status, 200);
  EXPECT_FALSE(slow.has_data());
  EXPECT_TRUE(slow.is_closed_by_peer());
  EXPECT_TRUE(idle.is_closed_by_peer());
  EXPECT_EQ(client().get("/v1/status").status, 200);
}

TEST_F(ControlServerTest, ARequestThatWaitsForItsAnswerDoesNotTimeOut) {
  Waiting waiting;
  start({waiting.make()}, {.socket_path = {}, .idle_timeout = 1s});
  ControlClient waits = client();
  waits.send("GET /v1/wait HTTP/1.1\r\nHost: x\r\n\r\n");
  waiting.wait_for(1);
  ControlClient idle = client();
  EXPECT_TRUE(idle.is_closed_by_peer());  // the time is up
  on_loop([&] { waiting.responders[0].answer({.json = "{}"}); });
  EXPECT_EQ(waits.receive().status, 200);
}

TEST_F(ControlServerTest, Serves64ClientsAtOnceAndThe65thWhenOneLeaves) {
  start({status_route()});
  std::vector<ControlClient> clients;
  for (int i = 0; i < 64; ++i) clients.push_back(client());
  for (ControlClient& one : clients) ASSERT_EQ(one.get("/v1/status").status, 200);
  ControlClient one_more = client();
  one_more.send("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
  for (ControlClient& one : clients) ASSERT_EQ(one.get("/v1/status").status, 200);
  EXPECT_FALSE(one_more.has_data());
  clients[7].hang_up();
  EXPECT_EQ(one_more.receive().status, 200);
}

}  // namespace
}  // namespace caretaker
