// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace caretaker::structure {

// One function with its signature, in lines from 1.
struct FunctionSpan {
  std::string head;  // what stands before its brace
  std::size_t first_line = 0;
  std::size_t last_line = 0;
  [[nodiscard]] std::size_t lines() const { return last_line - first_line + 1; }
};

// Finds the functions of CppText::code by its braces. What stands before a brace says what it opens:
// - a lambda introducer: a function, wherever it is;
// - `=`, `,`, an open parenthesis, or no parameter list at all: an initializer, in which only lambdas count;
// - namespace, extern, class, struct, union or enum, when no parameter list follows: declarations;
// - anything else: a function, from its first token (template <...> and attributes too) to its closing brace.
// What is inside a function (blocks, lambdas, local classes) counts as its lines. A closed brace that is
// followed by `,` or `{` was a member initializer: `X() : a_{1}, b_(2) {}`. Each branch of an #if must be
// balanced.
[[nodiscard]] std::vector<FunctionSpan> find_functions(std::string_view code);

}  // namespace caretaker::structure
