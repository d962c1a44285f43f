// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "ctl/canned_cleanup.h"
#include "ctl/command_fixture.h"

namespace caretaker::ctl {
namespace {

using nlohmann::json;

bool docs_have(const std::string& text) {
  return read_file(CARETAKER_SOURCE_DIR "/docs/caretakerctl.md").value().find("\n" + text + "```") !=
         std::string::npos;
}

using CleanupStatus = CommandTest;
using CleanupHistory = CommandTest;

constexpr const char* week_request = "GET /v1/cleanup/history?since_ms=1763097400000&limit=20";

TEST_F(CleanupStatus, ShowsHowThingsAreAsTheDocsDo) {
  daemon.answer("GET /v1/cleanup", 200, canned::cleanup_status);
  const Ended ended = run({"cleanup", "status"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out, R"(  mode      enforce
  engine    docker 20.10.24, API 1.41, graphdriver overlay2
  socket    /run/caretaker-docker-gate.sock
  watching  since 2025-11-14 05:16:40 (7d 0h), 2 gaps
  disk      /var/lib/docker 71.2 % full, 56.4 GiB of 196 GiB free, 12.3 % of inodes used
  pressure  none
  run       none
  last run  5m 0s ago, interval: ok: 3 of 3 objects removed in 12 s
  next run  in 55m 0s
)");
  EXPECT_TRUE(docs_have("$ caretakerctl cleanup status\n" + ended.out));
}

TEST_F(CleanupStatus, ShowsWhatIsWrong) {
  json body = json::parse(canned::cleanup_status);
  body["engine"] = "";
  body["engine_error"] = "connect: No such file\x1b";
  body["watching"] = false;
  body["watched_since_ms"] = nullptr;
  body["pressure"] = "/var/lib/docker: 91 % of 100 GB used";
  body["held"] = "warming up";
  body["error"] = "something else";
  body["last_run"]["note"] = "a note";
  body["next_run_ms"] = nullptr;
  daemon.answer("GET /v1/cleanup", 200, body.dump());
  EXPECT_EQ(run({"cleanup", "status"}).out, R"(  mode      enforce
  engine    connect: No such file\u001b
  socket    /run/caretaker-docker-gate.sock
  watching  not yet
  disk      /var/lib/docker 71.2 % full, 56.4 GiB of 196 GiB free, 12.3 % of inodes used
  pressure  /var/lib/docker: 91 % of 100 GB used
  held      warming up
  error     something else
  run       none
  last run  5m 0s ago, interval: ok: 3 of 3 objects removed in 12 s
            a note
  next run  not planned
)");
}

TEST_F(CleanupStatus, ShowsTheRunUnderWay) {
  json body = json::parse(canned::cleanup_status);
  body["mode"] = "observe";
  body["held"] = "mode = observe: nothing is deleted";
  body["running"] = true;
  body["last_run"] = nullptr;
  daemon.answer("GET /v1/cleanup", 200, body.dump());
  std::string out = run({"cleanup", "status"}).out;
  EXPECT_NE(out.find("  mode      observe: nothing is deleted; to delete, set [cleanup] mode = enforce\n"),
            std::string::npos)
      << out;
  EXPECT_EQ(out.find("held"), std::string::npos) << out;
  EXPECT_NE(out.find("  run       looks at what is there\n  last run  none since the daemon started\n"),
            std::string::npos)
      << out;
  body["progress"] = {{"trigger", "pressure"}, {"done", 2}, {"planned", 12}, {"object", "nginx:1.25"}};
  daemon.answer("GET /v1/cleanup", 200, body.dump());
  out = run({"cleanup", "status"}).out;
  EXPECT_NE(out.find("  run       pressure: 3 of 12: nginx:1.25\n"), std::string::npos) << out;
}

TEST_F(CleanupStatus, SaysThatItIsOff) {
  json body = json::parse(canned::cleanup_status);
  body["mode"] = "off";
  daemon.answer("GET /v1/cleanup", 200, body.dump());
  EXPECT_EQ(run({"cleanup", "status"}).out,
            "cleanup is off; to see what it would remove, set [cleanup] mode = observe and reload\n");
}

TEST_F(CleanupStatus, PrintsTheAnswerAsJson) {
  daemon.answer("GET /v1/cleanup", 200, canned::cleanup_status);
  EXPECT_EQ(json::parse(run({"cleanup", "status", "--json"}).out), json::parse(canned::cleanup_status));
}

TEST_F(CleanupHistory, ListsTheRunsOfAWeekAsTheDocsShow) {
  daemon.answer(week_request, 200, canned::cleanup_history);
  const Ended ended = run({"cleanup", "history"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out,
            R"(TIME                TRIGGER  MODE    OUTCOME  PLANNED REMOVED    FREED NOTE
2025-11-21 05:16:39 manual   enforce partial        3       1 11.4 GiB volume skipped: containers are not known
2025-11-21 04:16:40 interval observe observed       2       0        - mode = observe: nothing is deleted
)");
  width = 80;
  const std::string narrow = run({"cleanup", "history"}).out;
  EXPECT_TRUE(docs_have(narrow)) << narrow;
}

TEST_F(CleanupHistory, ShowsTheObjectsOfEachRunWhenAsked) {
  daemon.answer(week_request, 200, canned::cleanup_history);
  const std::string out = run({"cleanup", "history", "--actions"}).out;
  EXPECT_TRUE(out.ends_with(R"(
2025-11-21 05:16:39 manual
# KIND        OBJECT            STATE          FREES WHY
1 build_cache old records       removed     11.4 GiB 214 of 245 records were not used for 7 days
2 image       ci/app:build-1841 kept    1.9..4.2 GiB the container web-7 uses it since the plan was made
3 volume      old_data          failed    0..328 KiB remove old_data: device or resource busy
)")) << out;
}

TEST_F(CleanupHistory, ShowsTheObjectsOfASingleRun) {
  json one = json::parse(canned::cleanup_history);
  one["runs"].erase(1);
  daemon.answer("GET /v1/cleanup/history?since_ms=1763615800000&limit=1", 200, one.dump());
  const std::string out = run({"cleanup", "history", "--since", "1d", "--limit", "1"}).out;
  EXPECT_NE(out.find("3 volume      old_data          failed"), std::string::npos) << out;
  EXPECT_EQ(out.find("Only the newest"), std::string::npos) << out;
}

TEST_F(CleanupHistory, SaysWhenThereMayBeMore) {
  daemon.answer("GET /v1/cleanup/history?since_ms=1763097400000&limit=2", 200, canned::cleanup_history);
  const std::string out = run({"cleanup", "history", "--limit", "2"}).out;
  EXPECT_TRUE(out.ends_with("\n\nOnly the newest 2 runs; more with --limit.\n")) << out;
}

TEST_F(CleanupHistory, SaysWhenThereIsNone) {
  daemon.answer("GET /v1/cleanup/history?since_ms=0&limit=20", 200, R"({"runs":[]})");
  const Ended ended = run({"cleanup", "history", "--since", "30000d"});
  EXPECT_EQ(ended.exit, ExitCode::usage);
  daemon.answer(week_request, 200, R"({"runs":[]})");
  EXPECT_EQ(run({"cleanup", "history"}).out, "no runs in the last 7d\n");
}

TEST_F(CleanupHistory, ShowsHostileNamesAsText) {
  json body = json::parse(canned::cleanup_history);
  json& action = body["runs"][0]["actions"][2];
  action["names"] = {"v\x1b[2J"};
  action["message"] = "m\x1b]0;x\x07\r\n";
  body["runs"][0]["note"] = "n\x1b[31m";
  body["runs"][0]["trigger"] = "t\x1b[31m";
  daemon.answer(week_request, 200, body.dump());
  for (const std::size_t columns : {0U, 80U}) {
    width = columns;
    const std::string out = run({"cleanup", "history", "--actions"}).out;
    EXPECT_EQ(out.find('\x1b'), std::string::npos) << out;
    EXPECT_EQ(out.find('\r'), std::string::npos) << out;
    EXPECT_NE(out.find("v\\u001b[2J"), std::string::npos) << out;
  }
}

TEST_F(CleanupHistory, PrintsTheAnswerAsJson) {
  daemon.answer(week_request, 200, canned::cleanup_history);
  EXPECT_EQ(json::parse(run({"cleanup", "history", "--json"}).out), json::parse(canned::cleanup_history));
}

TEST_F(CleanupHistory, FailsForAnswersThatMakeNoSense) {
  json body = json::parse(canned::cleanup_history);
  body["runs"][0]["actions"][1].erase("state");
  daemon.answer(week_request, 200, body.dump());
  const Ended ended = run({"cleanup", "history"});
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_NE(ended.error.find("runs[0].actions[1].state is missing"), std::string::npos) << ended.error;
}

}  // namespace
}  // namespace caretaker::ctl
