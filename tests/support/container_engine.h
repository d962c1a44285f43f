// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/child_process.h"
#include "support/contained_process.h"
#include "support/temp_dir.h"

namespace caretaker {

using Words = std::vector<std::string>;

struct ImportOptions {
  std::map<std::string, std::string> labels;
  std::size_t payload_bytes = 4096;  // of random data, beside the 2 MB of busybox
};

// A real container engine in a folder of its own, with its socket in it; gone with everything in it at the
// end. It reaches no network but 127.0.0.1, and its containers none at all. Engines are from the folder that
// tests/support/get_container_engines.bash makes. Failures throw: a test without its engine must not pass.
class ContainerEngine {
 public:
  // Why no engine can run here; empty when it can.
  [[nodiscard]] static std::string hindrance();
  // Where a program of the engines' folder is.
  [[nodiscard]] static std::string program(const std::string& name);

  ContainerEngine(const ContainerEngine&) = delete;
  ContainerEngine& operator=(const ContainerEngine&) = delete;
  virtual ~ContainerEngine();

  void start();  // returns when it answers
  void stop();   // SIGTERM, and waits: containers end
  void kill();   // SIGKILL to it and to all that it runs, as a power cut would
  void restart() {
    stop();
    start();
  }

  [[nodiscard]] std::string socket() const { return dir_.path("engine.sock"); }
  [[nodiscard]] std::string root() const { return dir_.path("root"); }  // where it keeps images and volumes
  [[nodiscard]] std::string log() const;                                // what it said so far

  // The docker client with these words: what it printed, without the last line's end.
  std::string docker(const Words& words) const;  // throws when it fails
  [[nodiscard]] ChildResult try_docker(const Words& words) const;

  // Each returns the full id. An imported image has one layer, which no other has; a reference that exists
  // moves to it. Options go before the image: {"--name", "web", "-v", "data:/data"}.
  std::string import_image(const std::string& reference, const ImportOptions& options = {});
  std::string commit(const std::string& container, const std::string& reference);
  std::string create_container(const std::string& image, const Words& options = {});
  std::string run_container(const std::string& image, const Words& options = {});  // runs until it is stopped
  std::string exited_container(const std::string& image, const Words& options = {});
  [[nodiscard]] std::string image_id(const std::string& reference) const;  // with "sha256:"; empty: no such

 protected:
  ContainerEngine() = default;

  [[nodiscard]] const TempDir& dir() const { return dir_; }

 private:
  [[nodiscard]] virtual Words command() const = 0;
  [[nodiscard]] virtual Words environment() const { return {}; }
  // What no engine may find at its start, as after a boot; below the folder.
  [[nodiscard]] virtual Words volatile_paths() const = 0;
  [[nodiscard]] std::string cgroup() const;  // the parent of its containers'
  std::string create(const std::string& image, const Words& options, const Words& command);
  std::string rootfs(std::size_t payload_bytes);
  [[nodiscard]] std::string state(const std::string& container) const;

  TempDir dir_;
  ContainedProcess process_;
  std::uint64_t images_ = 0;
};

}  // namespace caretaker
