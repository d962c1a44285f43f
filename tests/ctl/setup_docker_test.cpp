// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/unique_fd.h"
#include "ctl/setup_fixture.h"

namespace caretaker::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* drop_in = "etc/systemd/system/caretaker-docker-gate.service.d/engine.conf";

class SetupDocker : public SetupTest {
 protected:
  SetupDocker() {
    root.write("etc/group", "root:x:0:\ndocker:x:" + std::to_string(group) + ":\n");
    std::filesystem::create_directories(root.path("run/podman"));
    std::filesystem::create_directories(root.path("var/run"));
    // The gate is there and passes things on.
    std::filesystem::create_symlink(daemon.socket(), root.path("run/caretaker-docker-gate.sock"));
    daemon.answer("GET /version", 200, R"({"Version":"20.10.24","ApiVersion":"1.41"})");
    manager.conditions["caretaker-docker-gate.socket"] = {.loaded = true};
  }

  // A socket that an engine could have made.
  void make_engine(const std::string& path, mode_t socket_mode = 0660) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    root.path(path).copy(address.sun_path, sizeof address.sun_path - 1);
    engine.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(engine.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::chown(address.sun_path, static_cast<uid_t>(-1), group), 0);
    ASSERT_EQ(::chmod(address.sun_path, socket_mode), 0);
  }

  UniqueFd engine;
  // Root may give it to any group, others to their own.
  const gid_t group = ::geteuid() == 0 ? 4711 : ::getegid();
};

TEST_F(SetupDocker, GivesTheGateTheEnginesGroupAndOpensIt) {
  make_engine("var/run/docker.sock");
  const Ended ended = run({"setup", "docker", "--yes"});
  EXPECT_EQ(ended.exit, ExitCode::ok) << ended.error;
  EXPECT_THAT(text(drop_in), testing::EndsWith("\n[Service]\nSupplementaryGroups=docker\n"));
  EXPECT_EQ(mode(drop_in), 0644U);
  EXPECT_THAT(manager.calls, ElementsAre("daemon-reload", "enable caretaker-docker-gate.socket",
                                         "start caretaker-docker-gate.socket"));
  EXPECT_THAT(ended.out, HasSubstr("version 20.10.24, API 1.41"));
}

TEST_F(SetupDocker, ShowsTheDropInAndTheCommandsAndDoesNothing) {
  make_engine("var/run/docker.sock");
  const Ended ended = run({"setup", "docker", "--dry-run"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  for (const char* line : {drop_in, "SupplementaryGroups=docker", "systemctl daemon-reload",
                           "systemctl enable caretaker-docker-gate.socket", "nothing was done (--dry-run)"}) {
    EXPECT_THAT(ended.out, HasSubstr(line));
  }
  EXPECT_FALSE(exists(drop_in));
  EXPECT_THAT(manager.calls, IsEmpty());
  EXPECT_THAT(daemon.requests(), IsEmpty());
}

TEST_F(SetupDocker, RestartsAGateThatRunsWithoutTheGroup) {
  make_engine("var/run/docker.sock");
  manager.conditions["caretaker-docker-gate.service"] = {.loaded = true, .active = true};
  EXPECT_EQ(run({"setup", "docker", "--yes"}).exit, ExitCode::ok);
  EXPECT_THAT(manager.calls, testing::Contains("restart caretaker-docker-gate.service"));
}

TEST_F(SetupDocker, TellsTheGateAnotherPath) {
  make_engine("run/podman/podman.sock");
  EXPECT_EQ(run({"setup", "docker", "--engine", "/run/podman/podman.sock", "--yes"}).exit, ExitCode::ok);
  EXPECT_THAT(text(drop_in), HasSubstr("\nExecStart=\nExecStart="));
  EXPECT_THAT(text(drop_in), HasSubstr("/caretaker-docker-gate --engine /run/podman/podman.sock\n"));
}

TEST_F(SetupDocker, NeedsNoDropInWhereTheSocketIsTheGatesOwn) {
  root.write("etc/group", "caretaker-docker-gate:x:" + std::to_string(group) + ":\n");
  root.write(drop_in, "[Service]\nSupplementaryGroups=docker\n");
  make_engine("var/run/docker.sock");
  EXPECT_EQ(run({"setup", "docker", "--yes"}).exit, ExitCode::ok);
  EXPECT_FALSE(exists(drop_in));
}

TEST_F(SetupDocker, SaysThatThereIsNoEngine) {
  const Ended ended = run({"setup", "docker", "--yes"});
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_EQ(
      ended.error,
      "caretakerctl: there is no container engine at /var/run/docker.sock (no such file); nothing was done; "
      "start it, or name its socket with --engine, such as --engine /run/podman/podman.sock\n");
  root.write("var/run/docker.sock", "a file");
  EXPECT_THAT(run({"setup", "docker", "--yes"}).error, HasSubstr("(that is no socket)"));
  EXPECT_THAT(manager.calls, IsEmpty());
}

TEST_F(SetupDocker, SaysWhatToDoAboutASocketThatOnlyRootMayUse) {
  make_engine("run/podman/podman.sock", 0600);
  const Ended ended = run({"setup", "docker", "--engine", "/run/podman/podman.sock", "--yes"});
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_THAT(ended.error, HasSubstr("/run/podman/podman.sock lets only root in"));
  EXPECT_THAT(ended.error, HasSubstr("SocketGroup=caretaker-docker-gate"));
}

TEST_F(SetupDocker, NamesAGroupThatHasNoName) {
  root.write("etc/group", "root:x:0:\n");
  make_engine("var/run/docker.sock");
  EXPECT_THAT(run({"setup", "docker", "--yes"}).error, HasSubstr("which has no name here"));
}

TEST_F(SetupDocker, SaysThatTheGateIsNotInstalled) {
  make_engine("var/run/docker.sock");
  manager.conditions.clear();
  EXPECT_THAT(run({"setup", "docker", "--yes"}).error, HasSubstr("there is no caretaker-docker-gate.socket"));
}

TEST_F(SetupDocker, EndsAtTheStepThatFails) {
  make_engine("var/run/docker.sock");
  manager.failing = "enable caretaker-docker-gate.socket";
  const Ended ended = run({"setup", "docker", "--yes"});
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_THAT(ended.out, HasSubstr("[3/5] open the gate's socket at every boot: failed\n"));
  EXPECT_THAT(ended.error, HasSubstr("run the same command again"));
  EXPECT_TRUE(exists(drop_in));
}

TEST_F(SetupDocker, SaysThatTheEngineDoesNotAnswerThroughTheGate) {
  make_engine("var/run/docker.sock");
  daemon.answer("GET /version", 502, R"({"message":"the engine refuses the connection"})");
  const Ended ended = run({"setup", "docker", "--yes"});
  EXPECT_NE(ended.exit, ExitCode::ok);
  EXPECT_THAT(ended.error, HasSubstr("no answer of the engine at /var/run/docker.sock through"));
  EXPECT_THAT(ended.error, HasSubstr("journalctl -u caretaker-docker-gate.service"));
}

TEST_F(SetupDocker, NotesAConfigurationThatGoesPastTheGate) {
  make_engine("var/run/docker.sock");
  root.write("etc/caretaker/config.ini", "[cleanup.docker]\nsocket = /run/other.sock\n");
  EXPECT_THAT(run({"setup", "docker", "--dry-run"}).out,
              HasSubstr("[cleanup.docker] socket is /run/other.sock"));
}

}  // namespace
}  // namespace caretaker::ctl
