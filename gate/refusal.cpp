// SPDX-License-Identifier: MIT
#include "gate/refusal.h"

#include <fmt/format.h>

#include "base/text.h"

namespace caretaker {
namespace {

constexpr std::string_view cut_mark = "...";

std::string_view status_words(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 408:
      return "Request Timeout";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Bad Gateway";
  }
}

}  // namespace

std::string refusal_answer(const Refusal& refusal) {
  std::string body = "{\"message\":";
  append_json_string(body, "caretaker-docker-gate: " + refusal.reason);
  body += "}\n";
  const std::string retry =
      refusal.retry_after_s > 0 ? fmt::format("Retry-After: {}\r\n", refusal.retry_after_s) : "";
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}Connection: close\r\n\r\n"
      "{}",
      refusal.status, status_words(refusal.status), body.size(), retry, body);
}

std::string escaped(std::string_view text, std::size_t bytes_max) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const std::string next =
        byte > 0x20 && byte < 0x7F && c != '\\' ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
    if (result.size() + next.size() > bytes_max) return result.append(cut_mark);
    result += next;
  }
  return result;
}

}  // namespace caretaker
