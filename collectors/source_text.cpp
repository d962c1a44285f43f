// SPDX-License-Identifier: MIT
#include "collectors/source_text.h"

#include <algorithm>
#include <cerrno>

namespace caretaker {

Result<Outcome> without_source(const Error& error) {
  if (error.code == ENOENT || error.code == ENOTDIR || error.code == EOPNOTSUPP) return Outcome::no_data;
  return std::unexpected(error);
}

bool SourceLines::next(std::string_view& line) {
  if (rest_.empty()) return false;
  line = take_line(rest_);
  ++number_;
  return true;
}

void SourceLines::reject() {
  if (rejected_ == 0) rejected_ = number_;
}

Result<Outcome> SourceLines::result(bool found) const {
  if (rejected_ != 0) return fail(path_ + ":" + std::to_string(rejected_) + ": unexpected text");
  return found ? Outcome::ok : Outcome::no_data;
}

Result<std::string_view> PolledPair::read() {
  auto first = first_.read();
  used_second_ = !first;
  if (first) return first;
  auto second = second_.read();
  // That the second is missing explains nothing when the first is there but cannot be read.
  return !second && second.error().code == ENOENT ? first : second;
}

bool is_metric_name(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace caretaker
