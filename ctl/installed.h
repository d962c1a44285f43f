// SPDX-License-Identifier: MIT
#pragma once

// What the package installs and the setup commands make, by its names.
namespace caretaker::ctl {

inline constexpr const char* config_file_default = "/etc/caretaker/config.ini";
inline constexpr const char* service_unit = "caretaker.service";
inline constexpr const char* service_user = "caretaker";
inline constexpr const char* service_group = "caretaker";
inline constexpr const char* gate_socket_unit = "caretaker-docker-gate.socket";
inline constexpr const char* gate_service_unit = "caretaker-docker-gate.service";

}  // namespace caretaker::ctl
