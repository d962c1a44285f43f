// SPDX-License-Identifier: MIT
// The cleanup commands of the control socket, of the daemon in front of a fake engine.
#include "daemon/api_cleanup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>

#include "daemon_control/control_client.h"
#include "support/daemon_process.h"
#include "support/eventually.h"
#include "support/fake_engine.h"

namespace caretaker {
namespace {

using nlohmann::json;
using testing::HasSubstr;

struct Answer {
  int status = 0;
  json body;
  [[nodiscard]] std::string code() const { return body.value(json::json_pointer("/error/code"), ""); }
};

class ApiCleanup : public testing::Test {
 protected:
  void start(const std::string& cleanup) {
    daemon.write("config.ini", config(cleanup));
    daemon.start();
  }
  [[nodiscard]] std::string config(const std::string& cleanup) const {
    return "[store]\ncommit_interval = 100ms\n[cleanup]\nwarmup = 0s\nsettle_time = 0s\nmin_age = 0s\n" +
           cleanup + "\n[cleanup.docker]\nsocket = " + engine.socket() + "\n";
  }
  void reload(const std::string& cleanup) {
    daemon.write("config.ini", config(cleanup));
    const ChildResult ended = daemon.ctl({"reload"});
    ASSERT_EQ(ended.exit_status, 0) << ended.standard_error << ended.standard_output;
  }
  Answer ask(const std::string& method, const std::string& target) const {
    const HttpAnswer answer = ControlClient(daemon.socket()).request(method, target);
    return {.status = answer.status, .body = json::parse(answer.body, nullptr, false)};
  }
  // Not while the job is at work by itself.
  Answer ask_when_free(const std::string& method, const std::string& target) const {
    Answer answer;
    (void)eventually([&] {
      answer = ask(method, target);
      return answer.code() != "busy";
    });
    return answer;
  }
  // Once it hangs for a question that somebody has asked.
  bool wait_for_hang() {
    return eventually([&] {
      const std::vector<FakeRequest> asked = engine.take_requests();
      return std::ranges::any_of(asked, [](const FakeRequest& request) {
        return request.target.find("/images/json") != std::string::npos;
      });
    });
  }
  json status() const { return ask("GET", "/v1/cleanup").body; }
  // An engine that takes the question for its images and does not answer.
  void hang() {
    engine.add_fault(
        {.method = "GET", .path_prefix = "/images/json", .times = 100, .kind = FakeFault::Kind::hang});
  }
  void put_old_build_cache() {
    engine.put(BuildCacheRecord{.id = "cache1",
                                .type = "regular",
                                .size_bytes = 1'000'000,
                                .in_use = false,
                                .created_ms = 1'700'000'000'000,
                                .last_used_ms = 1'700'000'000'000});
  }

  FakeEngine engine;
  DaemonProcess daemon;
};

TEST_F(ApiCleanup, RefusesEverythingButStatusAndHistoryWhileItIsOff) {
  start("mode = off");
  for (const char* path : {"/v1/cleanup/plan", "/v1/cleanup/dry-run", "/v1/cleanup/run"}) {
    const Answer answer = ask("POST", path);
    EXPECT_EQ(answer.status, 409) << path;
    EXPECT_EQ(answer.code(), "cleanup_off") << answer.body;
  }
  EXPECT_EQ(status().at("mode"), "off");
  EXPECT_EQ(ask("GET", "/v1/cleanup/history").body.at("runs"), json::array());
}

TEST_F(ApiCleanup, ToldOffItForgetsWhatItSaidAndKeepsWhatItDid) {
  put_old_build_cache();
  start("mode = observe\ncheck_interval = 1s");
  ASSERT_TRUE(eventually([&] { return status().at("would_remove") == 1; }));
  EXPECT_THAT(status().at("engine").get<std::string>(), HasSubstr("docker 29.3.0"));
  EXPECT_THAT(ask("GET", "/v1/status").body.at("notes").dump(), HasSubstr("cleanup would remove 1 object "));
  reload("mode = off");
  EXPECT_EQ(status().at("engine"), "");
  EXPECT_EQ(status().at("would_remove"), 0);
  EXPECT_FALSE(status().at("last_run").is_null());
  EXPECT_EQ(ask("GET", "/v1/status").body.at("notes"), json::array());
  EXPECT_EQ(ask("POST", "/v1/cleanup/plan").code(), "cleanup_off");
  reload("mode = observe");
  EXPECT_EQ(ask_when_free("POST", "/v1/cleanup/plan").status, 200);
}

TEST_F(ApiCleanup, RefusesWhatItDoesNotUnderstand) {
  start("mode = observe");
  for (const char* target : {"/v1/cleanup/plan?pressure=maybe", "/v1/cleanup/plan?all=1",
                             "/v1/cleanup/dry-run?all=", "/v1/cleanup/run?pressure=true"}) {
    EXPECT_EQ(ask("POST", target).status, 400) << target;
  }
  for (const char* query :
       {"limit=0", "limit=1001", "limit=x", "limit=-1", "since_ms=-1", "since_ms=now", "what=1"}) {
    const Answer answer = ask("GET", std::string("/v1/cleanup/history?") + query);
    EXPECT_EQ(answer.status, 400) << query;
  }
  EXPECT_EQ(ask("GET", "/v1/cleanup/plan").status, 405);
}

TEST_F(ApiCleanup, SaysThatThereIsNoEngine) {
  engine.stop();
  start("mode = observe");
  const Answer answer = ask_when_free("POST", "/v1/cleanup/plan");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.code(), "no_engine") << answer.body;
  EXPECT_THAT(answer.body.dump(), HasSubstr(engine.socket()));
}

TEST_F(ApiCleanup, AnswersWithThePlanAndTheVerdictsThatWereAskedFor) {
  engine.put(fake_image(1, {"nginx:1.25"}));
  engine.put(fake_container(1, fake_image(1, {"nginx:1.25"})));
  start("mode = observe");
  const Answer plan = ask_when_free("POST", "/v1/cleanup/plan?object=nginx");
  ASSERT_EQ(plan.status, 200) << plan.body;
  EXPECT_EQ(plan.body.at("mode"), "observe");
  EXPECT_EQ(plan.body.at("objects"), 0);
  ASSERT_EQ(plan.body.at("verdicts").size(), 1U);
  EXPECT_EQ(plan.body.at("verdicts").at(0).at("reason"), "in_use");
  EXPECT_FALSE(ask_when_free("POST", "/v1/cleanup/plan").body.contains("verdicts"));
}

TEST_F(ApiCleanup, RunsAndTellsInTheHistory) {
  put_old_build_cache();
  start("mode = observe\ncheck_interval = 1s");
  ASSERT_TRUE(eventually([&] { return status().at("watching") == true; }));
  reload("mode = enforce");
  const Answer begun = ask_when_free("POST", "/v1/cleanup/run");
  ASSERT_EQ(begun.status, 200) << begun.body;
  const auto ended = [&] {
    const json last = status().at("last_run");
    return !last.is_null() && last.at("trigger") == "manual" &&
           last.at("time_ms") >= begun.body.at("begun_ms");
  };
  ASSERT_TRUE(eventually(ended)) << status();
  EXPECT_TRUE(engine.build_cache().empty());
  EXPECT_TRUE(eventually([&] { return status().at("would_remove") == 0; }));
  const json runs = ask("GET", "/v1/cleanup/history?limit=1").body.at("runs");
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs.at(0).at("outcome"), "ok");
  EXPECT_EQ(runs.at(0).at("actions").at(0).at("state"), "removed");
  EXPECT_GE(ask("GET", "/v1/cleanup/history").body.at("runs").size(), 2U);
  EXPECT_EQ(ask("GET", "/v1/cleanup/history?since_ms=99999999999999").body.at("runs"), json::array());
}

