// SPDX-License-Identifier: MIT
#include <array>
#include <span>
#include <string_view>

#include "collectors/collector.h"

namespace caretaker {

// One line per collector, sorted by name: COLLECTOR(x) stands for the object `x_collector` of x.cpp.
#define CARETAKER_COLLECTORS \
  COLLECTOR(cpu)             \
  COLLECTOR(disk)            \
  COLLECTOR(filesystem)      \
  COLLECTOR(load)            \
  COLLECTOR(memory)          \
  COLLECTOR(network)         \
  COLLECTOR(pressure)        \
  COLLECTOR(self)            \
  COLLECTOR(stat)            \
  COLLECTOR(system)          \
  COLLECTOR(uptime)          \
  COLLECTOR(vmstat)

#define COLLECTOR(name) extern const CollectorInfo name##_collector;
CARETAKER_COLLECTORS
#undef COLLECTOR

std::span<const CollectorInfo> collector_registry() {
#define COLLECTOR(name) name##_collector,
  static const std::array registry = {CARETAKER_COLLECTORS};
#undef COLLECTOR
  return registry;
}

const CollectorInfo* find_collector(std::string_view name) {
  for (const CollectorInfo& info : collector_registry()) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

}  // namespace caretaker
