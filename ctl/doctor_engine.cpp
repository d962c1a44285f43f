// SPDX-License-Identifier: MIT
// The checks of cleanup and of the container engine that it works with.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/unix_socket.h"
#include "ctl/cleanup_answers.h"
#include "ctl/decode.h"
#include "ctl/doctor.h"
#include "ctl/format.h"
#include "ctl/installed.h"
#include "docker/engine_socket.h"

namespace caretaker::ctl {
namespace {

constexpr const char* setup_fix = "caretakerctl setup docker lets cleanup reach the engine through the gate";

bool is_gate(const std::string& path) {
  return path.ends_with(DefaultSockets{}.gate);
}

struct EngineAnswer {
  std::string version;
  std::string api_version;
};

bool is_off(Patient& patient) {
  return patient.config().cleanup.mode == CleanupMode::off;
}

Findings cleanup_off() {
  return one_finding(Verdict::skipped, "cleanup is off");
}

Result<> connect_to(const std::string& path) {
  const auto connected = connect_unix_socket(path);
  if (!connected) return std::unexpected(connected.error());
  return {};
}

// With the daemon's rights where we can have them.
Result<> act(Patient& patient, const std::function<Result<>()>& action) {
  const auto& account = patient.account();
  if (!account || !patient.machine().may_act_as(*account)) return action();
  return patient.machine().act_as(*account, action);
}

Findings unreachable(Patient& patient, const std::string& path, const Error& error) {
  const bool ours = patient.account() && patient.machine().may_act_as(*patient.account());
  if (error.code == EACCES || error.code == EPERM) {
    if (!ours) return one_finding(Verdict::skipped, "this user may not open " + path, "run it as root");
    return one_finding(Verdict::error, fmt::format("the user {} may not open {}", patient.user_name(), path),
                       setup_fix);
  }
  if (error.code == ECONNREFUSED) {
    return one_finding(Verdict::error, path + " is left over, nobody listens",
                       is_gate(path) ? "systemctl restart caretaker-docker-gate.socket"
                                     : "start the engine: systemctl start docker");
  }
  return one_finding(Verdict::error, error.message, setup_fix);
}

void add_run_findings(const CleanupStatusAnswer& cleanup, Findings& findings) {
  if (!cleanup.error.empty()) {
    findings.push_back({Verdict::warning, cleanup.error, "see the checks engine-socket and engine"});
  } else if (!cleanup.engine_error.empty()) {
    findings.push_back({Verdict::warning, cleanup.engine_error, "see the checks engine-socket and engine"});
  }
  if (!cleanup.pressure.empty()) {
    findings.push_back({Verdict::warning, "too full: " + cleanup.pressure,
                        "caretakerctl cleanup plan --pressure shows what could go"});
  }
  if (!cleanup.held.empty()) {
    findings.push_back({Verdict::note, "held up: " + cleanup.held, "it goes on by itself"});
  }
}

std::string watched_text(const CleanupStatusAnswer& cleanup, std::int64_t now_ms) {
  if (!cleanup.watched_since_ms) return "watches nothing yet";
  return fmt::format("watches for {}", format_span(elapsed_ms(*cleanup.watched_since_ms, now_ms)));
}

}  // namespace

Findings check_cleanup(Patient& patient) {
  if (is_off(patient)) {
    return one_finding(Verdict::note, "off ([cleanup] mode)",
                       "[cleanup] mode = observe shows what it would do");
  }
  const std::string_view mode = to_string(patient.config().cleanup.mode);
  if (!patient.status()) {
    return one_finding(Verdict::skipped, fmt::format("mode {}; no daemon answers", mode),
                       "see the check daemon");
  }
  const Answer<std::string> body = patient.ask("/v1/cleanup");
  const Answer<CleanupStatusAnswer> cleanup =
      body ? parse_cleanup_status(*body) : Answer<CleanupStatusAnswer>(std::unexpected(body.error()));
  if (!cleanup) {
    return one_finding(Verdict::error, cleanup.error().message, "journalctl -u caretaker -n 50 tells more");
  }
  Findings findings;
  add_run_findings(*cleanup, findings);
  const std::string watched = watched_text(*cleanup, patient.now_ms());
  if (patient.config().cleanup.mode == CleanupMode::observe) {
    findings.push_back(
        {Verdict::note, fmt::format("observe: {}, deletes nothing", watched),
         "caretakerctl cleanup plan shows what would go; [cleanup] mode = enforce lets it go"});
  }
  if (!findings.empty()) return findings;
  return one_finding(Verdict::ok, fmt::format("{}: {}", mode, watched));
}

Findings check_engine_socket(Patient& patient) {
  if (is_off(patient)) return cleanup_off();
  const std::string path = patient.engine_socket();
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    const int error = errno;
    if (error == ENOENT) {
      return one_finding(Verdict::note, "no container engine at " + path,
                         "none is needed where no containers run; else name its socket in [cleanup.docker]");
    }
    return unreachable(patient, path, fail_errno(error, path).error());
  }
  if (!S_ISSOCK(status.st_mode)) {
    return one_finding(Verdict::error, path + " is not a socket",
                       "name the engine's socket in [cleanup.docker]");
  }
  if (const Result<> opened = act(patient, [&path] { return connect_to(path); }); !opened) {
    return unreachable(patient, path, opened.error());
  }
  return one_finding(Verdict::ok, path + (is_gate(path) ? ", the gate" : ", the engine's own"));
}

