// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace caretaker {

// The words of `text` as sh(1) would split them: '...' is literal, "..." keeps blanks and knows \" \\ \$ \`,
// a backslash outside of quotes makes the next character plain. Nothing is expanded. Any run of `separators`
// separates. Fails for a quote that is not closed, a backslash at the end, and a word that begins with an
// unquoted '#' (a comment that would be taken for words).
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view text,
                                                           std::string_view separators = " \t");

}  // namespace caretaker
