// SPDX-License-Identifier: MIT
#include "cleanup/consumers.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/host_paths.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "collectors/mount_table.h"

namespace caretaker {
namespace {

constexpr std::uint64_t stat_block_bytes = 512;  // of st_blocks, stat(2)
constexpr std::size_t mount_table_bytes_max = 4U << 20;
constexpr std::size_t named_depth = 2;  // directories below the mount point that are told apart

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string child_of(const std::string& path, std::string_view name) {
  return (path == "/" ? std::string() : path) + '/' + std::string(name);
}

// What the links in it lead to; as it is where that cannot be found out.
std::string real_path(const std::string& path) {
  std::error_code problem;
  const std::filesystem::path real = std::filesystem::canonical(path, problem);
  return problem ? path : real.string();
}

// The topmost directory above `path` on the same file system.
std::string mount_point_of(std::string path, dev_t device) {
  while (path != "/") {
    struct stat status{};
    const std::string parent = parent_of(path);
    if (::stat(parent.c_str(), &status) != 0 || status.st_dev != device) break;
    path = parent;
  }
  return path;
}

// Where something is mounted. Looking at the mount point of a dead network file system may never return.
std::set<std::string> mount_points() {
  std::set<std::string> points;
  const auto table = read_file(HostPaths{}.proc("self/mountinfo"), mount_table_bytes_max);
  if (!table) return points;
  std::string_view rest = *table;
  while (!rest.empty()) {
    if (auto mount = parse_mountinfo_line(take_line(rest))) points.insert(std::move(mount->mount_point));
  }
  return points;
}

class Walk {
 public:
  // `mounts` and `skip` are not entered, and of the former nothing is asked.
  Walk(dev_t device, std::set<std::string> mounts, std::set<std::string> skip, const std::stop_token& stop)
      : device_(device), mounts_(std::move(mounts)), skip_(std::move(skip)), stop_(stop) {}

  Consumers run(const std::string& top) {
    UniqueFd root(::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (root.valid()) {
      directory(std::move(root), top, 0, top);
    } else {
      complete_ = false;
    }
    Consumers consumers{.complete = complete_};
    for (auto& [path, bytes] : bytes_) consumers.biggest.push_back({path, bytes});
    std::ranges::sort(consumers.biggest, [](const Consumer& a, const Consumer& b) {
      return std::pair(b.bytes, std::string_view(a.path)) < std::pair(a.bytes, std::string_view(b.path));
    });
    if (consumers.biggest.size() > consumers_max) consumers.biggest.resize(consumers_max);
    return consumers;
  }

 private:
  struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
  };

  // `named`: the directory that what lies here counts for.
  void directory(UniqueFd fd, const std::string& path, std::size_t depth, const std::string& named) {
    const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(fd.get()));
    if (!stream) {
      complete_ = false;
      return;
    }
    const int at = fd.release();  // the stream closes it
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream.get());
      if (entry == nullptr) {
        complete_ = complete_ && errno == 0;
        return;
      }
      const std::string_view name(entry->d_name);
      if (name == "." || name == "..") continue;
      if (stop_.stop_requested() || ++entries_ > walk_entries_max) {
        complete_ = false;
        return;
      }
      this->entry(at, std::string(name), path, depth, named);
    }
  }

  void entry(int at, const std::string& name, const std::string& path, std::size_t depth,
             const std::string& named) {
    const std::string child = child_of(path, name);
    if (mounts_.contains(child)) return;
    struct stat status{};
    if (::fstatat(at, name.c_str(), &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0) {
      complete_ = complete_ && errno == ENOENT;  // gone meanwhile
      return;
    }
    if (status.st_dev != device_) return;
    // A file with several names is counted once.
    if (!S_ISDIR(status.st_mode) && status.st_nlink > 1 && !linked_.insert(status.st_ino).second) return;
    const std::string& group = depth < named_depth && S_ISDIR(status.st_mode) ? child : named;
    bytes_[group] += static_cast<std::uint64_t>(status.st_blocks) * stat_block_bytes;
    if (!S_ISDIR(status.st_mode) || skip_.contains(child)) return;
    UniqueFd fd(::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.valid() || depth + 1 >= walk_depth_max) {
      complete_ = false;
      return;
    }
    directory(std::move(fd), child, depth + 1, group);
  }

  dev_t device_;
  std::set<std::string> mounts_;
  std::set<std::string> skip_;
  const std::stop_token& stop_;
  std::map<std::string, std::uint64_t> bytes_;
  std::set<ino_t> linked_;
  std::size_t entries_ = 0;
  bool complete_ = true;
};

}  // namespace

Consumers find_consumers(const std::string& path, const std::vector<std::string>& skip,
                         const std::stop_token& stop) {
  const std::string real = real_path(path);
  struct stat status{};
  if (::stat(real.c_str(), &status) != 0) return {};
  std::set<std::string> real_skip;
  for (const std::string& directory : skip) real_skip.insert(real_path(directory));
  const std::string top = mount_point_of(real, status.st_dev);
  std::set<std::string> mounts = mount_points();
  return Walk(status.st_dev, std::move(mounts), std::move(real_skip), stop).run(top);
}

std::string describe(const Consumers& consumers) {
  std::string text;
  for (const Consumer& consumer : consumers.biggest) {
    text += fmt::format("{}{} {} MiB", text.empty() ? "" : ", ", consumer.path, consumer.bytes >> 20);
  }
  return consumers.complete || text.empty() ? text : "at least " + text;
}

}  // namespace caretaker
