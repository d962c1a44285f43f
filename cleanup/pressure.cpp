// SPDX-License-Identifier: MIT
#include "cleanup/pressure.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "cleanup/plan.h"

namespace caretaker {
namespace {

constexpr double bytes_per_gb = 1e9;

// What non-root users have used and can use, as df(1) counts it.
std::uint64_t used_bytes(const FilesystemSpace& space) {
  return space.size_bytes - std::min(space.free_bytes, space.size_bytes);
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

// How many bytes fewer make `low` percent, rounded up.
std::uint64_t bytes_above(const FilesystemSpace& space, int low) {
  const std::uint64_t used = used_bytes(space);
  const std::uint64_t whole = used + space.avail_bytes;
  const auto share = static_cast<std::uint64_t>(std::clamp(low, 0, 100));
  // In two parts, because whole * 100 may not fit.
  const std::uint64_t target = whole / 100 * share + whole % 100 * share / 100;
  return used > target ? used - target : 0;
}

// The path, or the nearest directory above it that we may enter, as an engine's own are often closed.
std::optional<std::string> reachable(std::string path, struct stat& status) {
  while (::stat(path.c_str(), &status) != 0) {
    if (errno != EACCES || path == "/") return std::nullopt;
    path.resize(std::max<std::size_t>(path.rfind('/'), 1));
  }
  return path;
}

}  // namespace

double DiskUse::bytes_percent() const {
  const std::uint64_t used = used_bytes(space);
  return percent(used, used + space.avail_bytes);
}

double DiskUse::inodes_percent() const {
  return percent(space.files - std::min(space.files_free, space.files), space.files);
}

void Pressure::Level::update(double percent, const CleanupConfig& config) {
  times_high = percent >= config.pressure_high ? std::min(times_high + 1, pressure_times) : 0;
  if (times_high == pressure_times) {
    high = true;
  } else if (percent <= config.pressure_low) {
    high = false;
  }
}

void Pressure::update(const std::vector<DiskUse>& uses, const CleanupConfig& config) {
  std::vector<State> states;
  for (const DiskUse& use : uses) {
    const auto known =
        std::ranges::find_if(states_, [&](const State& state) { return state.use.path == use.path; });
    State state = known == states_.end() ? State{} : *known;
    state.use = use;
    state.bytes.update(use.bytes_percent(), config);
    state.inodes.update(use.inodes_percent(), config);
    states.push_back(std::move(state));
  }
  states_ = std::move(states);
}

bool Pressure::high() const {
  return std::ranges::any_of(states_, &State::high);
}

std::uint64_t Pressure::wanted_bytes(const CleanupConfig& config) const {
  if (!high()) return 0;
  const bool only_bytes_of_first =
      std::all_of(states_.begin() + 1, states_.end(), [](const State& state) { return !state.high(); }) &&
      !states_.front().inodes.high;
  if (!only_bytes_of_first) return PlanMoment::everything;
  return bytes_above(states_.front().use.space, config.pressure_low);
}

std::string Pressure::explanation() const {
  std::string text;
  const auto add = [&text](const std::string& part) {
    if (!text.empty()) text += "; ";
    text += part;
  };
  for (const State& state : states_) {
    const DiskUse& use = state.use;
    if (state.bytes.high) {
      add(fmt::format("{}: {:.0f} % of {:.1f} GB used", use.path, use.bytes_percent(),
                      static_cast<double>(use.space.size_bytes) / bytes_per_gb));
    }
    if (state.inodes.high) {
      add(fmt::format("{}: {:.0f} % of {} inodes used", use.path, use.inodes_percent(), use.space.files));
    }
  }
  return text;
}

std::vector<DiskUse> measure_disks(const std::vector<std::string>& paths, FilesystemSpaceReader read) {
  std::vector<DiskUse> uses;
  std::vector<dev_t> devices;
  for (const std::string& wanted : paths) {
    struct stat status{};
    const std::optional<std::string> path = reachable(wanted, status);
    if (!path) continue;
    if (std::ranges::find(devices, status.st_dev) != devices.end()) continue;
    auto space = read(*path);
    if (!space) continue;
    devices.push_back(status.st_dev);
    uses.push_back(DiskUse{.path = *path, .space = *space});
  }
  return uses;
}

}  // namespace caretaker
