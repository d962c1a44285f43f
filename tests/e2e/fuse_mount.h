// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "support/temp_dir.h"

namespace caretaker {

// A mounted FUSE file system that hangs on demand; unmounted at the end. Needs root and /dev/fuse. Failures
// throw.
class FuseMount {
 public:
  // Why there can be none here; empty: there can.
  [[nodiscard]] static std::string hindrance();

  FuseMount();
  FuseMount(const FuseMount&) = delete;
  FuseMount& operator=(const FuseMount&) = delete;
  ~FuseMount();

  void hang() const { dir_.write("hang", ""); }  // statfs gets no answer, until
  void recover() const;
  [[nodiscard]] std::uintmax_t statfs_calls() const;
  [[nodiscard]] std::string mount_point() const { return dir_.path("mnt"); }

 private:
  [[nodiscard]] bool is_mounted() const;
  void unmount();

  TempDir dir_;
  pid_t server_ = -1;
};

}  // namespace caretaker
