// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace caretaker {

// docs/configuration.md: the whole page, made from the key table.
[[nodiscard]] std::string config_reference_markdown(std::span<const std::string_view> collector_names);

// config/config.ini: every key, commented out at its default with ';', explained with '#'.
[[nodiscard]] std::string sample_config(std::span<const std::string_view> collector_names);

}  // namespace caretaker
