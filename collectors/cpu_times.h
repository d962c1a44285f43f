// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace caretaker {

// The fields of a `cpu` line of /proc/stat in their order (proc_stat(5)). guest is also counted in user, and
// guest_nice in nice.
enum CpuField : std::size_t {
  cpu_user,
  cpu_nice,
  cpu_system,
  cpu_idle,
  cpu_iowait,
  cpu_irq,
  cpu_softirq,
  cpu_steal,
  cpu_guest,
  cpu_guest_nice,
  cpu_fields
};

// Time since boot in ticks of 1/ticks_per_second(). Old kernels and OpenVZ have fewer fields.
struct CpuTimes {
  std::array<std::uint64_t, cpu_fields> ticks{};
  std::size_t count = 0;  // fields that are present
};

// `fields` is the line behind its name. Nothing when a field is no number or there are fewer than four.
// Fields that newer kernels may add are left out.
[[nodiscard]] std::optional<CpuTimes> parse_cpu_times(std::string_view fields);

// USER_HZ, 100 on all common machines (sysconf(3), _SC_CLK_TCK).
[[nodiscard]] std::uint64_t ticks_per_second();

}  // namespace caretaker
