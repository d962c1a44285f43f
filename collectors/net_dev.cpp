// SPDX-License-Identifier: MIT
#include "collectors/net_dev.h"

#include <filesystem>

#include "base/file.h"
#include "base/parse.h"
#include "base/text.h"

namespace caretaker {

std::optional<NetDevLine> parse_net_dev_line(std::string_view line) {
  // The last colon: alias names (eth0:1) hold one as well, and no blank needs to follow it.
  const std::size_t colon = line.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  NetDevLine device{.device = trim(line.substr(0, colon))};
  if (device.device.empty() || !is_valid_utf8(device.device)) return std::nullopt;
  line.remove_prefix(colon + 1);
  for (std::uint64_t& counter : device.counters) {
    const auto number = parse_number<std::uint64_t>(take_word(line));
    if (!number) return std::nullopt;
    counter = *number;
  }
  return device;
}

bool NetworkDeviceFilter::measures(const std::string& device) {
  if (glob_match_any(config_.devices_exclude, device)) return false;
  return config_.virtual_devices || glob_match_any(config_.devices_include, device) || is_physical(device);
}

bool NetworkDeviceFilter::is_physical(const std::string& device) {
  if (glob_match_any(config_.devices_exclude, device)) return false;
  if (has_hardware(device)) return true;
  if (device == "lo") return false;
  if (!any_has_hardware_) any_has_hardware_ = find_hardware();
  return !*any_has_hardware_;
}

bool NetworkDeviceFilter::has_hardware(const std::string& device) const {
  return path_exists(paths_.sys("class/net/" + device + "/device"));
}

bool NetworkDeviceFilter::find_hardware() const {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(paths_.sys("class/net"), error), end; !error && entry != end;
       entry.increment(error)) {
    if (has_hardware(entry->path().filename().string())) return true;
  }
  return false;
}

}  // namespace caretaker
