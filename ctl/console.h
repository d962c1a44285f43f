// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace caretaker::ctl {

enum class Colour : std::uint8_t { none, red, yellow, green, dim, bold };

// Where the client prints and what the place can show.
struct Console {
  std::ostream& out;
  std::ostream& error;
  bool colours = false;
  bool utf8 = true;
  std::size_t width = 0;  // columns; 0: no limit (not a terminal)

  // The text in `colour`, where there are colours.
  [[nodiscard]] std::string paint(Colour colour, std::string_view text) const;

  // "  name      text" as one line of out.
  void print_field(std::string_view name, std::string_view text) const;
};

// The escape sequence that switches to `colour`; empty for none.
[[nodiscard]] std::string_view colour_sequence(Colour colour);

}  // namespace caretaker::ctl
