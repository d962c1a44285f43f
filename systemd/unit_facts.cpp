// SPDX-License-Identifier: MIT
#include "systemd/unit_facts.h"

#include <systemd/sd-bus.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

namespace caretaker {
namespace {

constexpr const char* service = "org.freedesktop.systemd1";
constexpr const char* manager_path = "/org/freedesktop/systemd1";
constexpr const char* manager = "org.freedesktop.systemd1.Manager";
constexpr const char* unit_interface = "org.freedesktop.systemd1.Unit";
constexpr const char* service_interface = "org.freedesktop.systemd1.Service";

using BusRef = std::unique_ptr<sd_bus, sd_bus* (*)(sd_bus*)>;
using MessageRef = std::unique_ptr<sd_bus_message, sd_bus_message* (*)(sd_bus_message*)>;

// The properties of one unit, one question each. The first failure is kept; what comes after it is empty.
class Properties {
 public:
  Properties(sd_bus* bus, std::string path) : bus_(bus), path_(std::move(path)) {}

  std::string text(const char* interface, const char* name) {
    char* raw = nullptr;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    note(sd_bus_get_property_string(bus_, service, path_.c_str(), interface, name, &error, &raw));
    sd_bus_error_free(&error);
    const std::unique_ptr<char, decltype(&std::free)> owner(raw, &std::free);
    return raw == nullptr ? std::string() : std::string(raw);
  }

  template <class T>
  T number(const char* interface, const char* name, char type) {
    T value{};
    sd_bus_error error = SD_BUS_ERROR_NULL;
    note(sd_bus_get_property_trivial(bus_, service, path_.c_str(), interface, name, &error, type, &value));
    sd_bus_error_free(&error);
    return value;
  }

  std::vector<std::string> texts(const char* interface, const char* name) {
    char** raw = nullptr;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    note(sd_bus_get_property_strv(bus_, service, path_.c_str(), interface, name, &error, &raw));
    sd_bus_error_free(&error);
    std::vector<std::string> values;
    for (char** item = raw; item != nullptr && *item != nullptr; ++item) {
      values.emplace_back(*item);
      std::free(*item);
    }
    std::free(static_cast<void*>(raw));
    return values;
  }

  std::vector<UnitCredential> credentials(const char* name) {
    sd_bus_message* raw = nullptr;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    note(sd_bus_get_property(bus_, service, path_.c_str(), service_interface, name, &error, &raw, "a(ss)"));
    sd_bus_error_free(&error);
    const MessageRef reply(raw, &sd_bus_message_unref);
    std::vector<UnitCredential> found;
    if (!reply || sd_bus_message_enter_container(raw, SD_BUS_TYPE_ARRAY, "(ss)") < 0) return found;
    const char* id = nullptr;
    const char* source = nullptr;
    while (sd_bus_message_read(raw, "(ss)", &id, &source) > 0) found.push_back({id, source});
    return found;
  }

  [[nodiscard]] int failure() const { return failure_; }

 private:
  void note(int result) {
    if (result < 0 && failure_ == 0) failure_ = -result;
  }

  sd_bus* bus_;
  std::string path_;
  int failure_ = 0;
};

Result<std::string> object_path(sd_bus* bus, const std::string& unit) {
  sd_bus_error error = SD_BUS_ERROR_NULL;
  sd_bus_message* raw = nullptr;
  const int result =
      sd_bus_call_method(bus, service, manager_path, manager, "LoadUnit", &error, &raw, "s", unit.c_str());
  const std::string why = error.message == nullptr ? "" : error.message;
  sd_bus_error_free(&error);
  const MessageRef reply(raw, &sd_bus_message_unref);
  if (result < 0 && !why.empty()) return std::unexpected(Error{-result, unit + ": " + why});
  if (result < 0) return fail_errno(-result, unit);
  const char* path = nullptr;
  if (const int read = sd_bus_message_read(raw, "o", &path); read < 0) return fail_errno(-read, unit);
  return std::string(path);
}

void read_service(Properties& properties, UnitFacts& facts) {
  facts.result = properties.text(service_interface, "Result");
  facts.exit_code = properties.number<std::int32_t>(service_interface, "ExecMainCode", 'i');
  facts.exit_status = properties.number<std::int32_t>(service_interface, "ExecMainStatus", 'i');
  facts.restarts = properties.number<std::uint32_t>(service_interface, "NRestarts", 'u');
  facts.user = properties.text(service_interface, "User");
  facts.groups = properties.texts(service_interface, "SupplementaryGroups");
  for (const char* name : {"LoadCredential", "LoadCredentialEncrypted"}) {
    for (UnitCredential& credential : properties.credentials(name)) {
      facts.credentials.push_back(std::move(credential));
    }
  }
}

}  // namespace

Result<UnitFacts> read_unit_facts(const std::string& unit, std::chrono::milliseconds timeout) {
  sd_bus* raw = nullptr;
  if (const int result = sd_bus_open_system(&raw); result < 0) return fail_errno(-result, "no system bus");
  const BusRef bus(raw, &sd_bus_close_unref);
  sd_bus_set_method_call_timeout(raw, static_cast<std::uint64_t>(std::chrono::microseconds(timeout).count()));
  const Result<std::string> path = object_path(raw, unit);
  if (!path) return std::unexpected(path.error());
  Properties properties(raw, *path);
  UnitFacts facts;
  facts.load_state = properties.text(unit_interface, "LoadState");
  facts.active_state = properties.text(unit_interface, "ActiveState");
  facts.sub_state = properties.text(unit_interface, "SubState");
  facts.unit_file_state = properties.text(unit_interface, "UnitFileState");
  facts.drop_ins = properties.texts(unit_interface, "DropInPaths");
  facts.needs_reload = properties.number<int>(unit_interface, "NeedDaemonReload", 'b') != 0;
  facts.active_since_us = static_cast<std::int64_t>(
      properties.number<std::uint64_t>(unit_interface, "ActiveEnterTimestamp", 't'));
  if (unit.ends_with(".service")) read_service(properties, facts);
  if (properties.failure() != 0) return fail_errno(properties.failure(), unit + ": answer of systemd");
  return facts;
}

}  // namespace caretaker
