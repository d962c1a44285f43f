// SPDX-License-Identifier: MIT
#include "ctl/systemd_unit.h"

#include "systemd/unit_control.h"

namespace caretaker::ctl {
namespace {

constexpr const char* unit_name = "caretaker.service";

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

bool SystemdUnit::is_loaded() {
  Result<UnitControl> control = UnitControl::connect();
  if (!control) return false;
  const Result<UnitState> state = control->state(unit_name);
  return state && state->load_state == "loaded";
}

Result<> SystemdUnit::apply(ServiceAction action, std::chrono::milliseconds timeout) {
  Result<UnitControl> control = UnitControl::connect();
  if (!control) return std::unexpected(control.error());
  return control->act(unit_action(action), unit_name, timeout);
}

}  // namespace caretaker::ctl
