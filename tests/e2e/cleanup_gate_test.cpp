// SPDX-License-Identifier: MIT
// Everything that the daemon does with an engine, through the gate. All other tests of cleanup go the same
// way when CARETAKER_TEST_GATE is set.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/cleanup_stand.h"
#include "support/eventually.h"
#include "support/raw_http_client.h"
#include "support/registry_process.h"

namespace caretaker {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* htpasswd = "monitor:$2b$05$abcdefghijklmnopqrstuutXu9KzOt.1yBoZUeFWoT/914/JfszCO\n";
constexpr const char* login = "bW9uaXRvcjpvcGVuLXNlc2FtZQ==";

class CleanupGate : public CleanupStand {
 protected:
  void SetUp() override {
    CleanupStand::SetUp();
    if (IsSkipped()) return;
    start_engine();
    put_gate_between();
  }
  [[nodiscard]] std::string status() const { return daemon.ctl({"cleanup", "status"}).standard_output; }
};

TEST_F(CleanupGate, ObservesAndThenDeletesWithARecordOfEachChange) {
  start_daemon(observing);
  const std::string dangling = dangling_image("app:1");
  EXPECT_THAT(status(), AllOf(HasSubstr(gate().socket()), HasSubstr("docker 20.10")));
  EXPECT_EQ(run().outcome, "nothing") << "too young";
  EXPECT_THAT(gate().err(), Not(HasSubstr("engine_change"))) << "who looks changes nothing";

  reload(enforcing_at_once);
  const SeenRun ran = run();
  EXPECT_EQ(ran.outcome, "ok") << ran.note;
  EXPECT_THAT(ran.names("removed"), ElementsAre(dangling));
  EXPECT_THAT(image_ids(), Not(Contains(dangling)));
  const std::string peer = ", pid " + std::to_string(daemon.pid());
  EXPECT_THAT(gate().err(),
              AllOf(HasSubstr("DELETE /v1.41/images/" + std::string("sha256:")),
                    HasSubstr("?noprune=1 of uid 0" + peer + " (engine_change_passed)\n"),
                    HasSubstr("?noprune=1 of uid 0" + peer + ": HTTP 200 (engine_change_answered)\n"),
                    Not(HasSubstr("refused")), Not(HasSubstr("throttled"))));
}

TEST_F(CleanupGate, SeesWhatHappensAsItHappens) {
  start_daemon(enforcing_at_once);
  const std::string dangling = dangling_image("app:1");
  const std::string container = engine().run_container(dangling);
  engine().docker({"rm", "--force", container});
  EXPECT_TRUE(eventually([&] {
    return daemon.ctl({"cleanup", "explain", dangling}).standard_output.find("last used") !=
           std::string::npos;
  })) << daemon.ctl({"cleanup", "explain", dangling}).standard_output;
}

TEST_F(CleanupGate, PullsFromARegistryThatWantsALogin) {
  RegistryProcess registry(htpasswd);
  const std::string app = registry.host() + "/team/app:1";
  daemon.write("client/config.json",
               "{\"auths\":{\"" + registry.host() + "\":{\"auth\":\"" + login + "\"}}}");
  engine().import_image(app);
  engine().docker({"--config", daemon.path("client"), "push", app});
  engine().docker({"rmi", app});
  const std::string job = "[pull.base]\ninterval = 31d\nimages = " + app + "\n";
  start_daemon(observing + job);
  const ChildResult stranger = daemon.ctl({"run", "pull.base"});
  EXPECT_EQ(stranger.exit_status, 1);
  EXPECT_THAT(stranger.standard_output + stranger.standard_error, HasSubstr("no basic auth credentials"));
  reload(observing + job + "auth_file = " + daemon.path("client/config.json") + "\n");
  const ChildResult pulled = daemon.ctl({"run", "pull.base"});
  EXPECT_EQ(pulled.exit_status, 0) << pulled.standard_error;
  EXPECT_THAT(image_names(), ElementsAre(app));
  EXPECT_THAT(gate().err(), AllOf(HasSubstr("POST /v1.41/images/create?fromImage="), HasSubstr("HTTP 200"),
                                  Not(HasSubstr(login)), Not(HasSubstr("Auth"))));
}

TEST_F(CleanupGate, MayBeStoppedAndStartedAtAnyTime) {
  start_daemon(enforcing_at_once);
  const std::string dangling = dangling_image("app:1");
  ASSERT_EQ(gate().stop(), 0);
  gate().start();
  // Until the events are read again, runs hold back.
  EXPECT_TRUE(eventually([&] { return run().names("removed") == std::vector{dangling}; }));
}

TEST_F(CleanupGate, SaysThatTheEngineIsDownAndGoesOnWhenItIsBack) {
  start_daemon(enforcing_at_once);
  engine().stop();
  ASSERT_TRUE(eventually([&] { return status().find("(HTTP 502)") != std::string::npos; })) << status();
  EXPECT_THAT(status(), HasSubstr("caretaker-docker-gate: the engine's socket " + engine().socket()));
  engine().start();
  const std::string dangling = dangling_image("app:1");
  EXPECT_TRUE(eventually([&] {
    const std::string text = status();
    return text.find("(HTTP 502)") == std::string::npos && run().names("removed") == std::vector{dangling};
  })) << status();
}

TEST_F(CleanupGate, GivesARealEngineNothingThatIsNotInTheList) {
  const std::string image = engine().import_image("app:1");
  for (const auto& [method, target] : {std::pair{"POST", "/v1.41/containers/create?name=x"},
                                       {"DELETE", "/v1.41/images/app:1?force=1&noprune=1"},
                                       {"POST", "/v1.41/volumes/prune"},
                                       {"POST", "/v1.41/build/prune?all=1"},
                                       {"GET", "/v1.41/images/get?names=app"}}) {
    EXPECT_EQ(RawHttpClient(gate().socket()).ask(method, target).status, 403) << target;
  }
  EXPECT_THAT(image_ids(), ElementsAre(image));
  EXPECT_THAT(gate().err(), HasSubstr("/v1.41/volumes/prune of uid 0"));
}

}  // namespace
}  // namespace caretaker
