// SPDX-License-Identifier: MIT
// What may go wrong between the client and the daemon, the same for every command.
#include "ctl/client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

#include "ctl/canned.h"
#include "ctl/command_fixture.h"

namespace caretaker::ctl {
namespace {

using ClientTest = CommandTest;

TEST_F(ClientTest, SaysInOneLineThatNoDaemonRuns) {
  const Ended ended = run_plain({"status", "--socket", "/nonexistent/control.sock"});
  EXPECT_EQ(ended.exit, ExitCode::no_daemon);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(
      ended.error,
      "caretakerctl: no daemon is running (no socket at /nonexistent/control.sock); start it with: systemctl "
      "start caretaker\n");
}

TEST_F(ClientTest, TellsALeftOverSocketFromAMissingOne) {
  const TempDir dir;
  const std::string path = dir.path("stale.sock");
  {
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  const Ended ended = run_plain({"jobs", "--socket", path});
  EXPECT_EQ(ended.exit, ExitCode::no_daemon);
  EXPECT_EQ(ended.error, "caretakerctl: no daemon is running (" + path +
                             " is left over, nobody listens); start it with: systemctl start caretaker\n");
}

TEST_F(ClientTest, PrintsItsOwnFailuresAsAnErrorObjectWithJson) {
  const Ended ended = run_plain({"jobs", "--json", "--socket", "/nonexistent/s"});
  EXPECT_EQ(ended.exit, ExitCode::no_daemon);
  EXPECT_EQ(
      ended.out,
      "{\"error\":{\"code\":\"no_daemon\",\"message\":\"no daemon is running (no socket at /nonexistent/s)\","
      "\"hint\":\"start it with: systemctl start caretaker\"}}\n");
}

TEST_F(ClientTest, RefusesAPathThatNoSocketCanHave) {
  EXPECT_EQ(run_plain({"jobs", "--socket", "/" + std::string(200, 'x')}).exit, ExitCode::usage);
  EXPECT_EQ(run_plain({"jobs", "--socket", ""}).exit, ExitCode::usage);
}

TEST_F(ClientTest, TakesTheSocketFromTheEnvironment) {
  daemon.answer("GET /v1/jobs", 200, canned::jobs);
  ::setenv("CARETAKER_SOCKET", daemon.socket().c_str(), 1);
  EXPECT_EQ(run_plain({"jobs"}).exit, ExitCode::ok);
  EXPECT_EQ(run_plain({"jobs", "--socket", "/nonexistent/s"}).exit, ExitCode::no_daemon);
}

TEST_F(ClientTest, GoesToTheSocketWhateverTheProxySettingsSay) {
  daemon.answer("GET /v1/jobs", 200, canned::jobs);
  ::setenv("http_proxy", "http://127.0.0.1:9", 1);
  EXPECT_EQ(run({"jobs"}).exit, ExitCode::ok);
  ::unsetenv("http_proxy");
}

TEST_F(ClientTest, SendsAnEmptyBodyWithAPost) {
  run({"reload"});
  EXPECT_NE(daemon.last_head().find("\r\nContent-Length: 0\r\n"), std::string::npos) << daemon.last_head();
}

TEST_F(ClientTest, EndsWhenNoAnswerComes) {
  daemon.never_answer("GET /v1/status");
  EXPECT_EQ(run({"status", "--timeout", "50ms"}).exit, ExitCode::timeout);
}

TEST_F(ClientTest, SaysWhatIsWrongWithAnAnswer) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "the daemon's answer broke off (the connection was closed)"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "what listens at " + daemon.socket() + " does not speak HTTP"},
      {std::string(200, '\0'), "what listens at " + daemon.socket() + " does not speak HTTP"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"jobs\":[",
       "the daemon's answer broke off (cut off in the middle)"},
      {"HTTP/1.1 200 OK\r\n\r\n{\"jobs\":[", "the daemon's answer makes no sense: it is not JSON"},
      {"HTTP/1.1 200 OK\r\n\r\n{\"jobs\":[\"\xFF\"]}", "the daemon's answer makes no sense: it is not JSON"},
      {"HTTP/1.1 200 OK\r\n\r\n[1]", "the daemon's answer makes no sense: it is not a JSON object"},
      {"HTTP/1.1 200 OK\r\n\r\n{\"jobs\":{}}", "the daemon's answer makes no sense: jobs is not a list"},
      {"HTTP/1.1 200 OK\r\n\r\n{\"jobs\":[{\"name\":7}]}",
       "the daemon's answer makes no sense: jobs[0].name is not a text"},
      {"HTTP/1.1 302 Found\r\nLocation: /v1/jobs\r\nContent-Length: 0\r\n\r\n",
       "the daemon refused with HTTP status 302 and no reason"},
      {"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
       "the daemon refused with HTTP status 500 and no reason"},
      {"HTTP/1.1 503 Oops\r\n\r\n{\"error\":{\"code\":\"busy\",\"message\":\"too many clients\"}}",
       "too many clients"},
  };
  for (const auto& [bytes, message] : cases) {
    daemon.answer_raw("GET /v1/jobs", bytes);
    const Ended ended = run({"jobs"});
    EXPECT_EQ(ended.exit, ExitCode::failed) << message;
    EXPECT_EQ(ended.out, "") << message;
    EXPECT_TRUE(ended.error.starts_with("caretakerctl: " + message)) << ended.error;
    EXPECT_EQ(std::ranges::count(ended.error, '\n'), 1) << ended.error;
  }
}

TEST_F(ClientTest, StopsReadingAnAnswerWithoutEnd) {
  daemon.answer_raw("GET /v1/jobs", "HTTP/1.1 200 OK\r\n\r\n" + std::string((64U << 20) + 1, ' '));
  const Ended ended = run({"jobs"});
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_EQ(ended.error,
            "caretakerctl: the daemon's answer is larger than 64M; ask for less with --limit or a narrower "
            "pattern\n");
}

TEST_F(ClientTest, SurvivesDeepNesting) {
  const std::string deep = "{\"jobs\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}";
  daemon.answer("GET /v1/jobs", 200, deep);
  EXPECT_EQ(run({"jobs"}).exit, ExitCode::failed);
}

TEST_F(ClientTest, TurnsEveryRefusalIntoItsExitCode) {
  const std::pair<int, ExitCode> cases[] = {
      {400, ExitCode::failed}, {403, ExitCode::not_permitted}, {404, ExitCode::failed},
      {405, ExitCode::failed}, {409, ExitCode::failed},        {413, ExitCode::failed},
      {422, ExitCode::failed}, {500, ExitCode::failed},        {503, ExitCode::failed}};
  for (const auto& [status, exit] : cases) {
    daemon.answer("POST /v1/reload", status,
                  R"({"error":{"code":"x","message":"the \u001breason","hint":"do y"}})");
    const Ended ended = run({"reload", "--json"});
    EXPECT_EQ(ended.exit, exit) << status;
    EXPECT_EQ(ended.error, "caretakerctl: the \\u001breason; do y\n");
    EXPECT_EQ(ended.out,
              "{\"error\":{\"code\":\"x\",\"message\":\"the \\u001breason\",\"hint\":\"do y\"}}\n");
  }
}

TEST(UrlEncode, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(url_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(url_encode("a b/c?&=%\xC3\xA9"), "a%20b%2Fc%3F%26%3D%25%C3%A9");
}

}  // namespace
}  // namespace caretaker::ctl
