// SPDX-License-Identifier: MIT
#include "docker/json_splitter.h"

#include <algorithm>
#include <utility>

namespace caretaker {
namespace {

constexpr std::size_t key_bytes_kept = 64;  // longer than any key of a path
constexpr std::size_t word_bytes_kept = 8;  // longer than null

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_word_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'E' || c == '+' || c == '-' || c == '.';
}

std::unexpected<Error> malformed(char c) {
  const auto code = static_cast<unsigned char>(c);
  const bool printable = code > 0x20 && code < 0x7F;
  return fail(printable ? std::string("not JSON: unexpected '") + c + "'"
                        : "not JSON: unexpected byte " + std::to_string(code));
}

}  // namespace

JsonSplitter::JsonSplitter(bool sequence, std::vector<ArrayPath> paths, Limits limits, Sink sink)
    : sequence_(sequence), paths_(std::move(paths)), limits_(limits), sink_(std::move(sink)) {}

JsonSplitter JsonSplitter::sequence(Limits limits, Sink sink) {
  return {true, {}, limits, std::move(sink)};
}

JsonSplitter JsonSplitter::array(std::vector<ArrayPath> paths, Limits limits, Sink sink) {
  return {false, std::move(paths), limits, std::move(sink)};
}

Result<> JsonSplitter::push(std::string_view bytes) {
  for (const char c : bytes) {
    // The closing bracket belongs to the object, and so does the opening one, which begin_value() keeps.
    const bool keep = capturing_;
    if (keep) {
      if (object_.size() >= limits_.object_bytes) {
        return fail("an object is larger than " + std::to_string(limits_.object_bytes) + " bytes");
      }
      object_.push_back(c);
    }
    if (Result<> result = step(c); !result) return result;
  }
  return {};
}

Result<> JsonSplitter::finish() {
  if (expect_ == Expect::in_word) {  // only white space can tell that a word is over
    if (Result<> result = step(' '); !result) return result;
  }
  const bool whole = expect_ == Expect::done || (sequence_ && stack_.empty() && expect_ == Expect::value);
  if (!whole) return fail("not JSON: cut off");
  return {};
}

Result<> JsonSplitter::step(char c) {
  switch (expect_) {
    case Expect::in_key:
    case Expect::in_string:
      return step_text(c);
    case Expect::in_word:
      if (is_word_char(c)) {
        if (word_.size() < word_bytes_kept) word_.push_back(c);
        return {};
      }
      if (at_wanted_array()) {
        if (word_ != "null") return fail("not a list where one must be");
        array_found_ = true;
      }
      end_value();
      return step_structure(c);
    default:
      return step_structure(c);
  }
}

Result<> JsonSplitter::step_text(char c) {
  if (escaped_) {
    escaped_ = false;
  } else if (c == '\\') {
    escaped_ = true;
  } else if (c == '"') {
    if (expect_ == Expect::in_key) {
      expect_ = Expect::colon;
    } else {
      end_value();
    }
    return {};
  }
  // An escaped key keeps its backslash and so equals no key of a path.
  if (expect_ == Expect::in_key && stack_.size() == keys_.size() && keys_.back().size() < key_bytes_kept) {
    keys_.back().push_back(c);
  }
  return {};
}

Result<> JsonSplitter::step_structure(char c) {
  if (is_space(c)) return {};
  switch (expect_) {
    case Expect::value_or_end:
      return c == ']' ? close(c) : begin_value(c);
    case Expect::value:
      return begin_value(c);
    case Expect::key_or_end:
    case Expect::key:
      if (c == '}' && expect_ == Expect::key_or_end) return close(c);
      if (c != '"') return malformed(c);
      if (stack_.size() == keys_.size()) keys_.back().clear();
      expect_ = Expect::in_key;
      return {};
    case Expect::colon:
      if (c != ':') return malformed(c);
      expect_ = Expect::value;
      return {};
    case Expect::comma_or_end:
      if (c != ',') return close(c);
      expect_ = stack_.back() == '{' ? Expect::key : Expect::value;
      return {};
    default:
      return malformed(c);
  }
}

Result<> JsonSplitter::begin_value(char c) {
  const bool wanted = in_wanted_array() || (sequence_ && stack_.empty());
  if (wanted && !capturing_) {
    if (c != '{') return fail("not an object where one must be");
    if (limits_.objects != 0 && objects_ >= limits_.objects) {
      return fail("more than " + std::to_string(limits_.objects) + " objects");
    }
    capturing_ = true;
    capture_depth_ = stack_.size();
    object_.assign(1, c);
  }
  if (c == '{' || c == '[') return open(c);
  if (at_wanted_array() && c != 'n') return fail("not a list where one must be");
  if (c == '"') {
    expect_ = Expect::in_string;
    return {};
  }
  if (!is_word_char(c)) return malformed(c);
  word_.assign(1, c);
  expect_ = Expect::in_word;
  return {};
}

Result<> JsonSplitter::open(char c) {
  if (stack_.size() >= json_nesting_max) return fail("not JSON that we read: nested too deeply");
  if (at_wanted_array()) {
    if (c != '[') return fail("not a list where one must be");
    array_found_ = true;
    wanted_depth_ = stack_.size() + 1;
  }
  // Keys are followed only outside of what is captured, while every level so far is an object.
  const bool follow = c == '{' && !capturing_ && keys_.size() == stack_.size();
  stack_.push_back(c);
  if (follow) keys_.emplace_back();
  expect_ = c == '{' ? Expect::key_or_end : Expect::value_or_end;
  return {};
}

Result<> JsonSplitter::close(char c) {
  if (stack_.empty() || c != (stack_.back() == '{' ? '}' : ']')) return malformed(c);
  if (wanted_depth_ == stack_.size()) wanted_depth_ = 0;
  if (keys_.size() == stack_.size()) keys_.pop_back();
  stack_.pop_back();
  end_value();
  if (capturing_ && stack_.size() == capture_depth_) return end_object();
  return {};
}

void JsonSplitter::end_value() {
  if (!stack_.empty()) {
    expect_ = Expect::comma_or_end;
  } else {
    expect_ = sequence_ ? Expect::value : Expect::done;
  }
}

Result<> JsonSplitter::end_object() {
  capturing_ = false;
  ++objects_;
  return sink_(object_);
}

// Whether the value that comes is an array of interest.
bool JsonSplitter::at_wanted_array() const {
  if (capturing_ || keys_.size() != stack_.size()) return false;
  return std::ranges::any_of(paths_, [&](const ArrayPath& path) { return path == keys_; });
}

}  // namespace caretaker
