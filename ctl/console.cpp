// SPDX-License-Identifier: MIT
#include "ctl/console.h"

#include <fmt/format.h>

namespace caretaker::ctl {
namespace {

constexpr int field_name_width = 10;

}  // namespace

std::string_view colour_sequence(Colour colour) {
  switch (colour) {
    case Colour::none:
      return "";
    case Colour::red:
      return "\033[31m";
    case Colour::yellow:
      return "\033[33m";
    case Colour::green:
      return "\033[32m";
    case Colour::dim:
      return "\033[2m";
    case Colour::bold:
      return "\033[1m";
  }
  return "";
}

std::string Console::paint(Colour colour, std::string_view text) const {
  if (!colours || colour == Colour::none) return std::string(text);
  return std::string(colour_sequence(colour)).append(text).append("\033[0m");
}

void Console::print_field(std::string_view name, std::string_view text) const {
  out << "  " << paint(Colour::dim, fmt::format("{:<{}}", name, field_name_width)) << text << '\n';
}

}  // namespace caretaker::ctl
