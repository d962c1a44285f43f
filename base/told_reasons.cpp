// SPDX-License-Identifier: MIT
#include "base/told_reasons.h"

#include <utility>

namespace caretaker {
namespace {

constexpr std::size_t reason_bytes_max = 512;  // of each that is kept

std::string without_digits(std::string_view reason) {
  std::string text;
  for (const char c : reason.substr(0, reason_bytes_max)) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit) {
      text += c;
    } else if (!text.ends_with('#')) {
      text += '#';
    }
  }
  return text;
}

}  // namespace

bool ToldReasons::is_new(std::string_view reason, std::int64_t now_ms) {
  std::string key = without_digits(reason);
  if (const auto met = met_ms_.find(key); met != met_ms_.end()) {
    const std::int64_t last = std::exchange(met->second, now_ms);
    return quiet_ms_ > 0 && now_ms - last >= quiet_ms_;
  }
  if (quiet_ms_ > 0) {
    std::erase_if(met_ms_, [&](const auto& met) { return now_ms - met.second >= quiet_ms_; });
  }
  if (met_ms_.size() >= told_reasons_max) return false;
  met_ms_.emplace(std::move(key), now_ms);
  return true;
}

}  // namespace caretaker
