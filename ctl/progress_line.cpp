// SPDX-License-Identifier: MIT
#include "ctl/progress_line.h"

#include <string>
#include <utility>

#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

// Bytes beyond ASCII are shown as one '?' each sequence, so that a character is a column everywhere.
std::string ascii_of(std::string_view valid_utf8) {
  std::string out;
  for (const char c : valid_utf8) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else if (byte >= 0xC0) {
      out += '?';
    }
  }
  return out;
}

}  // namespace

void ProgressLine::show(std::string_view text) {
  if (console_.width == 0) return;
  std::string line = ascii_of(escape_text(text));
  // A full line would wrap, and \r then only goes back to the beginning of its last part.
  if (line.size() >= console_.width) line.resize(console_.width - 1);
  if (line == shown_) return;
  const std::size_t left_over = shown_.size() > line.size() ? shown_.size() - line.size() : 0;
  console_.out << '\r' << line << std::string(left_over, ' ') << std::flush;
  shown_ = std::move(line);
}

void ProgressLine::erase() {
  if (shown_.empty()) return;
  console_.out << '\r' << std::string(shown_.size(), ' ') << '\r' << std::flush;
  shown_.clear();
}

}  // namespace caretaker::ctl
