// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace caretaker::ctl {

// Who may read a file. Its owner is whoever runs the client, which is root.
struct FileAccess {
  mode_t mode = 0644;
  std::optional<gid_t> group;  // nothing: that of the one who writes it
};

// The files of the system whose root folder is `root`. Paths are those that the system itself sees; so are
// those in messages, with the root in front where it is another one. Links are followed on the way to a file,
// where only root can make them, never at its end.
class SetupFiles {
 public:
  explicit SetupFiles(std::string root) : root_(std::move(root)) {}

  // Where the system's `path` is for us.
  [[nodiscard]] std::string real(std::string_view path) const;

  // Nothing where there is no such file. At most 64 KiB.
  [[nodiscard]] Result<std::optional<std::string>> read(std::string_view path) const;
  [[nodiscard]] bool exists(std::string_view path) const;

  // Whole or not at all: a new file in the same folder, synced, takes the place of the old one.
  [[nodiscard]] Result<> replace(std::string_view path, std::string_view text,
                                 const FileAccess& access) const;
  [[nodiscard]] Result<> rename(std::string_view from, std::string_view to) const;  // in one folder
  [[nodiscard]] Result<> remove(std::string_view path) const;                       // nothing there is well
  // With the folders above it that are missing, which everybody may read.
  [[nodiscard]] Result<> make_folder(std::string_view path, mode_t mode) const;

  // Whether a file could be made there, now or after make_folder.
  [[nodiscard]] Result<> check_writable(std::string_view path) const;

  // Of the system's /etc/group. ENOENT when there is no such group.
  [[nodiscard]] Result<gid_t> group_id(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> group_name(gid_t id) const;

 private:
  [[nodiscard]] Result<UniqueFd> open_folder_of(std::string_view path) const;

  std::string root_;
};

}  // namespace caretaker::ctl
