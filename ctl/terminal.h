// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace caretaker::ctl {

// Who sits in front of the client, if anybody does.
class Terminal {
 public:
  Terminal() = default;
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  virtual ~Terminal() = default;

  // Whether questions can be asked: standard input and standard error are a terminal.
  [[nodiscard]] virtual bool is_there() = 0;
  // Yes only for y or yes. An end of input is a no.
  [[nodiscard]] virtual bool confirm(const std::string& question) = 0;
  // One line, which is not shown. An error when the input ended.
  [[nodiscard]] virtual Result<Secret> ask_secret(const std::string& prompt) = 0;
  // The first line of standard input, whatever that is.
  [[nodiscard]] virtual Result<Secret> read_secret() = 0;
};

// Standard input and standard error of this process.
class StandardTerminal final : public Terminal {
 public:
  [[nodiscard]] bool is_there() override;
  [[nodiscard]] bool confirm(const std::string& question) override;
  [[nodiscard]] Result<Secret> ask_secret(const std::string& prompt) override;
  [[nodiscard]] Result<Secret> read_secret() override;
};

}  // namespace caretaker::ctl
