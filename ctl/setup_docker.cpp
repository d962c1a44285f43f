// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include "base/text.h"
#include "ctl/configuration.h"
#include "ctl/decode.h"
#include "ctl/installed.h"
#include "ctl/setup_files.h"
#include "ctl/setup_steps.h"
#include "docker/engine_socket.h"

namespace caretaker::ctl {
namespace {

using std::chrono::milliseconds;

constexpr const char* gate_user = "caretaker-docker-gate";
constexpr const char* gate_program = CARETAKER_LIBEXECDIR "/caretaker-docker-gate";
constexpr std::string_view drop_in = "/etc/systemd/system/caretaker-docker-gate.service.d/engine.conf";
constexpr milliseconds unit_timeout{90'000};
constexpr mode_t group_may_use = S_IRGRP | S_IWGRP;

struct Engine {
  std::string path;
  std::string group;  // that may use the socket; empty: the gate's own
};

// Everything that the steps work with. Outlives them.
struct DockerSetup {
  const Session& session;
  SetupFiles files;
  Engine engine;
  std::string drop_in_text;  // empty: none is needed
};

Failure no_engine(const std::string& path, const std::string& why, bool named) {
  return {
      .code = "no_engine",
      .message = fmt::format("there is no container engine at {} ({}); nothing was done", path, why),
      .hint = named ? "give the path of the engine's socket with --engine"
                    : "start it, or name its socket with --engine, such as --engine /run/podman/podman.sock"};
}

// Podman's socket is root's alone. systemd makes it, so systemd can give it to the gate's group.
Failure root_only(const std::string& path) {
  return {.code = "engine_is_roots",
          .message = fmt::format("{} lets only root in: there is no group that the gate could join", path),
          .hint = fmt::format("if a systemd socket unit makes it, as podman.socket does, run systemctl edit "
                              "podman.socket, add [Socket] SocketGroup={0} SocketMode=0660 "
                              "DirectoryMode=0755 (one line each), restart podman.socket and run this again",
                              gate_user)};
}

Answer<Engine> find_engine(const Session& session, const SetupFiles& files) {
  const bool named = !session.arguments.setup.engine.empty();
  Engine engine{.path = named ? session.arguments.setup.engine : DefaultSockets{}.engine, .group = ""};
  struct stat status{};
  if (::stat(files.real(engine.path).c_str(), &status) != 0) {
    return std::unexpected(
        no_engine(engine.path, errno == ENOENT ? "no such file" : "it cannot be looked at", named));
  }
  if (!S_ISSOCK(status.st_mode)) return std::unexpected(no_engine(engine.path, "that is no socket", named));
  const auto group = files.group_name(status.st_gid);
  if (status.st_gid == 0 || (status.st_mode & group_may_use) != group_may_use) {
    return std::unexpected(root_only(engine.path));
  }
  if (!group) {
    return std::unexpected(Failure{
        .code = "no_group",
        .message =
            fmt::format("{} belongs to the group {}, which has no name here", engine.path, status.st_gid),
        .hint = "make the group, or give the socket another one"});
  }
  if (*group != gate_user) engine.group = *group;
  return engine;
}

std::string drop_in_of(const Engine& engine) {
  std::string lines;
  if (!engine.group.empty()) lines += fmt::format("SupplementaryGroups={}\n", engine.group);
  if (engine.path != DefaultSockets{}.engine) {
    lines += fmt::format("ExecStart=\nExecStart={} --engine {}\n", gate_program, engine.path);
  }
  if (lines.empty()) return "";
  return "# Written by caretakerctl setup docker, which replaces this file when it runs again.\n[Service]\n" +
         lines;
}

SetupStep drop_in_step(const DockerSetup& setup) {
  const bool needed = !setup.drop_in_text.empty();
  return {.name = "unit",
          .title = fmt::format("{} {}", needed ? "write" : "remove", drop_in),
          .shown = lines_of(setup.drop_in_text),
          .run = [&setup, needed]() -> Answer<std::string> {
            Result<> done;
            if (needed) done = setup.files.make_folder(drop_in.substr(0, drop_in.rfind('/')), 0755);
            if (done) {
              done = needed ? setup.files.replace(drop_in, setup.drop_in_text, {.mode = 0644, .group = {}})
                            : setup.files.remove(drop_in);
            }
            if (!done) return std::unexpected(setup_failure(done.error(), "the unit's drop-in"));
            return needed ? "written" : "removed";
          }};
}

SetupStep manager_step(const DockerSetup& setup, std::string name, std::string title, std::string command,
                       Result<> (*act)(ServiceManager&)) {
  return {.name = std::move(name),
          .title = std::move(title),
          .shown = {std::move(command)},
          .run = [&setup, act]() -> Answer<std::string> {
            if (auto done = act(setup.session.manager); !done) {
              return std::unexpected(setup_failure(done.error(), "systemd"));
            }
            return "done";
          }};
}

// What the engine says about itself, through the gate.
Answer<std::string> ask_through_gate(const DockerSetup& setup) {
  Client client(setup.files.real(DefaultSockets{}.gate), setup.session.client.timeout());
  const auto body = client.get("/version");
  if (!body) {
    Failure failure = body.error();
    failure.message = fmt::format("no answer of the engine at {} through {}: {}", setup.engine.path,
                                  DefaultSockets{}.gate, failure.message);
    failure.hint = fmt::format("see journalctl -u {}", gate_service_unit);
    return std::unexpected(std::move(failure));
  }
  return decode_with(*body, [](const JsonReader& reader) {
    return fmt::format("version {}, API {}", reader.optional_text("Version"),
                       reader.optional_text("ApiVersion"));
  });
}

SetupStep ask_step(const DockerSetup& setup) {
  return {.name = "check",
          .title = fmt::format("ask the engine for its version through {}", DefaultSockets{}.gate),
          .shown = {},
          .run = [&setup] { return ask_through_gate(setup); }};
}

SetupPlan make_plan(const DockerSetup& setup, bool restart) {
  SetupPlan plan;
  plan.heading = fmt::format("Setting up the gate to the container engine at {}", setup.engine.path);
  const bool needed = !setup.drop_in_text.empty();
  if (needed || setup.files.exists(drop_in)) plan.steps.push_back(drop_in_step(setup));
  plan.steps.push_back(manager_step(setup, "reload", "have systemd read its units again",
                                    "systemctl daemon-reload",
                                    [](ServiceManager& manager) { return manager.reload(); }));
  plan.steps.push_back(
      manager_step(setup, "enable", "open the gate's socket at every boot",
                   fmt::format("systemctl enable {}", gate_socket_unit),
                   [](ServiceManager& manager) { return manager.enable(gate_socket_unit); }));
  plan.steps.push_back(manager_step(setup, "start", "open it now",
                                    fmt::format("systemctl start {}", gate_socket_unit),
                                    [](ServiceManager& manager) {
                                      return manager.apply(UnitAction::start, gate_socket_unit, unit_timeout);
                                    }));
  if (restart) {
    plan.steps.push_back(
        manager_step(setup, "restart", "restart the gate, so that it has the group",
                     fmt::format("systemctl restart {}", gate_service_unit), [](ServiceManager& manager) {
                       return manager.apply(UnitAction::restart, gate_service_unit, unit_timeout);
                     }));
  }
  plan.steps.push_back(ask_step(setup));
  plan.after.emplace_back("cleanup uses it from its next look on: caretakerctl cleanup status");
  return plan;
}

// Another engine than the gate's in config.ini would go past it.
std::optional<std::string> other_socket_note(const Session& session, const SetupFiles& files) {
  const LoadResult loaded =
      load_config(files.real(config_file(session.arguments)), {.collector_names = session.collector_names});
  const std::string& socket = loaded.config.docker_cleanup.socket;
  if (!loaded.ok() || socket == DockerCleanupConfig().socket || socket == DefaultSockets{}.gate)
    return std::nullopt;
  return fmt::format("[cleanup.docker] socket is {}: remove it, so that cleanup takes the gate", socket);
}

}  // namespace

Answer<ExitCode> run_setup_docker(const Session& session) {
  if (auto may = check_may_set_up(session); !may) return std::unexpected(may.error());
  const SetupFiles files(session.place.root);
  auto engine = find_engine(session, files);
  if (!engine) return std::unexpected(engine.error());
  if (auto writable = files.check_writable(drop_in); !writable) {
    return std::unexpected(setup_failure(writable.error(), "nothing was done"));
  }
  const auto socket = session.manager.condition(gate_socket_unit);
  if (!socket) return std::unexpected(setup_failure(socket.error(), "systemd"));
  if (!socket->loaded) {
    return std::unexpected(Failure{.code = "not_installed",
                                   .message = fmt::format("there is no {}", gate_socket_unit),
                                   .hint = "install the package, or the gate's units"});
  }
  const auto service = session.manager.condition(gate_service_unit);
  const DockerSetup setup{
      .session = session, .files = files, .engine = *engine, .drop_in_text = drop_in_of(*engine)};
  SetupPlan plan = make_plan(setup, service && service->active);
  if (auto note = other_socket_note(session, files)) plan.notes.push_back(std::move(*note));
  return carry_out(session, plan);
}

}  // namespace caretaker::ctl
