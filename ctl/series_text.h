// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "ctl/answers.h"

namespace caretaker::ctl {

// `cpu=0 mode=idle`; values with other than the usual characters are quoted: mountpoint="/my disk".
[[nodiscard]] std::string format_labels(const Labels& labels);

// One line of block characters, oldest first: the values from their minimum to their maximum, averaged down
// to at most `cells_max` characters. Empty without values.
[[nodiscard]] std::string sparkline(std::span<const double> values, std::size_t cells_max);

}  // namespace caretaker::ctl
