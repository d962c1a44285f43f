// SPDX-License-Identifier: MIT
#include "config/words.h"

#include <optional>
#include <utility>

namespace caretaker {
namespace {

class WordSplitter {
 public:
  WordSplitter(std::string_view text, std::string_view separators) : rest_(text), separators_(separators) {}

  Result<std::vector<std::string>> split() {
    while (!rest_.empty()) {
      const char c = take();
      Result<> step;
      if (separators_.contains(c)) {
        end_word();
      } else if (c == '#' && !word_) {
        return fail("has a comment behind the value: write comments on lines of their own, or quote the '#'");
      } else if (c == '\'' || c == '"') {
        step = take_quoted(c);
      } else if (c == '\\') {
        step = take_escaped();
      } else {
        word() += c;
      }
      if (!step) return std::unexpected(step.error());
    }
    end_word();
    return std::move(words_);
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string& word() {
    if (!word_) word_.emplace();
    return *word_;
  }

  void end_word() {
    if (word_) words_.push_back(*std::exchange(word_, std::nullopt));
  }

  Result<> take_quoted(char quote) {
    constexpr std::string_view escapable = "\"\\$`";
    word();  // a pair of quotes is a word even when nothing is between them
    while (!rest_.empty()) {
      const char c = take();
      if (c == quote) return {};
      const bool escapes = quote == '"' && c == '\\' && !rest_.empty() && escapable.contains(rest_.front());
      word() += escapes ? take() : c;
    }
    return fail(std::string("has a quote ") + quote + " that is not closed on the same line");
  }

  Result<> take_escaped() {
    if (rest_.empty()) return fail("ends with a backslash");
    word() += take();
    return {};
  }

  std::string_view rest_;
  std::string_view separators_;
  std::optional<std::string> word_;  // no value between words
  std::vector<std::string> words_;
};

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view text, std::string_view separators) {
  return WordSplitter(text, separators).split();
}

}  // namespace caretaker