TEST_F(ApiCleanup, IsBusyWhileARunIsUnderWay) {
  start("mode = observe");
  ASSERT_EQ(ask_when_free("POST", "/v1/cleanup/plan").status, 200);
  hang();
  (void)engine.take_requests();
  auto first = std::async(std::launch::async, [&] { return ask_when_free("POST", "/v1/cleanup/plan"); });
  ASSERT_TRUE(wait_for_hang());
  EXPECT_EQ(status().at("running"), true);
  for (const char* path : {"/v1/cleanup/plan", "/v1/cleanup/run"}) {
    const Answer second = ask("POST", path);
    EXPECT_EQ(second.status, 409);
    EXPECT_EQ(second.code(), "busy") << second.body;
  }
  engine.clear_faults();
  engine.stop();
  EXPECT_NE(first.get().status, 0);
}

TEST_F(ApiCleanup, AReloadAnswersWhoWaitedForTheOldJob) {
  start("mode = observe");
  ASSERT_EQ(ask_when_free("POST", "/v1/cleanup/plan").status, 200);
  hang();
  (void)engine.take_requests();
  auto waiting = std::async(std::launch::async, [&] { return ask_when_free("POST", "/v1/cleanup/plan"); });
  ASSERT_TRUE(wait_for_hang());
  EXPECT_EQ(status().at("running"), true);
  engine.clear_faults();
  reload("mode = enforce");
  const Answer answer = waiting.get();
  EXPECT_EQ(answer.status, 503) << answer.body;
  EXPECT_EQ(ask_when_free("POST", "/v1/cleanup/plan").body.at("mode"), "enforce");
}

TEST_F(ApiCleanup, AStoppedJobAnswersWhoWaitedForIt) {
  start("mode = observe");
  ASSERT_EQ(ask_when_free("POST", "/v1/cleanup/plan").status, 200);
  hang();
  (void)engine.take_requests();
  auto waiting = std::async(std::launch::async, [&] { return ask_when_free("POST", "/v1/cleanup/plan"); });
  ASSERT_TRUE(wait_for_hang());
  EXPECT_EQ(status().at("running"), true);
  EXPECT_EQ(daemon.ctl({"stop", "cleanup"}).exit_status, 0);
  EXPECT_EQ(waiting.get().status, 503);
  engine.clear_faults();
  EXPECT_EQ(ask_when_free("POST", "/v1/cleanup/plan").status, 200)
      << "by hand it works also while it is paused";
}

TEST_F(ApiCleanup, LetsOnlyRootAndItsOwnUserChangeThings) {
  for (const Route& route : cleanup_routes(nullptr)) {
    EXPECT_EQ(route.changes, route.method == "POST") << route.path;
  }
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to be somebody else";
  start("mode = observe");
  const ChildResult refused = daemon.ctl({"cleanup", "run"}, "nobody");
  EXPECT_NE(refused.exit_status, 0) << refused.standard_output;
}

}  // namespace
}  // namespace caretaker
