// SPDX-License-Identifier: MIT
#include "ctl/systemd_manager.h"

#include "systemd/unit_control.h"

namespace caretaker::ctl {
namespace {

UnitAction unit_action(ServiceAction action) {
  switch (action) {
    case ServiceAction::start:
      return UnitAction::start;
    case ServiceAction::stop:
      return UnitAction::stop;
    case ServiceAction::restart:
      return UnitAction::restart;
  }
  return UnitAction::restart;
}

}  // namespace

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

Result<> SystemdManager::apply(ServiceAction action, const std::string& unit,
                               std::chrono::milliseconds timeout) {
  Result<UnitControl> control = UnitControl::connect();
  if (!control) return std::unexpected(control.error());
  return control->act(unit_action(action), unit, timeout);
}

}  // namespace caretaker::ctl
