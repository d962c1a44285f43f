// SPDX-License-Identifier: MIT
// The gate to a container engine: opened by setup, started by systemd for whoever connects.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/eventually.h"
#include "systemd_container/service_fixture.h"

namespace caretaker {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* engine_socket = "/run/docker.sock";
constexpr const char* gate_socket = "/run/caretaker-docker-gate.sock";
constexpr const char* gate = "caretaker-docker-gate.service";

class ServiceGate : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    if (IsSkipped()) return;
    must({"groupadd", "--force", "docker"});
    machine().copy_in(CARETAKER_BINARY_DIR "/fake_engine_server", "/usr/local/bin/fake_engine_server");
    machine().write("/run/systemd/system/fake-engine.service",
                    std::string("[Service]\nEnvironment=TMPDIR=/run\nExecStart=fake_engine_server ") +
                        engine_socket + " docker\n");
    must({"systemctl", "daemon-reload"});
    must({"systemctl", "start", "fake-engine"});
    ASSERT_TRUE(eventually([] { return machine().exists(engine_socket); }));
    configure("10-cleanup", "[cleanup]\ncheck_interval = 1s\n");
  }
  void TearDown() override {
    ServiceTest::TearDown();
    if (IsSkipped()) return;
    (void)systemctl({"stop", unit, "fake-engine"});
    (void)systemctl({"disable", "--now", "caretaker-docker-gate.socket", gate});
    machine().remove("/etc/systemd/system/caretaker-docker-gate.service.d");
    machine().remove(engine_socket);
  }

  static ChildResult set_up() { return ctl({"setup", "docker", "--yes"}); }

  // The status of the answer, "000" where nobody may connect.
  static std::string ask(const std::string& user, const std::string& socket, const std::string& method,
                         const std::string& path) {
    return machine()
        .run({"curl", "--silent", "--max-time", "20", "--output", "/dev/null", "--write-out", "%{http_code}",
              "--unix-socket", socket, "--request", method, "http://engine" + path},
             user)
        .standard_output;
  }
  static bool is_in_engine_group(const std::string& pid) {
    const std::string group = must({"stat", "--format=%g", engine_socket});
    return machine()
               .run({"grep", "--quiet", "^Groups:.*\\b" + group + "\\b", "/proc/" + pid + "/status"})
               .exit_status == 0;
  }
  static std::string engine_of_the_daemon() {
    return ctl_json({"cleanup", "status"}).value("engine", nlohmann::json()).dump();
  }
};

TEST_F(ServiceGate, LetsTheDaemonSeeTheEngineAndNothingElse) {
  EXPECT_EQ(ask("caretaker", engine_socket, "GET", "/_ping"), "000");
  const ChildResult ended = set_up();
  ASSERT_EQ(ended.exit_status, 0) << ended.standard_output << ended.standard_error;
  EXPECT_EQ(property("ActiveState", "caretaker-docker-gate.socket"), "active");
  EXPECT_THAT(machine().read("/etc/systemd/system/caretaker-docker-gate.service.d/engine.conf"),
              HasSubstr("SupplementaryGroups=docker"));
  start();
  ASSERT_TRUE(eventually([] { return engine_of_the_daemon().find("29.3.0") != std::string::npos; }))
      << engine_of_the_daemon();
  const ChildResult plan = ctl({"cleanup", "plan", "--json"});
  EXPECT_EQ(plan.exit_status, 0) << plan.standard_error;
  EXPECT_THAT(plan.standard_output, HasSubstr("app:1"));
  // What cleanup needs passes, what makes root does not, and the engine itself stays closed.
  EXPECT_EQ(ask("caretaker", gate_socket, "GET", "/v1.41/version"), "200");
  EXPECT_EQ(ask("caretaker", gate_socket, "POST", "/v1.41/containers/create"), "403");
  EXPECT_EQ(ask("caretaker", gate_socket, "GET", "/v1.41/secrets"), "403");
  EXPECT_EQ(ask("caretaker", engine_socket, "GET", "/_ping"), "000");
  EXPECT_EQ(ask("nobody", gate_socket, "GET", "/_ping"), "000");
  // The group is the gate's alone.
  EXPECT_THAT(must({"id", "--name", "--groups", "caretaker"}), Not(HasSubstr("docker")));
  EXPECT_FALSE(is_in_engine_group(property("MainPID")));
  EXPECT_TRUE(is_in_engine_group(property("MainPID", gate)));
  EXPECT_EQ(must({"stat", "--format=%U", "/proc/" + property("MainPID", gate)}), "caretaker-docker-gate");
}

TEST_F(ServiceGate, WritesDownWhatItRefuses) {
  ASSERT_EQ(set_up().exit_status, 0);
  EXPECT_EQ(ask("root", gate_socket, "POST", "/v1.41/containers/create"), "403");
  const auto refusal = [] {
    return must({"journalctl", "--catalog", "--no-pager", "--identifier=caretaker-docker-gate",
                 "--grep=containers/create"});
  };
  ASSERT_TRUE(eventually([&] {
    return machine()
               .run({"journalctl", "--quiet", "--identifier=caretaker-docker-gate",
                     "--grep=containers/create"})
               .exit_status == 0;
  }));
  EXPECT_THAT(refusal(), HasSubstr("Subject: The gate refused"));
}

TEST_F(ServiceGate, StartsForWhoeverConnects) {
  ASSERT_EQ(set_up().exit_status, 0);
  must({"systemctl", "stop", gate});
  EXPECT_EQ(property("ActiveState", gate), "inactive");
  EXPECT_EQ(property("ActiveState", "caretaker-docker-gate.socket"), "active");
  EXPECT_EQ(ask("caretaker", gate_socket, "GET", "/_ping"), "200");
  EXPECT_EQ(property("ActiveState", gate), "active");
  // However often.
  for (int i = 0; i < 12; ++i) {
    must({"systemctl", "stop", gate});
    EXPECT_EQ(ask("caretaker", gate_socket, "GET", "/_ping"), "200");
  }
}

TEST_F(ServiceGate, TellsThatTheEngineDoesNotRun) {
  ASSERT_EQ(set_up().exit_status, 0);
  must({"systemctl", "stop", "fake-engine"});
  EXPECT_EQ(ask("caretaker", gate_socket, "GET", "/_ping"), "502");
  must({"rm", "--force", engine_socket});
  must({"systemctl", "start", "fake-engine"});
  EXPECT_TRUE(eventually([] { return ask("caretaker", gate_socket, "GET", "/_ping") == "200"; }));
}

}  // namespace
}  // namespace caretaker
