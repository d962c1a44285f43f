// SPDX-License-Identifier: MIT
#include "ctl/systemd_manager.h"

namespace caretaker::ctl {
Result<UnitCondition> SystemdManager::condition(const std::string& unit) {
  Result<UnitControl> control = UnitControl::connect();
  if (!control) return std::unexpected(control.error());
  const Result<UnitState> state = control->state(unit);
  if (!state) return std::unexpected(state.error());
  const std::string& active = state->active_state;
  return UnitCondition{.loaded = state->load_state == "loaded",
                       .active = active == "active" || active == "activating" || active == "reloading"};
}

Result<> SystemdManager::reload() {
  Result<UnitControl> control = UnitControl::connect();
  if (!control) return std::unexpected(control.error());
  return control->reload();
}

Result<> SystemdManager::enable(const std::string& unit) {
  Result<UnitControl> control = UnitControl::connect();
  if (!control) return std::unexpected(control.error());
  return control->enable(unit);
}

Result<> SystemdManager::apply(UnitAction action, const std::string& unit,
                               std::chrono::milliseconds timeout) {
  Result<UnitControl> control = UnitControl::connect();
  if (!control) return std::unexpected(control.error());
  return control->act(action, unit, timeout);
}

}  // namespace caretaker::ctl
