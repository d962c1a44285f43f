// SPDX-License-Identifier: MIT
#include "collectors/mount_table.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <utility>

#include "base/text.h"

namespace caretaker {
namespace {

// A trailing `*` stands for any ending.
constexpr std::array<std::string_view, 27> remote_types = {
    "9p",       "acfs",  "afs",       "autofs", "beegfs", "ceph",   "cifs",     "coda",   "davfs*",
    "fuse*",    "gfs2",  "glusterfs", "gpfs",   "lustre", "ncpfs",  "nfs",      "nfs4",   "ocfs2",
    "orangefs", "panfs", "prl_fs",    "pvfs2",  "smb*",   "vboxsf", "virtiofs", "vmhgfs", "wekafs"};

std::optional<unsigned char> octal_escape(std::string_view text) {
  constexpr std::size_t length = 4;  // \040
  if (text.size() < length || text[0] != '\\') return std::nullopt;
  unsigned value = 0;
  for (const char digit : text.substr(1, length - 1)) {
    if (digit < '0' || digit > '7') return std::nullopt;
    value = value * 8 + static_cast<unsigned>(digit - '0');
  }
  return value <= 0xFF ? std::optional(static_cast<unsigned char>(value)) : std::nullopt;
}

std::string decode_octal(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  while (!text.empty()) {
    const auto byte = octal_escape(text);
    decoded += byte ? static_cast<char>(*byte) : text[0];
    text.remove_prefix(byte ? 4 : 1);
  }
  return decoded;
}

bool has_read_only(std::string_view options) {
  while (!options.empty()) {
    const std::string_view option = options.substr(0, options.find(','));
    if (option == "ro" || option == "emergency_ro") return true;
    options.remove_prefix(std::min(option.size() + 1, options.size()));
  }
  return false;
}

bool is_below(std::string_view path, std::string_view parent) {
  return path.size() > parent.size() && path.starts_with(parent) && path[parent.size()] == '/';
}

// A path below a remote mount cannot be walked without asking it. All paths are below `/`: the daemon itself
// runs from there, so that one is trusted.
class RemotePlaces {
 public:
  explicit RemotePlaces(const std::vector<Mount>& mounts) {
    for (const Mount& mount : mounts) {
      if (is_remote_type(mount.type) && mount.mount_point != "/") points_.push_back(mount.mount_point);
    }
  }
  [[nodiscard]] bool contain(const Mount& mount) const {
    return is_remote_type(mount.type) || std::ranges::any_of(points_, [&](const std::string& point) {
             return is_below(mount.mount_point, point);
           });
  }

 private:
  std::vector<std::string> points_;
};

// A mount hides an earlier one on the same mount point.
std::vector<Mount> without_hidden(std::vector<Mount> mounts) {
  std::map<std::string_view, std::size_t> last;
  for (std::size_t i = 0; i < mounts.size(); ++i) last[mounts[i].mount_point] = i;
  std::vector<bool> visible(mounts.size());
  for (const auto& [point, index] : last) visible[index] = true;
  std::vector<Mount> kept;
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    if (visible[i]) kept.push_back(std::move(mounts[i]));
  }
  return kept;
}

// Adds `mount`, or lets it take the place of another mount of its device with a longer mount point.
void add_shortest(std::vector<Mount>& mounts, Mount mount) {
  const auto same = std::ranges::find(mounts, mount.device_number, &Mount::device_number);
  if (same == mounts.end()) {
    mounts.push_back(std::move(mount));
  } else if (mount.mount_point.size() < same->mount_point.size()) {
    *same = std::move(mount);
  }
}

bool is_excluded(const Mount& mount, const FilesystemConfig& config) {
  return glob_match_any(config.types_exclude, mount.type) ||
         glob_match_any(config.mount_points_exclude, mount.mount_point);
}

}  // namespace

std::optional<Mount> parse_mountinfo_line(std::string_view line) {
  take_word(line);  // mount id
  take_word(line);  // parent id
  Mount mount;
  mount.device_number = take_word(line);
  take_word(line);  // root of the mount within the file system
  mount.mount_point = decode_octal(take_word(line));
  const std::string_view mount_options = take_word(line);
  // Any number of optional fields, then a lone hyphen.
  for (std::string_view word = take_word(line); word != "-"; word = take_word(line)) {
    if (word.empty()) return std::nullopt;
  }
  mount.type = take_word(line);
  mount.source = decode_octal(take_word(line));
  mount.read_only = has_read_only(mount_options) || has_read_only(take_word(line));
  if (!mount.mount_point.starts_with('/') || mount.mount_point.contains('\0') || mount.type.empty()) {
    return std::nullopt;
  }
  return mount;
}

bool is_remote_type(std::string_view type) {
  return std::ranges::any_of(remote_types, [type](std::string_view pattern) {
    return pattern.ends_with('*') ? type.starts_with(pattern.substr(0, pattern.size() - 1)) : type == pattern;
  });
}

MountSelection select_mounts(std::vector<Mount> mounts, const FilesystemConfig& config) {
  mounts = without_hidden(std::move(mounts));
  const RemotePlaces remote(mounts);
  MountSelection selection;
  for (Mount& mount : mounts) {
    if (is_excluded(mount, config)) continue;
    if (!remote.contain(mount)) {
      add_shortest(selection.local, std::move(mount));
    } else if (glob_match_any(config.network_mount_points, mount.mount_point)) {
      add_shortest(selection.remote, std::move(mount));
    }
  }
  return selection;
}

void keep_visible(std::vector<Mount>& mounts, const std::vector<Mount>& own) {
  std::map<std::string_view, std::string_view> device_at;
  for (const Mount& mount : own) device_at[mount.mount_point] = mount.device_number;
  std::erase_if(mounts, [&](const Mount& mount) {
    const auto place = device_at.find(mount.mount_point);
    return place == device_at.end() || place->second != mount.device_number;
  });
}

}  // namespace caretaker
