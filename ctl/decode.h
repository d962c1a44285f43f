// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctl/failure.h"
#include "ctl/json_reader.h"

// How the answers of the API are decoded: for answers.cpp and cleanup_answers.cpp.
namespace caretaker::ctl {

// "the daemon's answer makes no sense: ..."
[[nodiscard]] Failure bad_answer(std::string_view what);

// The value that `decode` makes of the body, or the first error that its reader noted.
template <class Decode>
auto decode_with(std::string_view body, Decode decode)
    -> Answer<decltype(decode(std::declval<const JsonReader&>()))> {
  const Result<JsonDocument> document = JsonDocument::parse(body);
  if (!document) return std::unexpected(bad_answer(document.error().message));
  std::string error;
  auto value = decode(document->root(error));
  if (!error.empty()) return std::unexpected(bad_answer(error));
  return value;
}

// A time of 0 is none: nothing has happened yet.
[[nodiscard]] inline std::optional<std::int64_t> decode_time(const JsonReader& reader,
                                                             std::string_view name) {
  const std::optional<std::int64_t> time_ms = reader.optional_integer(name);
  return time_ms == 0 ? std::nullopt : time_ms;
}

template <class T>
std::vector<T> decode_list(const std::vector<JsonReader>& readers, T (*decode)(const JsonReader&)) {
  std::vector<T> values;
  values.reserve(readers.size());
  for (const JsonReader& reader : readers) values.push_back(decode(reader));
  return values;
}

}  // namespace caretaker::ctl
