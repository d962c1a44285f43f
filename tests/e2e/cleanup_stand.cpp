// SPDX-License-Identifier: MIT
#include "e2e/cleanup_stand.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>

#include "sql/sqlite.h"
#include "support/docker_engine.h"
#include "support/eventually.h"
#include "support/podman_service.h"
#include "support/sqlite_rows.h"

namespace caretaker {
namespace {

using nlohmann::json;

// A month until the next run by the interval. Samples of a week ago stay.
constexpr const char* quiet_config =
    "[service]\ninterval = 1s\n"
    "[store]\ncommit_interval = 100ms\nretention = 60d\n"
    "[collector.filesystem]\nenabled = no\n"
    "[cleanup]\ninterval = 31d\ncheck_interval = 1s\non_new_image = no\n"
    // Of Docker 20.10 it is unseen, so that every plan would have it.
    "[cleanup.docker]\nbuild_cache = no\n";

std::int64_t true_now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::string name_of(const json& names, const std::string& id) {
  return names.empty() || names.front().get<std::string>().empty() ? id : names.front().get<std::string>();
}

SeenObject object_of(const json& entry) {
  return {.name = name_of(entry.at("names"), entry.at("id")),
          .kind = entry.at("kind"),
          .id = entry.at("id"),
          .reason = entry.at("reason"),
          .explanation = entry.at("explanation"),
          .state = {},
          .message = {}};
}

SeenObject object_of(const SqliteRow& row) {
  return {.name = name_of(json::parse(row.at(2).text), row.at(1).text),
          .kind = row.at(0).text,
          .id = row.at(1).text,
          .reason = row.at(3).text,
          .explanation = row.at(4).text,
          .state = row.at(5).text,
          .message = row.at(6).text};
}

// The daemon is told that it is busy while the job looks at the disks.
bool is_busy(const ChildResult& result) {
  return result.exit_status == 1 && result.standard_error.find("is at work") != std::string::npos;
}

ChildResult ask(const DaemonProcess& daemon, const Words& words) {
  ChildResult result;
  if (!eventually([&] { return !is_busy(result = daemon.ctl(words)); })) {
    throw std::runtime_error("the cleanup job is always at work");
  }
  return result;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const SeenObject& object) {
  return out << object.kind << ' ' << object.name << ": " << object.reason << " (" << object.explanation
             << ") " << object.state << ' ' << object.message;
}

std::vector<std::string> SeenRun::names() const {
  std::vector<std::string> names;
  for (const SeenObject& action : actions) names.push_back(action.name);
  return names;
}

std::vector<std::string> SeenRun::names(const std::string& state) const {
  std::vector<std::string> names;
  for (const SeenObject& action : actions) {
    if (action.state == state) names.push_back(action.name);
  }
  return names;
}

std::string make_dangling(ContainerEngine& engine, const std::string& reference,
                          const ImportOptions& options) {
  std::string id = engine.import_image(reference, options);
  engine.import_image(reference);
  return id;
}

std::string volume_of(const ContainerEngine& engine, const std::string& container) {
  return engine.docker({"container", "inspect", "--format", "{{(index .Mounts 0).Name}}", container});
}

std::string make_orphaned_volume(ContainerEngine& engine, const std::string& image) {
  const std::string container = engine.create_container(image, {"-v", "/cache"});
  std::string volume = volume_of(engine, container);
  engine.docker({"rm", container});
  return volume;
}

void CleanupStand::SetUp() {
  if (const std::string hindrance = ContainerEngine::hindrance(); !hindrance.empty()) {
    GTEST_SKIP() << hindrance;
  }
}

void CleanupStand::start_engine(EngineKind kind, std::uint64_t disk_bytes) {
  if (kind == EngineKind::podman) {
    engine_ = std::make_unique<PodmanService>();
  } else {
    engine_ = std::make_unique<DockerEngine>(disk_bytes);
  }
  daemon.write("config.ini", quiet_config);
  daemon.write("config.d/engine.ini", "[cleanup.docker]\nsocket = " + engine_->socket() + "\n");
  if (std::getenv("CARETAKER_TEST_GATE") != nullptr) put_gate_between();
}

void CleanupStand::put_gate_between() {
  gate_ = std::make_unique<GateProcess>(Words{"--engine", engine_->socket(), "--idle-exit", "0s"});
  gate_->start();
  daemon.write("config.d/engine.ini", "[cleanup.docker]\nsocket = " + gate_->socket() + "\n");
}

void CleanupStand::configure(const std::string& config) {
  daemon.write("config.d/test.ini", config);
}

void CleanupStand::reload(const std::string& config) {
  configure(config);
  const ChildResult result = daemon.ctl({"reload"});
  if (result.exit_status != 0) throw std::runtime_error(result.standard_error);
  wait_until_watched();
}

void CleanupStand::die_at(const std::string& fault_point) {
  fault_ = fault_point.empty() ? "" : fault_point + ":1";
}

void CleanupStand::launch() {
  if (!fault_.empty()) ::setenv("CARETAKER_FAULT", fault_.c_str(), 1);
  if (ahead_.count() != 0) {
    ::setenv("LD_PRELOAD", CARETAKER_SHIFTED_CLOCK, 1);
    ::setenv("CARETAKER_CLOCK_AHEAD_S", std::to_string(ahead_.count()).c_str(), 1);
  }
  daemon.launch();
  for (const char* name : {"CARETAKER_FAULT", "LD_PRELOAD", "CARETAKER_CLOCK_AHEAD_S"}) ::unsetenv(name);
}

void CleanupStand::wait_until_watched() {
  const bool watched = eventually([this] {
    if (!daemon.is_running()) return true;
    const ChildResult status = daemon.ctl({"cleanup", "status", "--json"});
    return status.exit_status == 0 && json::parse(status.standard_output).at("watching") == true;
  });
  if (!watched || !daemon.is_running())
    throw std::runtime_error("the engine is not watched: " + daemon.err());
}

void CleanupStand::start_daemon(const std::string& config) {
  configure(config);
  launch();
  wait_until_watched();
  const bool ran = eventually([this] { return !runs().empty() && runs().back().ended; });
  if (!ran) throw std::runtime_error("no first run: " + daemon.err());
}

void CleanupStand::let_pass(std::chrono::seconds time) {
  if (daemon.stop() != 0) throw std::runtime_error("caretakerd does not stop in order: " + daemon.err());
  ahead_ += time;
  auto store =
      SqliteConnection::open(daemon.store(), SqliteConnection::Mode::read_write, std::chrono::seconds(5));
  const std::int64_t until_ms = true_now_ms() + std::chrono::milliseconds(ahead_).count();
  if (!store || !store->execute("UPDATE cleanup_observation SET until_ms = " + std::to_string(until_ms))) {
    throw std::runtime_error("the store cannot be changed");
  }
  launch();
  wait_until_watched();
}

SeenPlan CleanupStand::plan(const Words& options) const {
  Words words = {"cleanup", "plan", "--json"};
  words.insert(words.end(), options.begin(), options.end());
  const ChildResult result = ask(daemon, words);
  const json body = json::parse(result.standard_output, nullptr, false);
  if (!body.contains("verdicts")) throw std::runtime_error("no plan: " + result.standard_error);
  SeenPlan plan{.exit_status = result.exit_status, .held = body.at("held"), .actions = {}, .reasons = {}};
  for (const json& action : body.at("actions")) plan.actions.push_back(object_of(action));
  for (const json& verdict : body.at("verdicts")) {
    const SeenObject object = object_of(verdict);
    plan.reasons[object.name] = object.reason;
  }
  return plan;
}

SeenRun CleanupStand::run() {
  const ChildResult result = ask(daemon, {"cleanup", "run", "--json"});
  const json body = json::parse(result.standard_output, nullptr, false);
  if (!body.contains("runs")) throw std::runtime_error("no run: " + result.standard_error);
  const std::int64_t run_id = body.at("runs").at(0).at("run_id");
  for (SeenRun& run : runs()) {
    if (run.run_id == run_id) return std::move(run);
  }
  throw std::runtime_error("the run is not in the store");
}

std::vector<SeenRun> CleanupStand::runs() const {
  std::vector<SeenRun> runs;
  for (const SqliteRow& row :
       sqlite_rows(daemon.store(),
                   "SELECT run_id, trigger, mode, outcome, note, ended_ms, removed, kept, failed"
                   " FROM cleanup_runs ORDER BY time_ms")) {
    SeenRun& run = runs.emplace_back(SeenRun{.run_id = row.at(0).integer,
                                             .trigger = row.at(1).text,
                                             .mode = row.at(2).text,
                                             .outcome = row.at(3).text,
                                             .note = row.at(4).text,
                                             .ended = row.at(5).integer != 0,
                                             .removed = row.at(6).integer,
                                             .kept = row.at(7).integer,
                                             .failed = row.at(8).integer,
                                             .actions = {}});
    for (const SqliteRow& action :
         sqlite_rows(daemon.store(),
                     "SELECT kind, object_id, names, reason, explanation, state, engine_message"
                     " FROM cleanup_actions WHERE run_id = " +
                         std::to_string(run.run_id) + " ORDER BY number")) {
      run.actions.push_back(object_of(action));
    }
  }
  return runs;
}

std::vector<std::string> CleanupStand::events(const std::string& kind, std::size_t at_least) const {
  std::vector<SqliteRow> rows;
  const bool there = eventually([&] {
    rows = sqlite_rows(daemon.store(), "SELECT message FROM events WHERE kind = '" + kind + "' ORDER BY seq");
    return rows.size() >= at_least;
  });
  if (!there) throw std::runtime_error("events are missing: " + kind);
  std::vector<std::string> messages;
  for (const SqliteRow& row : rows) messages.push_back(row.at(0).text);
  return messages;
}

std::string CleanupStand::dangling_image(const std::string& reference, const ImportOptions& options) {
  return make_dangling(engine(), reference, options);
}

std::string CleanupStand::orphaned_volume(const std::string& image) {
  return make_orphaned_volume(engine(), image);
}

std::vector<std::string> CleanupStand::lines_of(const Words& command) const {
  std::vector<std::string> lines;
  std::string line;
  for (const char c : engine_->docker(command) + "\n") {
    if (c != '\n') {
      line += c;
    } else if (!line.empty()) {
      lines.push_back(std::exchange(line, {}));
    }
  }
  std::ranges::sort(lines);
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return lines;
}

std::vector<std::string> CleanupStand::image_ids() const {
  return lines_of({"images", "--no-trunc", "-q"});
}

std::vector<std::string> CleanupStand::image_names() const {
  return lines_of({"images", "--filter", "dangling=false", "--format", "{{.Repository}}:{{.Tag}}"});
}

std::vector<std::string> CleanupStand::volume_names() const {
  return lines_of({"volume", "ls", "-q"});
}

}  // namespace caretaker
