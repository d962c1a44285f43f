// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/host_paths.h"
#include "config/config.h"

namespace caretaker {

// The counters of a line of /proc/net/dev in their order (proc_pid_net(5)).
enum NetDevField : std::size_t {
  net_receive_bytes,
  net_receive_packets,
  net_receive_errs,
  net_receive_drop,
  net_receive_fifo,
  net_receive_frame,
  net_receive_compressed,
  net_receive_multicast,
  net_transmit_bytes,
  net_transmit_packets,
  net_transmit_errs,
  net_transmit_drop,
  net_transmit_fifo,
  net_transmit_colls,
  net_transmit_carrier,
  net_transmit_compressed,
  net_dev_fields
};

struct NetDevLine {
  std::string_view device;
  std::array<std::uint64_t, net_dev_fields> counters{};
};

// Before the devices come two lines of headings, which have no counters.
inline constexpr std::size_t net_dev_heading_lines = 2;

// Nothing unless the line is a name and all sixteen counters.
[[nodiscard]] std::optional<NetDevLine> parse_net_dev_line(std::string_view line);

// Which devices are measured, by what they are and not by how they are called: container hosts make and drop
// virtual devices all the time, and what runs over a bridge or bond is counted again by its members. Asks
// sysfs, so callers remember the answer for as long as the device exists. Borrows its arguments. One thread.
class NetworkDeviceFilter {
 public:
  NetworkDeviceFilter(const HostPaths& paths, const NetworkConfig& config) : paths_(paths), config_(config) {}

  // Before a pass through the devices. What every new device of a pass has to know of all the others is
  // looked up once in it: a host may start with thousands of them.
  void begin_pass() { any_has_hardware_.reset(); }

  // By the configuration.
  [[nodiscard]] bool measures(const std::string& device);

  // Backed by hardware (<sysfs>/class/net/NAME/device exists) and not excluded. Where no device at all is, as
  // in a container, every device but `lo` stands in for it.
  [[nodiscard]] bool is_physical(const std::string& device);

 private:
  [[nodiscard]] bool has_hardware(const std::string& device) const;
  [[nodiscard]] bool find_hardware() const;

  const HostPaths& paths_;
  const NetworkConfig& config_;
  std::optional<bool> any_has_hardware_;  // in this pass
};

}  // namespace caretaker
