// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace caretaker {

[[nodiscard]] bool is_valid_utf8(std::string_view text);

// Appends `text` as a JSON string with quotes. Bytes that are not UTF-8 become U+FFFD, so the result is
// always valid JSON and fits a utf8mb4 column.
void append_json_string(std::string& out, std::string_view text);
// The same as an array.
void append_json_strings(std::string& out, std::span<const std::string> texts);

// At most so many bytes of the text, to the end of a character.
[[nodiscard]] std::string_view cut_text(std::string_view text, std::size_t bytes_max);

// With the letters of ASCII in lower case, whatever the locale.
[[nodiscard]] std::string lower_ascii(std::string_view text);

// Without spaces, tabs, CR and LF at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

// Splits at every `separator`; n separators give n + 1 parts, empty ones included.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

// Takes the next word (run of bytes other than space and tab) off the front of `text`; empty at the end.
std::string_view take_word(std::string_view& text);

// Takes the next line, without its LF, off the front of `text`.
std::string_view take_line(std::string_view& text);

// Shell-style pattern over the whole of `text`: `*`, `?`, `[...]` (fnmatch(3) without flags: `*` matches
// `/`).
[[nodiscard]] bool glob_match(const std::string& pattern, const std::string& text);
[[nodiscard]] bool glob_match_any(std::span<const std::string> patterns, const std::string& text);

// The candidate that `word` most likely means: smallest edit distance, at most a third of the word's length.
[[nodiscard]] std::optional<std::string_view> nearest_word(std::string_view word,
                                                           std::span<const std::string_view> candidates);

}  // namespace caretaker
