// SPDX-License-Identifier: MIT
#include "daemon/control_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "daemon_control/server_fixture.h"

namespace caretaker {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

std::size_t open_descriptors() {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

TEST_F(ControlServerTest, AnswersWithJson) {
  start({status_route()});
  const HttpAnswer answer = client().get("/v1/status");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{\"state\":\"ok\"}\n");
  EXPECT_THAT(answer.headers, HasSubstr("Content-Type: application/json\r\n"));
}

TEST_F(ControlServerTest, ServesManyRequestsOnOneConnectionErrorsIncluded) {
  start({status_route(), echo_route()});
  ControlClient one = client();
  EXPECT_EQ(one.get("/v1/status").status, 200);
  EXPECT_EQ(one.get("/v1/nothing").status, 404);
  EXPECT_EQ(one.request("POST", "/v1/status").status, 405);
  EXPECT_EQ(one.request("POST", "/v1/echo", "[1,2]").status, 202);
  EXPECT_EQ(one.request("POST", "/v1/echo", "[1,").status, 400);
  one.send("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(one.receive().status, 200);
  EXPECT_EQ(one.receive().status, 200);
}

TEST_F(ControlServerTest, NamesTheAllowedMethods) {
  start({status_route()});
  const HttpAnswer answer = client().request("DELETE", "/v1/status");
  EXPECT_EQ(answer.status, 405);
  EXPECT_THAT(answer.headers, HasSubstr("Allow: GET\r\n"));
}

TEST_F(ControlServerTest, GivesTheHandlerDecodedValuesAndThePeer) {
  std::promise<Request> seen;
  Route one = route("GET", "/v1/jobs/{name}/runs", [&](const Request& request, const Responder& responder) {
    seen.set_value(request);
    responder.answer({.json = "{}"});
  });
  one.query = {{.name = "label", .help = ""}};
  start({one});
  EXPECT_EQ(client().get("/v1/jobs/a%2Fb%20c/runs?label=k%3Dv&label=x+y").status, 200);
  const Request request = seen.get_future().get();
  EXPECT_EQ(request.path_value("name"), "a/b c");
  EXPECT_EQ(request.query_values("label"), (std::vector<std::string>{"k=v", "x y"}));
  EXPECT_EQ(request.peer.uid, ::geteuid());
  EXPECT_EQ(request.peer.pid, ::getpid());
}

TEST_F(ControlServerTest, ARequestMayBeAnsweredLater) {
  Waiting waiting;
  start({waiting.make(), status_route()});
  ControlClient first = client();
  ControlClient second = client();
  first.send("GET /v1/wait HTTP/1.1\r\nHost: x\r\n\r\n");
  waiting.wait_for(1);
  second.send("GET /v1/wait HTTP/1.1\r\nHost: x\r\n\r\n");
  waiting.wait_for(2);
  EXPECT_EQ(client().get("/v1/status").status, 200);
  on_loop([&] { waiting.responders[1].answer({.json = "2"}); });
  EXPECT_EQ(second.receive().body, "2\n");
  on_loop([&] {
    waiting.responders[0].answer({.json = "1"});
    waiting.responders[0].answer({.json = "not counted"});
  });
  EXPECT_EQ(first.receive().body, "1\n");
  EXPECT_EQ(first.get("/v1/status").status, 200);  // the connection lives on
}

TEST_F(ControlServerTest, AHandlerMayAnswerAnotherRequest) {
  Waiting waiting;
  start({waiting.make(), route("POST", "/v1/release", [&](const Request&, const Responder& responder) {
           waiting.responders[0].answer({.json = "\"released\""});
           responder.answer({.json = "{}"});
         })});
  ControlClient first = client();
  first.send("GET /v1/wait HTTP/1.1\r\nHost: x\r\n\r\n");
  waiting.wait_for(1);
  EXPECT_EQ(client().request("POST", "/v1/release").status, 200);
  EXPECT_EQ(first.receive().body, "\"released\"\n");
}

TEST_F(ControlServerTest, ARequestThatIsGivenUpGets500) {
  Waiting waiting;
  start({waiting.make()});
  ControlClient one = client();
  one.send("GET /v1/wait HTTP/1.1\r\nHost: x\r\n\r\n");
  waiting.wait_for(1);
  on_loop([&] { waiting.responders.clear(); });
  EXPECT_EQ(one.receive().status, 500);
}

TEST_F(ControlServerTest, ADeadClientsAnswerIsDropped) {
  Waiting waiting;
  start({waiting.make(), status_route()});
  ControlClient dead = client();
  dead.send("GET /v1/wait HTTP/1.1\r\nHost: x\r\n\r\n");
  waiting.wait_for(1);
  dead.hang_up();
  EXPECT_EQ(client().get("/v1/status").status, 200);
  on_loop([&] { waiting.responders[0].answer({.json = std::string(1U << 20, ' ')}); });
  EXPECT_EQ(client().get("/v1/status").status, 200);
}

TEST_F(ControlServerTest, StopsAtOnceWithOpenConnectionsAndAnswersThoseThatWait) {
  const std::size_t before = open_descriptors();
  {
    Waiting waiting;
    start({waiting.make(), status_route()});
    ControlClient idle = client();
    ControlClient half = client();
    ControlClient waits = client();
    half.send("GET /v1/sta");
    EXPECT_EQ(idle.get("/v1/status").status, 200);
    waits.send("GET /v1/wait HTTP/1.1\r\nHost: x\r\n\r\n");
    waiting.wait_for(1);
    on_loop([&] { server.reset(); });
    EXPECT_FALSE(std::filesystem::exists(path));
    const HttpAnswer answer = waits.receive();
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("\"stopping\""));
    EXPECT_TRUE(idle.is_closed_by_peer());
    EXPECT_TRUE(half.is_closed_by_peer());
    on_loop([&] { waiting.responders[0].answer({.json = "too late"}); });
  }
  TearDown();
  loop.reset();
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(ControlServerTest, TheSocketIsForOwnerAndGroupOnly) {
  start({status_route()});
  struct stat status{};
  ASSERT_EQ(::lstat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode, static_cast<mode_t>(S_IFSOCK | 0660));
}

// The status of a request that another user sends; 0 when it went wrong.
int status_as_nobody(const std::string& path) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(0);
    try {
      ControlClient nobody(path);
      const bool reads = nobody.get("/v1/status").status == 200;
      ::_exit(reads ? nobody.request("POST", "/v1/echo", "{}").status - 300 : 0);
    } catch (...) {
      ::_exit(0);
    }
  }
  int exit_status = 0;
  if (::waitpid(child, &exit_status, 0) != child) return 0;
  return WEXITSTATUS(exit_status) + 300;
}

TEST_F(ControlServerTest, WhoIsNeitherRootNorTheDaemonsUserMayOnlyRead) {
  Route change = echo_route();
  change.changes = true;
  start({status_route(), change}, {.socket_path = {}, .own_uid = ::geteuid() + 1});
  ASSERT_EQ(::chmod(dir.path().c_str(), 0711), 0);
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  EXPECT_EQ(status_as_nobody(path), 403);
}

TEST_F(ControlServerTest, TheDaemonsOwnUserMayChangeThings) {
  Route change = echo_route();
  change.changes = true;
  start({change});
  EXPECT_EQ(client().request("POST", "/v1/echo", "{}").status, 202);
}

TEST_F(ControlServerTest, FailsToStartOnASocketThatIsInUse) {
  start({status_route()});
  const auto second = ControlServer::start(*loop, {.socket_path = path}, {});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("already listening"));
  EXPECT_EQ(client().get("/v1/status").status, 200);
}

}  // namespace
}  // namespace caretaker