Findings check_engine(Patient& patient) {
  if (is_off(patient)) return cleanup_off();
  const std::string path = patient.engine_socket();
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return one_finding(Verdict::skipped, "there is no socket " + path);
  Answer<std::string> body;
  const Result<> asked = act(patient, [&]() -> Result<> {
    body = Client(path, doctor_answer_time).get("/version");
    return {};
  });
  if (!asked) return one_finding(Verdict::error, asked.error().message, setup_fix);
  if (!body) {
    const bool late = body.error().exit == ExitCode::timeout;
    return one_finding(
        Verdict::error,
        late ? fmt::format("{} gave no answer within {}", path, format_span(doctor_answer_time.count()))
             : fmt::format("{}: no answer of a container engine", path),
        "look whether the engine is well: docker version; journalctl -u docker -n 50");
  }
  const Answer<EngineAnswer> engine = decode_with(*body, [](const JsonReader& reader) {
    return EngineAnswer{.version = reader.text("Version"), .api_version = reader.text("ApiVersion")};
  });
  if (!engine) {
    return one_finding(Verdict::error, path + " answers, but is no container engine",
                       "name the engine's socket in [cleanup.docker]");
  }
  return one_finding(Verdict::ok, fmt::format("version {}, API {}", engine->version, engine->api_version));
}

Findings check_gate(Patient& patient) {
  const Result<UnitFacts> socket = patient.machine().unit(gate_socket_unit);
  if (!socket) return one_finding(Verdict::skipped, "systemd cannot be asked: " + socket.error().message);
  if (socket->load_state != "loaded") return one_finding(Verdict::note, "not installed", setup_fix);
  const Result<UnitFacts> service = patient.machine().unit(gate_service_unit);
  if (!service) return one_finding(Verdict::skipped, "systemd cannot be asked: " + service.error().message);
  for (const std::string& group : service->groups) {
    if (patient.machine().find_group(group)) continue;
    return one_finding(Verdict::error,
                       fmt::format("there is no group {}, so the gate cannot start (216)", group), setup_fix);
  }
  if (service->active_state == "failed" || socket->active_state == "failed") {
    return one_finding(Verdict::error, "the gate failed",
                       "journalctl -u caretaker-docker-gate -n 50 tells more; " + std::string(setup_fix));
  }
  if (socket->active_state != "active") {
    return one_finding(Verdict::note, "installed, not in use", setup_fix);
  }
  if (service->groups.empty()) {
    return one_finding(Verdict::warning, "it listens, but may not open the engine's socket", setup_fix);
  }
  return one_finding(Verdict::ok,
                     fmt::format("listens; opens the engine as group {}", fmt::join(service->groups, ", ")));
}

}  // namespace caretaker::ctl
