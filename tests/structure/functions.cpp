// SPDX-License-Identifier: MIT
#include "structure/functions.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/text.h"
#include "structure/cpp_text.h"

namespace caretaker::structure {
namespace {

constexpr auto npos = std::string_view::npos;

enum class Opens : std::uint8_t { declarations, initializer, lambda, function };

template <std::size_t size>
bool starts_with_any(std::string_view text, const std::array<std::string_view, size>& prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return text.starts_with(prefix); });
}

// The position of the bracket that closes the one at `open`, or npos.
std::size_t matching(std::string_view text, std::size_t open, char opening, char closing) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == opening) ++depth;
    if (text[i] == closing && --depth == 0) return i;
  }
  return npos;
}

std::string_view without_template_clause(std::string_view head) {
  while (head.starts_with("template")) {
    const std::size_t open = head.find('<');
    const std::size_t close = open == npos ? npos : matching(head, open, '<', '>');
    if (close == npos) return head;
    head = trim(head.substr(close + 1));
  }
  return head;
}

// `f(int x, int y) const` gives `f() const`.
std::string without_parameters(std::string_view head) {
  std::string out;
  int depth = 0;
  for (const char c : head) {
    if (c == ')' && depth > 0) --depth;
    if (depth == 0) out += c;
    if (c == '(') ++depth;
  }
  return out;
}

bool has_scope_keyword(std::string_view head) {
  constexpr std::array<std::string_view, 6> keywords = {"namespace", "extern", "class",
                                                        "struct",    "union",  "enum"};
  while (!head.empty()) {
    const auto end = static_cast<std::size_t>(std::ranges::find_if_not(head, is_word_char) - head.begin());
    if (std::ranges::find(keywords, head.substr(0, end)) != keywords.end()) return true;
    head.remove_prefix(std::max<std::size_t>(end, 1));
  }
  return false;
}

// `f()`, `f() const noexcept override`.
bool ends_like_signature(std::string_view head) {
  constexpr std::array<std::string_view, 5> qualifiers = {"const", "noexcept", "override", "final", "&"};
  for (;;) {
    head = trim(head);
    const auto* const found =
        std::ranges::find_if(qualifiers, [&](std::string_view word) { return head.ends_with(word); });
    if (found == qualifiers.end()) return head.ends_with(')');
    head.remove_suffix(found->size());
  }
}

// `[this](int x) mutable`, at the end of whatever is before; neither `int x[3]` nor `[[nodiscard]]`.
bool ends_like_lambda(std::string_view head) {
  const std::size_t close = head.rfind(']');
  const std::size_t open = close == npos ? npos : head.rfind('[', close);
  if (open == npos) return false;
  const std::string_view before = trim(head.substr(0, open));
  if (!before.empty() && (is_word_char(before.back()) || before.ends_with('[') || before.ends_with(']'))) {
    return false;
  }
  const std::string_view after = trim(head.substr(close + 1));
  return after.empty() ||
         starts_with_any(after, std::array<std::string_view, 5>{"(", "<", "mutable", "noexcept", "->"});
}

class FunctionFinder {
 public:
  explicit FunctionFinder(std::string_view code) : code_(code) {}

  std::vector<FunctionSpan> find() {
    for (; position_ < code_.size(); ++position_) step(code_[position_]);
    return std::move(found_);
  }

 private:
  struct Scope {
    Opens opens;
    std::size_t head_start;
    int parentheses;
  };

  void step(char c) {
    if (c == '(') ++parentheses_;
    if (c == ')' && parentheses_ > 0) --parentheses_;
    if (c == '{') open();
    if (c == '}') close();
    const bool ends_head = c == ';' || (c == ',' && in_initializer()) || (c == ':' && is_access_label());
    if (ends_head && parentheses_ == 0) restart_head();
  }

  void open() {
    const std::string_view head = trim(code_.substr(head_start_, position_ - head_start_));
    const Opens opens = classify(head);
    if (opens == Opens::function || opens == Opens::lambda) {
      skip_function(head, opens);
    } else {
      scopes_.push_back({opens, head_start_, parentheses_});
      parentheses_ = 0;
      restart_head();
    }
  }

  void close() {
    if (scopes_.empty()) return restart_head();
    const Scope scope = scopes_.back();
    scopes_.pop_back();
    parentheses_ = scope.parentheses;
    restart_head();
    if (scope.opens == Opens::initializer) head_start_ = scope.head_start;
  }

  [[nodiscard]] Opens classify(std::string_view head) const {
    if (ends_like_lambda(head)) return Opens::lambda;
    if (in_initializer() || parentheses_ > 0 || head.ends_with('=') || head.ends_with(',')) {
      return Opens::initializer;
    }
    const std::string plain = without_parameters(without_template_clause(head));
    if (has_scope_keyword(plain) && !ends_like_signature(plain)) return Opens::declarations;
    return plain.find('(') == npos ? Opens::initializer : Opens::function;
  }

  void skip_function(std::string_view head, Opens opens) {
    const std::size_t end = std::min(matching(code_, position_, '{', '}'), code_.size());
    const std::string_view rest = trim(code_.substr(std::min(end + 1, code_.size())));
    position_ = end;
    if (opens == Opens::function && (rest.starts_with(',') || rest.starts_with('{'))) return;
    const auto first = static_cast<std::size_t>(head.data() - code_.data());
    found_.push_back({std::string(head), line_of(code_, first), line_of(code_, end)});
    if (parentheses_ == 0) restart_head();
  }

  [[nodiscard]] bool in_initializer() const {
    return !scopes_.empty() && scopes_.back().opens == Opens::initializer;
  }

  [[nodiscard]] bool is_access_label() const {
    const std::string_view head = trim(code_.substr(head_start_, position_ - head_start_));
    return head == "public" || head == "protected" || head == "private";
  }

  void restart_head() { head_start_ = position_ + 1; }

  std::string_view code_;
  std::size_t position_ = 0;
  std::size_t head_start_ = 0;
  int parentheses_ = 0;  // open ones since the last brace
  std::vector<Scope> scopes_;
  std::vector<FunctionSpan> found_;
};

}  // namespace

std::vector<FunctionSpan> find_functions(std::string_view code) {
  return FunctionFinder(code).find();
}

}  // namespace caretaker::structure
