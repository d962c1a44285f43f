// SPDX-License-Identifier: MIT
#include "ctl/canned.h"
#include "ctl/doctor_fixture.h"

namespace caretaker::ctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class DoctorEngine : public DoctorTest {
 protected:
  DoctorEngine() { use_socket(engine.socket()); }

  void use_socket(const std::string& path, const std::string& cleanup = "") {
    configure("[cleanup]\n" + cleanup + "\n[cleanup.docker]\nsocket = " + path + "\n");
  }

  // Nothing holds it up.
  static std::string well() {
    return R"({"mode":"observe","running":false,"error":"","engine":"Docker 20.10.24","engine_error":"",
        "watching":true,"watched_since_ms":1763612200000,"event_gaps":0,"disks":[],"pressure":"","held":"",
        "next_run_ms":1763705800000,"progress":null,"last_run":null})";
  }

  FakeDaemon engine;
};

TEST_F(DoctorEngine, CleanupMayBeOff) {
  use_socket(engine.socket(), "mode = off");
  EXPECT_THAT(text(check_cleanup), StartsWith("note: off"));
  EXPECT_EQ(text(check_engine_socket), "skipped: cleanup is off\n");
  EXPECT_EQ(text(check_engine), "skipped: cleanup is off\n");
}

TEST_F(DoctorEngine, TellsWhatCleanupDoes) {
  daemon.answer("GET /v1/status", 200, canned::status_well);
  daemon.answer("GET /v1/cleanup", 200, well());
  EXPECT_THAT(text(check_cleanup),
              AllOf(HasSubstr("note: observe: watches for "), HasSubstr("mode = enforce")));
  use_socket(engine.socket(), "mode = enforce");
  EXPECT_THAT(text(check_cleanup), StartsWith("ok: enforce: watches for "));
}

TEST_F(DoctorEngine, TellsWhatHoldsCleanupUp) {
  use_socket(engine.socket(), "mode = enforce");
  daemon.answer("GET /v1/status", 200, canned::status_well);
  const auto with = [&](const std::string& key, const std::string& value) {
    std::string ill = well();
    const std::size_t at = ill.find("\"" + key + "\":\"\"");
    EXPECT_NE(at, std::string::npos) << key;
    ill.replace(at, key.size() + 5, "\"" + key + "\":\"" + value + "\"");
    daemon.answer("GET /v1/cleanup", 200, ill);
    return text(check_cleanup);
  };
  EXPECT_THAT(with("error", "it broke"), StartsWith("warning: it broke -> "));
  EXPECT_THAT(with("engine_error", "no answer"), StartsWith("warning: no answer -> "));
  EXPECT_THAT(with("pressure", "/ is full"), StartsWith("warning: too full: / is full -> "));
  EXPECT_THAT(with("held", "warm-up"), StartsWith("note: held up: warm-up -> "));
}

TEST_F(DoctorEngine, NeedsTheDaemonForThat) {
  daemon.answer("GET /v1/status", 200, canned::status_well);
  daemon.answer("GET /v1/cleanup", 200, "{}");
  EXPECT_THAT(text(check_cleanup), StartsWith("error: the daemon's answer makes no sense"));
  without_daemon();
  EXPECT_THAT(text(check_cleanup), StartsWith("skipped: mode observe; no daemon answers"));
}

TEST_F(DoctorEngine, FindsItsSocket) {
  EXPECT_EQ(text(check_engine_socket), "ok: " + engine.socket() + ", the engine's own\n");
  use_socket(dir.path("gone.sock"));
  EXPECT_THAT(text(check_engine_socket), StartsWith("note: no container engine at " + dir.path("gone.sock")));
  EXPECT_EQ(text(check_engine), "skipped: there is no socket " + dir.path("gone.sock") + "\n");
  dir.write("file", "");
  use_socket(dir.path("file"));
  EXPECT_THAT(text(check_engine_socket), StartsWith("error: " + dir.path("file") + " is not a socket"));
  use_socket(dir.path("file") + "/below");
  EXPECT_THAT(text(check_engine_socket), AllOf(StartsWith("error: "), HasSubstr("Not a directory")));
}

TEST_F(DoctorEngine, SaysWhoMayNotOpenIt) {
  machine.refused = EACCES;
  EXPECT_EQ(text(check_engine_socket),
            "error: the user caretaker may not open " + engine.socket() +
                " -> caretakerctl setup docker lets cleanup reach the engine through the gate\n");
  machine.refused = ECONNREFUSED;
  EXPECT_THAT(text(check_engine_socket),
              AllOf(HasSubstr("is left over, nobody listens"), HasSubstr("start docker")));
  machine.refused = EMFILE;
  EXPECT_THAT(text(check_engine), StartsWith("error: there: Too many open files"));
}

TEST_F(DoctorEngine, ShowsTheEngineThatAnswers) {
  engine.answer("GET /version", 200, R"({"Version":"20.10.24","ApiVersion":"1.41"})");
  EXPECT_EQ(text(check_engine), "ok: version 20.10.24, API 1.41\n");
  engine.answer("GET /version", 200, R"({"name":"a registry"})");
  EXPECT_THAT(text(check_engine),
              AllOf(StartsWith("error: "), HasSubstr("answers, but is no container engine")));
  engine.answer_raw("GET /version", "SSH-2.0-x\r\n");
  EXPECT_THAT(text(check_engine), AllOf(StartsWith("error: "), HasSubstr("no answer of a container engine")));
  engine.never_answer("GET /version");
  EXPECT_THAT(text(check_engine), AllOf(StartsWith("error: "), HasSubstr("gave no answer within 3 s")));
}

TEST_F(DoctorEngine, LooksAtTheGate) {
  EXPECT_THAT(text(check_gate), StartsWith("note: not installed"));
  UnitFacts& socket = machine.unit_facts["caretaker-docker-gate.socket"];
  UnitFacts& service = machine.unit_facts["caretaker-docker-gate.service"];
  socket.load_state = service.load_state = "loaded";
  socket.active_state = service.active_state = "inactive";
  EXPECT_THAT(text(check_gate), StartsWith("note: installed, not in use"));
  socket.active_state = "active";
  EXPECT_THAT(text(check_gate), StartsWith("warning: it listens, but may not open the engine's socket"));
  service.groups = {"docker"};
  EXPECT_THAT(text(check_gate),
              StartsWith("error: there is no group docker, so the gate cannot start (216)"));
  machine.groups.insert("docker");
  EXPECT_EQ(text(check_gate), "ok: listens; opens the engine as group docker\n");
  service.active_state = "failed";
  EXPECT_THAT(text(check_gate), StartsWith("error: the gate failed"));
  machine.no_bus = true;
  EXPECT_THAT(text(check_gate), StartsWith("skipped: systemd cannot be asked"));
}

TEST_F(DoctorEngine, TakesTheGateWhereThereIsOne) {
  configure("[cleanup.docker]\nsocket =\n");
  EXPECT_THAT(text(check_engine_socket), HasSubstr(dir.path("root/var/run/docker.sock")));
  dir.write("root/run/caretaker-docker-gate.sock", "");
  EXPECT_THAT(text(check_engine_socket),
              StartsWith("error: " + dir.path("root/run/caretaker-docker-gate.sock") + " is not a socket"));
}

}  // namespace
}  // namespace caretaker::ctl
