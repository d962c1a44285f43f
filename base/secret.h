// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

namespace caretaker {

// A password. Has no operator<< and no formatter, so it cannot reach a log or a status by accident.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  [[nodiscard]] const std::string& reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string value_;
};

}  // namespace caretaker
