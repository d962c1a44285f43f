// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "chaos/run.h"

namespace caretaker::chaos {

// "random-mariadb", "server-kill-mysql": one place in the report each.
[[nodiscard]] std::string name_of(const Options& options);
[[nodiscard]] std::string to_markdown(const Options& options, const Figures& figures);
// Replaces what stands between `<!-- chaos NAME -->` and `<!-- end -->` in the page. Throws where there is no
// such place.
void write_report(const std::string& page, const std::string& name, const std::string& text);

}  // namespace caretaker::chaos
