// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace caretaker {

enum class UnitAction : std::uint8_t { start, stop, restart };

// The words of systemd: loaded, not-found, masked, ...; active, inactive, failed, activating, ...
struct UnitState {
  std::string load_state;
  std::string active_state;
};

// Units of the system's service manager over sd-bus (org.freedesktop.systemd1(5)). One thread; blocks, so it
// is for the client and not for the daemon's loop. Errors say what to do: ENOENT or ECONNREFUSED without a
// bus, EACCES when not permitted, ETIMEDOUT, EIO for a unit that failed.
class UnitControl {
 public:
  // Connects to the system bus (DBUS_SYSTEM_BUS_ADDRESS where set).
  [[nodiscard]] static Result<UnitControl> connect();
  UnitControl(const UnitControl&) = delete;
  UnitControl& operator=(const UnitControl&) = delete;
  UnitControl(UnitControl&&) noexcept;
  UnitControl& operator=(UnitControl&&) noexcept;
  ~UnitControl();

  // Queues the action and waits until systemd says that it is done, as `systemctl start` does.
  [[nodiscard]] Result<> act(UnitAction action, const std::string& unit, std::chrono::milliseconds timeout);

  // Reads all unit files again, as `systemctl daemon-reload` does.
  [[nodiscard]] Result<> reload();

  // Makes the links that the unit's [Install] asks for, as `systemctl enable` does, and reloads. A unit
  // without [Install] is an error.
  [[nodiscard]] Result<> enable(const std::string& unit);

  // A unit that does not exist is not an error: its load_state is "not-found".
  [[nodiscard]] Result<UnitState> state(const std::string& unit);

 private:
  class Impl;
  explicit UnitControl(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The system unit that `pid` belongs to, read from its cgroup without a bus. ENODATA when there is none.
[[nodiscard]] Result<std::string> unit_of_pid(pid_t pid);

}  // namespace caretaker
