// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ctl/console.h"
#include "ctl/service_manager.h"
#include "ctl/setup_place.h"
#include "ctl/terminal.h"

namespace caretaker::ctl {

// What main gives to the client: the machine as it sees it. Everything outlives the command.
struct Surroundings {
  const Console& console;
  std::string config_file;  // of the installed daemon
  ServiceManager& manager;
  Terminal& terminal;
  const SetupPlace& place;
  std::span<const std::string_view> collector_names;  // those that [collector.NAME] may name
  std::int64_t now_ms;                                // UTC
};

}  // namespace caretaker::ctl
