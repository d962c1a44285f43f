// SPDX-License-Identifier: MIT
#include "support/container_engine.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <ranges>
#include <stdexcept>

#include "support/eventually.h"

namespace caretaker {
namespace {

#ifdef CARETAKER_CONTAINER_ENGINES
constexpr const char* engines_folder = CARETAKER_CONTAINER_ENGINES;
#else
constexpr const char* engines_folder = "";
#endif

constexpr const char* cgroup_root = "/sys/fs/cgroup";
constexpr std::size_t client_output_bytes_max = 16U << 20;

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void append(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

ChildResult run(const Words& command, const Words& environment = {}) {
  auto child = run_child({.command = command,
                          .environment = environment,
                          .user = {},
                          .timeout = patience,
                          .output_bytes_max = client_output_bytes_max},
                         {});
  if (!child) throw std::runtime_error(command.at(0) + ": " + child.error().message);
  return std::move(*child);
}

// Throws when it failed.
std::string output_of(ChildResult result, const Words& command) {
  if (result.exit_status != 0) {
    std::string line;
    for (const std::string& word : command) line += word + " ";
    throw std::runtime_error(line + "ended with status " + std::to_string(result.exit_status) + ", signal " +
                             std::to_string(result.signal) + ": " + result.standard_error +
                             result.standard_output);
  }
  std::string& output = result.standard_output;
  while (output.ends_with('\n')) output.pop_back();
  return output;
}

// Those below `name` in every hierarchy, the deepest first: whoever ends at once leaves them.
void remove_cgroups(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  std::vector<fs::path> groups;
  std::vector<fs::path> hierarchies = {cgroup_root};
  for (const fs::directory_entry& entry : fs::directory_iterator(cgroup_root, ignored)) {
    hierarchies.push_back(entry.path());
  }
  for (const fs::path& hierarchy : hierarchies) {
    if (!fs::is_directory(hierarchy / name, ignored)) continue;
    groups.push_back(hierarchy / name);
    for (const auto& entry : fs::recursive_directory_iterator(hierarchy / name, ignored)) {
      if (entry.is_directory(ignored)) groups.push_back(entry.path());
    }
  }
  for (const fs::path& group : groups | std::views::reverse) fs::remove(group, ignored);
}

}  // namespace

std::string ContainerEngine::hindrance() {
  if (*engines_folder == '\0') return "this build has no container engines: ./dev test gets them";
  if (::geteuid() != 0) return "container engines need root";
  return {};
}

ContainerEngine::~ContainerEngine() {
  process_.kill();
  remove_cgroups(cgroup());
}

std::string ContainerEngine::cgroup() const {
  return std::filesystem::path(dir_.path()).filename();
}

std::string ContainerEngine::program(const std::string& name) {
  return std::string(engines_folder) + "/bin/" + name;
}

void ContainerEngine::start() {
  for (const std::string& path : volatile_paths()) std::filesystem::remove_all(dir_.path(path));
  Words environment = {"HOME=" + dir_.path(), "TMPDIR=" + dir_.path(), "LC_ALL=C.UTF-8",
                       "PATH=" + std::string(engines_folder) + "/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  append(environment, this->environment());
  // The first process of a PID namespace has to wait for orphans.
  Words command = {program("docker-init"), "--"};
  append(command, this->command());
  process_.start(command, environment, dir_.path("log"));
  const bool ready =
      eventually([this] { return !process_.is_running() || try_docker({"version"}).exit_status == 0; });
  if (!ready || !process_.is_running()) throw std::runtime_error("the engine does not start: " + log());
}

void ContainerEngine::stop() {
  process_.stop();
}

void ContainerEngine::kill() {
  process_.kill();
}

std::string ContainerEngine::log() const {
  return text_of(dir_.path("log"));
}

ChildResult ContainerEngine::try_docker(const Words& words) const {
  Words command = {program("docker"), "--host", "unix://" + socket(), "--config", dir_.path("client")};
  append(command, words);
  return run(command);
}

std::string ContainerEngine::docker(const Words& words) const {
  return output_of(try_docker(words), words);
}

// A tar file of busybox and of data that no other file has; never the same twice.
std::string ContainerEngine::rootfs(std::size_t payload_bytes) {
  const std::string folder = dir_.path("rootfs");
  if (!std::filesystem::exists(folder)) {
    std::filesystem::create_directories(folder + "/bin");
    std::filesystem::copy_file(program("busybox"), folder + "/bin/busybox");
  }
  std::mt19937_64 random(++images_);
  std::string payload(payload_bytes, '\0');
  for (char& byte : payload) byte = static_cast<char>(random());
  dir_.write("rootfs/payload", payload + std::to_string(images_));
  const Words tar = {"tar", "-C", folder, "-cf", folder + ".tar", "."};
  output_of(run(tar), tar);
  return folder + ".tar";
}

std::string ContainerEngine::import_image(const std::string& reference, const ImportOptions& options) {
  Words words = {"import"};
  for (const auto& [key, value] : options.labels) append(words, {"--change", "LABEL " + key + "=" + value});
  append(words, {rootfs(options.payload_bytes), reference});
  docker(words);
  return image_id(reference);
}

std::string ContainerEngine::image_id(const std::string& reference) const {
  const ChildResult result = try_docker({"image", "inspect", "--format", "{{.Id}}", reference});
  return result.exit_status == 0 ? output_of(result, {}) : std::string();
}

std::string ContainerEngine::commit(const std::string& container, const std::string& reference) {
  docker({"commit", container, reference});
  return image_id(reference);
}

std::string ContainerEngine::create(const std::string& image, const Words& options, const Words& command) {
  Words words = {"create", "--network", "none", "--stop-signal", "KILL", "--cgroup-parent", "/" + cgroup()};
  append(words, options);
  words.push_back(image);
  append(words, command);
  return docker(words);
}

std::string ContainerEngine::create_container(const std::string& image, const Words& options) {
  return create(image, options, {"/bin/busybox", "true"});
}

std::string ContainerEngine::run_container(const std::string& image, const Words& options) {
  std::string id = create(image, options, {"/bin/busybox", "sleep", "1000000"});
  docker({"start", id});
  return id;
}

std::string ContainerEngine::exited_container(const std::string& image, const Words& options) {
  std::string id = create_container(image, options);
  docker({"start", id});
  if (!eventually([&] { return state(id) == "exited"; })) {
    throw std::runtime_error("the container does not end: it is " + state(id));
  }
  return id;
}

std::string ContainerEngine::state(const std::string& container) const {
  return docker({"container", "inspect", "--format", "{{.State.Status}}", container});
}

}  // namespace caretaker
