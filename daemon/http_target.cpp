// SPDX-License-Identifier: MIT
#include "daemon/http_target.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/text.h"

namespace caretaker {
namespace {

Result<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    std::uint8_t byte = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2) {
      return fail("bad percent escape '%" + std::string(digits) + "'");
    }
    decoded += static_cast<char>(byte);
    i += 2;
  }
  if (!is_valid_utf8(decoded)) return fail("not valid UTF-8 after percent-decoding");
  if (decoded.find('\0') != std::string::npos) return fail("NUL byte");
  return decoded;
}

Result<std::string> query_decode(std::string_view text) {
  std::string blanks(text);
  std::ranges::replace(blanks, '+', ' ');
  return percent_decode(blanks);
}

Result<> parse_query(std::string_view text, RequestTarget& target) {
  for (const std::string_view part : split(text, '&')) {
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    Result<std::string> name = query_decode(part.substr(0, equals));
    if (!name) return std::unexpected(name.error());
    Result<std::string> value =
        query_decode(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1));
    if (!value) return std::unexpected(value.error());
    target.query.emplace_back(std::move(*name), std::move(*value));
  }
  return {};
}

}  // namespace

Result<RequestTarget> parse_target(std::string_view target) {
  if (!target.starts_with('/')) return fail("the path must begin with '/'");
  const std::size_t question = target.find('?');
  RequestTarget parsed;
  for (const std::string_view part : split(target.substr(1, question - 1), '/')) {
    Result<std::string> segment = percent_decode(part);
    if (!segment) return std::unexpected(segment.error());
    parsed.segments.push_back(std::move(*segment));
  }
  if (question != std::string_view::npos) {
    if (Result<> query = parse_query(target.substr(question + 1), parsed); !query) {
      return std::unexpected(query.error());
    }
  }
  return parsed;
}

}  // namespace caretaker
