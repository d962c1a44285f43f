// SPDX-License-Identifier: MIT
#include "base/fault_point.h"

#ifdef CARETAKER_FAULT_POINTS

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

#include "base/parse.h"

namespace caretaker {
namespace {

struct Order {
  std::string name;  // empty: none
  std::atomic<int> passes_left{0};

  Order() {
    const char* text = std::getenv("CARETAKER_FAULT");
    if (text == nullptr) return;
    const std::string_view order = text;
    const std::size_t colon = order.find(':');
    name = order.substr(0, colon);
    passes_left =
        colon == std::string_view::npos ? 1 : parse_number<int>(order.substr(colon + 1)).value_or(1);
  }
};

}  // namespace

void pass(FaultPoint point) {
  static Order order;
  if (order.name != fault_point_names.at(static_cast<std::size_t>(point))) return;
  if (order.passes_left.fetch_sub(1) == 1) ::raise(SIGKILL);
}

}  // namespace caretaker

#endif
