// SPDX-License-Identifier: MIT
#include "systemd/unit_control.h"

#include <fmt/format.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

namespace caretaker {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* service = "org.freedesktop.systemd1";
constexpr const char* manager_path = "/org/freedesktop/systemd1";
constexpr const char* manager = "org.freedesktop.systemd1.Manager";
constexpr const char* unit_interface = "org.freedesktop.systemd1.Unit";
constexpr std::chrono::seconds call_timeout{10};  // of one bus call; a job has its own
// systemd answers once it has run all generators, which gives up after 90 s.
constexpr std::chrono::seconds reload_timeout{120};

struct BusUnref {
  void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
};
struct MessageUnref {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
struct SlotUnref {
  void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
};
using BusRef = std::unique_ptr<sd_bus, BusUnref>;
using MessageRef = std::unique_ptr<sd_bus_message, MessageUnref>;
using SlotRef = std::unique_ptr<sd_bus_slot, SlotUnref>;

class BusError {
 public:
  BusError() = default;
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;
  ~BusError() { sd_bus_error_free(&error_); }
  sd_bus_error* get() { return &error_; }

  // The failing Result of a call about `unit` that returned `result` < 0.
  [[nodiscard]] std::unexpected<Error> describe(int result, const std::string& unit) const {
    if (is("org.freedesktop.systemd1.NoSuchUnit") || is("org.freedesktop.systemd1.LoadFailed")) {
      return std::unexpected(Error{ENOENT, unit + ": no such unit (is the package installed?)"});
    }
    if (is("org.freedesktop.DBus.Error.AccessDenied") ||
        is("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired") || result == -EACCES ||
        result == -EPERM) {
      return std::unexpected(Error{EACCES, unit + ": not permitted; run the command as root"});
    }
    if (error_.message != nullptr) return std::unexpected(Error{-result, unit + ": " + error_.message});
    return fail_errno(-result, unit);
  }

 private:
  [[nodiscard]] bool is(const char* name) const { return sd_bus_error_has_name(&error_, name) != 0; }
  sd_bus_error error_ = SD_BUS_ERROR_NULL;
};

const char* method_of(UnitAction action) {
  switch (action) {
    case UnitAction::start:
      return "StartUnit";
    case UnitAction::stop:
      return "StopUnit";
    case UnitAction::restart:
      return "RestartUnit";
  }
  std::abort();
}

// A queued job of systemd, until JobRemoved tells its result: "done", "failed", "canceled", "timeout", ...
struct PendingJob {
  std::string path;
  std::optional<std::string> result;
};

int on_job_removed(sd_bus_message* message, void* userdata, sd_bus_error*) {
  auto* job = static_cast<PendingJob*>(userdata);
  std::uint32_t id = 0;
  const char* path = nullptr;
  const char* unit = nullptr;
  const char* result = nullptr;
  if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) >= 0 && job->path == path) {
    job->result = result;
  }
  return 0;
}

}  // namespace

class UnitControl::Impl {
 public:
  explicit Impl(BusRef bus) : bus_(std::move(bus)) {}

  // The object path that a Manager method with these string arguments returns.
  template <class... Arguments>
  Result<std::string> call_for_path(const std::string& unit, const char* method, const char* types,
                                    Arguments... arguments) {
    BusError error;
    sd_bus_message* raw = nullptr;
    int result = sd_bus_call_method(bus_.get(), service, manager_path, manager, method, error.get(), &raw,
                                    types, arguments...);
    if (result < 0) return error.describe(result, unit);
    const MessageRef reply(raw);
    const char* path = nullptr;
    result = sd_bus_message_read(reply.get(), "o", &path);
    if (result < 0) return fail_errno(-result, unit + ": answer of systemd");
    return std::string(path);
  }

  Result<> reload() {
    BusError error;
    MessageRef call = message_to("Reload");
    if (!call) return fail_errno(ENOMEM, "systemd: reload");
    const int result = sd_bus_call(bus_.get(), call.get(), timeout_of(reload_timeout), error.get(), nullptr);
    if (result < 0) return error.describe(result, "systemd: reload of the unit files");
    return {};
  }

  Result<> enable(const std::string& unit) {
    BusError error;
    sd_bus_message* raw = nullptr;
    int result = sd_bus_call_method(bus_.get(), service, manager_path, manager, "EnableUnitFiles",
                                    error.get(), &raw, "asbb", 1, unit.c_str(), 0, 0);
    if (result < 0) return error.describe(result, unit);
    const MessageRef reply(raw);
    int has_install = 0;
    result = sd_bus_message_read(reply.get(), "b", &has_install);
    if (result < 0) return fail_errno(-result, unit + ": answer of systemd");
    if (has_install == 0) {
      return std::unexpected(Error{EINVAL, unit + ": has no [Install] section, so it cannot be enabled"});
    }
    return {};
  }

  // Once per connection: systemd then sends JobRemoved.
  Result<> subscribe() {
    BusError error;
    const int result = sd_bus_call_method(bus_.get(), service, manager_path, manager, "Subscribe",
                                          error.get(), nullptr, nullptr);
    if (result < 0) return error.describe(result, "systemd");
    return {};
  }

