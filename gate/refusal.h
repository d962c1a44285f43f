// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace caretaker {

// Why a request does not reach the engine, or gets no answer of it.
struct Refusal {
  int status = 400;  // of HTTP
  std::string reason;
  int retry_after_s = 0;  // 0: asking again does not help
};

// A whole HTTP answer with Docker's error object, {"message": "..."}.
[[nodiscard]] std::string refusal_answer(const Refusal& refusal);

// Printable ASCII as it is, everything else as \xNN; at most `bytes_max`, with "..." where it was cut.
[[nodiscard]] std::string escaped(std::string_view text, std::size_t bytes_max);

}  // namespace caretaker
