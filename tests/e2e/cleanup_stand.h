// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "docker/engine_objects.h"
#include "support/container_engine.h"
#include "support/daemon_process.h"
#include "support/gate_process.h"

namespace caretaker {

// What became of one object. It is called by its first name, or by its id where it has none.
struct SeenObject {
  std::string name;
  std::string kind;
  std::string id;
  std::string reason;
  std::string explanation;
  std::string state;    // of a run
  std::string message;  // of the engine
};

std::ostream& operator<<(std::ostream& out, const SeenObject& object);

// What `caretakerctl cleanup plan --json` says.
struct SeenPlan {
  int exit_status = 0;
  std::string held;
  std::vector<SeenObject> actions;             // in order
  std::map<std::string, std::string> reasons;  // of every object, by name
};

// A recorded run.
struct SeenRun {
  std::int64_t run_id = 0;
  std::string trigger;
  std::string mode;
  std::string outcome;
  std::string note;
  bool ended = false;
  std::int64_t removed = 0;
  std::int64_t kept = 0;
  std::int64_t failed = 0;
  std::vector<SeenObject> actions;

  [[nodiscard]] std::vector<std::string> names() const;                          // of the actions, in order
  [[nodiscard]] std::vector<std::string> names(const std::string& state) const;  // of those that ended so
};

// The real daemon and a real engine. Tests are skipped where no engine can run.
class CleanupStand : public testing::Test {
 protected:
  // The history begins with the first run, which is at once; afterwards runs begin by hand or by pressure.
  static constexpr const char* observing = "[cleanup]\nmode = observe\n";
  // Deletes what is not in use, as soon as it was seen.
  static constexpr const char* enforcing_at_once =
      "[cleanup]\nmode = enforce\nwarmup = 0s\nsettle_time = 0s\nmin_age = 0s\n"
      "[cleanup.docker]\ndangling_unused_for = 0s\n";

  void SetUp() override;
  void start_engine(EngineKind kind = EngineKind::docker, std::uint64_t disk_bytes = 0);
  // From now on the daemon asks the engine through the gate, as with CARETAKER_TEST_GATE=1 in every test.
  void put_gate_between();
  // Returns when the engine is watched and the first run is recorded.
  void start_daemon(const std::string& config);
  // Replaces the configuration. It is read at the next start.
  void configure(const std::string& config);
  void reload(const std::string& config);
  // Stops the daemon and starts it at a time when it has watched the engine for so much longer.
  void let_pass(std::chrono::seconds time);
  // From the next start on it dies at the first pass of the fault point; empty: no more.
  void die_at(const std::string& fault_point);
  void launch();
  void wait_until_watched();

  [[nodiscard]] SeenPlan plan(const Words& options = {}) const;
  SeenRun run();                                    // by hand
  [[nodiscard]] std::vector<SeenRun> runs() const;  // all of the local store, oldest first
  // Messages of the events of one kind, oldest first, as soon as there are so many.
  [[nodiscard]] std::vector<std::string> events(const std::string& kind, std::size_t at_least = 1) const;

  // An image that has lost its tag to another one; its id.
  std::string dangling_image(const std::string& reference, const ImportOptions& options = {});
  // A volume without a name that a container left behind; its name.
  std::string orphaned_volume(const std::string& image);
  [[nodiscard]] std::vector<std::string> image_ids() const;     // sorted
  [[nodiscard]] std::vector<std::string> image_names() const;   // tags, sorted
  [[nodiscard]] std::vector<std::string> volume_names() const;  // sorted

  [[nodiscard]] ContainerEngine& engine() { return *engine_; }
  [[nodiscard]] const ContainerEngine& engine() const { return *engine_; }
  [[nodiscard]] GateProcess& gate() { return *gate_; }
  DaemonProcess daemon;

 private:
  [[nodiscard]] std::vector<std::string> lines_of(const Words& command) const;

  std::unique_ptr<ContainerEngine> engine_;
  std::unique_ptr<GateProcess> gate_;
  std::chrono::seconds ahead_{0};
  std::string fault_;
};

// The same on an engine of the caller's.
[[nodiscard]] std::string make_dangling(ContainerEngine& engine, const std::string& reference,
                                        const ImportOptions& options = {});
[[nodiscard]] std::string make_orphaned_volume(ContainerEngine& engine, const std::string& image);
// The name of a container's only volume.
[[nodiscard]] std::string volume_of(const ContainerEngine& engine, const std::string& container);

}  // namespace caretaker
