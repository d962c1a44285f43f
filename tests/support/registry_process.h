// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "support/contained_process.h"
#include "support/temp_dir.h"

namespace caretaker {

// A real image registry on a free port of 127.0.0.1, without TLS; gone with all images at the end.
class RegistryProcess {
 public:
  // `htpasswd`: the lines of the users that may come in ("NAME:BCRYPT"); empty: everybody.
  explicit RegistryProcess(const std::string& htpasswd = "");

  // "127.0.0.1:5000", the first part of the images' names.
  [[nodiscard]] std::string host() const;

 private:
  TempDir dir_;
  std::uint16_t port_ = 0;
  ContainedProcess process_;
};

}  // namespace caretaker
