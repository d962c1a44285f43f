// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/parse.h"
#include "base/result.h"
#include "base/text.h"
#include "collectors/collector.h"

namespace caretaker {

// What a collector returns when its file cannot be read: no_data where the kernel or the host does not have
// it (ENOENT, ENOTDIR; EOPNOTSUPP is pressure stall information that is compiled in but off), else the error.
[[nodiscard]] Result<Outcome> without_source(const Error& error);

// Goes through the lines of one kernel file. A line that makes no sense is left out and remembered, so that
// the good lines still give their samples. Borrows the text and the path.
class SourceLines {
 public:
  SourceLines(const std::string& path, std::string_view text) : path_(path), rest_(text) {}

  // The next line; false at the end.
  [[nodiscard]] bool next(std::string_view& line);

  // The current line is not understood. The first one makes the result an error.
  void reject();

  // ok when `found`, no_data when there was nothing; the error names the file and the first rejected line.
  [[nodiscard]] Result<Outcome> result(bool found) const;

 private:
  const std::string& path_;
  std::string_view rest_;
  std::size_t number_ = 0;
  std::size_t rejected_ = 0;
};

// The result of a collector with several sources: the first error, else ok when any of them gave data.
class CombinedOutcome {
 public:
  void add(const Result<Outcome>& outcome) {
    if (result_ && (!outcome || *outcome == Outcome::ok)) result_ = outcome;
  }
  [[nodiscard]] const Result<Outcome>& result() const { return result_; }

 private:
  Result<Outcome> result_ = Outcome::no_data;
};

// A file with a second place to look: /proc/1 shows the host where /proc/self may show a container, but can
// be hidden (mount option hidepid). Not thread safe.
class PolledPair {
 public:
  PolledPair(std::string first, std::string second, std::size_t line_max = PolledFile::line_max_default)
      : first_(std::move(first), line_max), second_(std::move(second), line_max) {}

  // Valid until the next call.
  [[nodiscard]] Result<std::string_view> read();
  // See PolledFile; of the file that the last read() was about.
  [[nodiscard]] bool may_have_changed() const { return (used_second_ ? second_ : first_).may_have_changed(); }
  // The file that the last read() was about.
  [[nodiscard]] const std::string& path() const { return used_second_ ? second_.path() : first_.path(); }

 private:
  PolledFile first_;
  PolledFile second_;
  bool used_second_ = false;
};

// Takes the next word off `line` as a number; nothing when it is missing or not one.
[[nodiscard]] inline std::optional<std::uint64_t> take_number(std::string_view& line) {
  return parse_number<std::uint64_t>(take_word(line));
}

// Only letters, digits and underscores, so fit to be part of a metric name.
[[nodiscard]] bool is_metric_name(std::string_view text);

}  // namespace caretaker
