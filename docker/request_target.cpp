// SPDX-License-Identifier: MIT
#include "docker/request_target.h"

#include <algorithm>

#include "base/text.h"

namespace caretaker {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";
constexpr unsigned hex_base = 16;

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::optional<unsigned> hex_value(char c) {
  if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  const std::size_t at = hex_digits.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned>(at);
}

}  // namespace

std::string percent_encode(std::string_view text, std::string_view kept) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c) || kept.find(c) != std::string_view::npos) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(hex_digits[byte / hex_base]);
    encoded.push_back(hex_digits[byte % hex_base]);
  }
  return encoded;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded.push_back(text[at]);
      continue;
    }
    if (at + 2 >= text.size()) return std::nullopt;
    const auto high = hex_value(text[at + 1]);
    const auto low = hex_value(text[at + 2]);
    if (!high || !low) return std::nullopt;
    decoded.push_back(static_cast<char>(*high * hex_base + *low));
    at += 2;
  }
  return decoded;
}

std::string to_query(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string query;
  for (const auto& [key, value] : parameters) {
    query += query.empty() ? '?' : '&';
    query += key;
    query += '=';
    query += percent_encode(value);
  }
  return query;
}

std::string_view without_api_version(std::string_view path) {
  if (!path.starts_with("/v")) return path;
  const std::size_t end = path.find('/', 1);
  if (end == std::string_view::npos) return path;
  const std::vector<std::string_view> parts = split(path.substr(2, end - 2), '.');
  const bool numbers = std::ranges::all_of(parts, [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  });
  return parts.size() > 1 && numbers ? path.substr(end) : path;
}

bool is_plain_name(std::string_view name) {
  constexpr std::string_view two_meanings = "%\\?#;";
  if (!is_valid_utf8(name)) return false;
  const bool plain = std::ranges::all_of(name, [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7F && two_meanings.find(c) == std::string_view::npos;
  });
  if (!plain) return false;
  const std::vector<std::string_view> parts = split(name, '/');
  return std::ranges::none_of(
      parts, [](std::string_view part) { return part.empty() || part == "." || part == ".."; });
}

}  // namespace caretaker
