// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace caretaker {

inline constexpr std::size_t json_nesting_max = 64;

// Cuts arriving JSON text into the objects of interest and hands each on as text, so that a list of any
// length needs the memory of one object. Checks brackets, commas and colons of everything, and nothing of
// what strings, numbers and words look like: whoever parses the objects does that. Not thread safe.
class JsonSplitter {
 public:
  using Sink = std::function<Result<>(std::string_view object)>;
  // The keys that lead from the top to an array; empty: the top is that array.
  using ArrayPath = std::vector<std::string>;

  struct Limits {
    std::size_t object_bytes = 0;
    std::size_t objects = 0;  // 0: no end
  };

  // Objects one after the other, with or without white space between.
  [[nodiscard]] static JsonSplitter sequence(Limits limits, Sink sink);
  // The objects in the array at any of `paths`. null in place of an array is an empty one.
  [[nodiscard]] static JsonSplitter array(std::vector<ArrayPath> paths, Limits limits, Sink sink);

  // The next bytes. After an error the splitter is of no more use.
  [[nodiscard]] Result<> push(std::string_view bytes);
  // At the end of the text: an error when it is not whole.
  [[nodiscard]] Result<> finish();

  [[nodiscard]] std::size_t objects() const { return objects_; }
  // Whether one of the paths was there.
  [[nodiscard]] bool array_found() const { return array_found_; }

 private:
  enum class Expect : std::uint8_t {
    value,         // one must come
    value_or_end,  // behind '['
    key,           // behind ',' in an object
    key_or_end,    // behind '{'
    colon,         // behind a key
    comma_or_end,  // behind a value
    in_key,        // inside of a key's quotes
    in_string,     // inside of a value's quotes
    in_word,       // number, true, false, null
    done,          // behind the top value
  };

  JsonSplitter(bool sequence, std::vector<ArrayPath> paths, Limits limits, Sink sink);

  [[nodiscard]] Result<> step(char c);
  [[nodiscard]] Result<> step_structure(char c);
  [[nodiscard]] Result<> step_text(char c);
  [[nodiscard]] Result<> begin_value(char c);
  [[nodiscard]] Result<> open(char c);
  [[nodiscard]] Result<> close(char c);
  void end_value();
  [[nodiscard]] Result<> end_object();
  [[nodiscard]] bool at_wanted_array() const;
  [[nodiscard]] bool in_wanted_array() const { return wanted_depth_ != 0 && stack_.size() == wanted_depth_; }

  bool sequence_ = false;
  std::vector<ArrayPath> paths_;
  Limits limits_;
  Sink sink_;

  Expect expect_ = Expect::value;
  bool escaped_ = false;    // the last character was a backslash in a string
  bool capturing_ = false;  // inside of an object of interest
  bool array_found_ = false;
  std::string stack_;              // open brackets
  std::vector<std::string> keys_;  // the key per open bracket, as far as paths need it
  std::string word_;               // the begin of a number or word
  std::size_t wanted_depth_ = 0;   // stack size inside of a wanted array; 0: not in one
  std::size_t capture_depth_ = 0;  // stack size outside of the object
  std::string object_;
  std::size_t objects_ = 0;
};

}  // namespace caretaker