  Result<SlotRef> watch(PendingJob& job) {
    sd_bus_slot* slot = nullptr;
    const int result = sd_bus_match_signal(bus_.get(), &slot, service, manager_path, manager, "JobRemoved",
                                           on_job_removed, &job);
    if (result < 0) return fail_errno(-result, "systemd: watch jobs");
    return SlotRef(slot);
  }

  Result<> wait_for(const PendingJob& job, const std::string& unit, steady_clock::time_point deadline) {
    while (!job.result) {
      const int processed = sd_bus_process(bus_.get(), nullptr);
      if (processed < 0) return fail_errno(-processed, unit + ": connection to the bus");
      if (processed > 0) continue;
      const auto left = std::chrono::ceil<microseconds>(deadline - steady_clock::now());
      if (left.count() <= 0) {
        return std::unexpected(Error{
            ETIMEDOUT, fmt::format("{0}: systemd is still working on it; see systemctl status {0}", unit)});
      }
      const int waited = sd_bus_wait(bus_.get(), static_cast<std::uint64_t>(left.count()));
      if (waited < 0 && waited != -EINTR) return fail_errno(-waited, unit + ": wait for the bus");
    }
    return {};
  }

  Result<std::string> unit_property(const std::string& unit, const std::string& path, const char* name) {
    BusError error;
    char* raw = nullptr;
    const int result = sd_bus_get_property_string(bus_.get(), service, path.c_str(), unit_interface, name,
                                                  error.get(), &raw);
    if (result < 0) return error.describe(result, unit);
    const std::unique_ptr<char, decltype(&std::free)> value(raw, &std::free);
    return std::string(value.get());
  }

 private:
  static std::uint64_t timeout_of(microseconds timeout) {
    return static_cast<std::uint64_t>(timeout.count());
  }

  MessageRef message_to(const char* method) {
    sd_bus_message* raw = nullptr;
    const int result =
        sd_bus_message_new_method_call(bus_.get(), &raw, service, manager_path, manager, method);
    return MessageRef(result < 0 ? nullptr : raw);
  }

  BusRef bus_;
};

UnitControl::UnitControl(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
UnitControl::UnitControl(UnitControl&&) noexcept = default;
UnitControl& UnitControl::operator=(UnitControl&&) noexcept = default;
UnitControl::~UnitControl() = default;

Result<UnitControl> UnitControl::connect() {
  sd_bus* raw = nullptr;
  if (const int result = sd_bus_open_system(&raw); result < 0) {
    return fail_errno(-result, "no system bus (does systemd run here?)");
  }
  BusRef bus(raw);
  sd_bus_set_method_call_timeout(bus.get(), static_cast<std::uint64_t>(microseconds(call_timeout).count()));
  auto impl = std::make_unique<Impl>(std::move(bus));
  if (const Result<> subscribed = impl->subscribe(); !subscribed) return std::unexpected(subscribed.error());
  return UnitControl(std::move(impl));
}

Result<> UnitControl::act(UnitAction action, const std::string& unit, milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  PendingJob job;
  const Result<SlotRef> slot = impl_->watch(job);
  if (!slot) return std::unexpected(slot.error());
  Result<std::string> path = impl_->call_for_path(unit, method_of(action), "ss", unit.c_str(), "replace");
  if (!path) return std::unexpected(path.error());
  job.path = std::move(*path);
  if (Result<> waited = impl_->wait_for(job, unit, deadline); !waited) return waited;
  if (job.result == "done") return {};
  return std::unexpected(Error{EIO, unit + ": the job ended with '" + *job.result +
                                        "'; see systemctl status " + unit + " and journalctl -u " + unit});
}

Result<> UnitControl::reload() {
  return impl_->reload();
}

Result<> UnitControl::enable(const std::string& unit) {
  if (auto enabled = impl_->enable(unit); !enabled) return enabled;
  return impl_->reload();
}

Result<UnitState> UnitControl::state(const std::string& unit) {
  const Result<std::string> path = impl_->call_for_path(unit, "LoadUnit", "s", unit.c_str());
  if (!path) return std::unexpected(path.error());
  Result<std::string> load_state = impl_->unit_property(unit, *path, "LoadState");
  if (!load_state) return std::unexpected(load_state.error());
  Result<std::string> active_state = impl_->unit_property(unit, *path, "ActiveState");
  if (!active_state) return std::unexpected(active_state.error());
  return UnitState{.load_state = std::move(*load_state), .active_state = std::move(*active_state)};
}

Result<std::string> unit_of_pid(pid_t pid) {
  char* raw = nullptr;
  const int result = sd_pid_get_unit(pid, &raw);
  if (result < 0) return fail_errno(-result, "unit of process " + std::to_string(pid));
  const std::unique_ptr<char, decltype(&std::free)> unit(raw, &std::free);
  return std::string(unit.get());
}

}  // namespace caretaker
