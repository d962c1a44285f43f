// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace caretaker {

// A listening AF_UNIX stream socket with mode 0660 in a directory that exists (the RuntimeDirectory). The
// file is removed at the end, unless something else stands there by then.
class ControlSocket {
 public:
  // Replaces a socket that nobody listens on. Errors: a live one ("already listening", EADDRINUSE), a path
  // that is no socket (EEXIST, left alone), a path that is too long (ENAMETOOLONG).
  [[nodiscard]] static Result<ControlSocket> listen(const std::string& path);

  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;
  ControlSocket(ControlSocket&& other) noexcept;
  ControlSocket& operator=(ControlSocket&&) = delete;
  ~ControlSocket();

  // The descriptor becomes the caller's; the file stays this object's.
  [[nodiscard]] int release_fd() { return fd_.release(); }

 private:
  ControlSocket(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  Result<> remember_file();

  std::string path_;
  UniqueFd fd_;
  dev_t device_ = 0;
  ino_t inode_ = 0;  // 0: no file of ours
};

}  // namespace caretaker
