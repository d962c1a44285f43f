// SPDX-License-Identifier: MIT
#include "ctl/series_text.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "base/text.h"

namespace caretaker::ctl {
namespace {

bool is_plain(std::string_view value) {
  constexpr std::string_view special = " \t\"\\=,";
  return !value.empty() && value.find_first_of(special) == std::string_view::npos;
}

std::vector<double> averaged(std::span<const double> values, std::size_t cells_max) {
  const std::size_t cells = std::min(values.size(), cells_max);
  std::vector<double> averages;
  averages.reserve(cells);
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const std::size_t first = cell * values.size() / cells;
    const std::size_t last = (cell + 1) * values.size() / cells;
    const std::span<const double> part = values.subspan(first, last - first);
    const auto count = static_cast<double>(part.size());
    // Divided first: the sum of large values could overflow.
    averages.push_back(std::accumulate(part.begin(), part.end(), 0.0,
                                       [count](double sum, double value) { return sum + value / count; }));
  }
  return averages;
}

}  // namespace

std::string format_labels(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    if (!text.empty()) text += ' ';
    text += name + '=';
    if (is_plain(value)) {
      text += value;
    } else {
      append_json_string(text, value);
    }
  }
  return text;
}

std::string sparkline(std::span<const double> values, std::size_t cells_max) {
  constexpr std::array<std::string_view, 8> blocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string line;
  if (values.empty()) return line;
  const std::vector<double> heights = averaged(values, cells_max);
  const auto [low, high] = std::ranges::minmax(heights);
  // Halved: the span of the largest doubles is infinite.
  const double half_span = high / 2 - low / 2;
  for (const double height : heights) {
    const double part = half_span > 0 ? (height / 2 - low / 2) / half_span : 0;
    line += blocks[std::min(static_cast<std::size_t>(part * blocks.size()), blocks.size() - 1)];
  }
  return line;
}

}  // namespace caretaker::ctl
