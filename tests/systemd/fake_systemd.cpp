// SPDX-License-Identifier: MIT
#include "systemd/fake_systemd.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>

namespace caretaker {
namespace {

constexpr const char* job_path = "/org/freedesktop/systemd1/job/7";
constexpr std::uint64_t poll_us = 20'000;

void must(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(-result));
}

}  // namespace

struct FakeSystemd::Session {
  sd_bus* bus;
  const FakeAnswers& answers;
  std::vector<std::string>& calls;
  bool ended = false;

  static int on_message(sd_bus_message* message, void* userdata, sd_bus_error*) {
    std::uint8_t type = 0;
    sd_bus_message_get_type(message, &type);
    if (type != SD_BUS_MESSAGE_METHOD_CALL) return 0;
    return static_cast<Session*>(userdata)->answer(message);
  }

  int answer(sd_bus_message* call) {
    const std::string_view member = sd_bus_message_get_member(call);
    if (member == "Hello") return sd_bus_reply_method_return(call, "s", ":1.1");
    if (member == "AddMatch" || member == "RemoveMatch") return sd_bus_reply_method_return(call, nullptr);
    if (member == "Subscribe") return fail_or(call, answers.subscribe_error, nullptr);
    if (member == "Get") return answer_property(call);
    if (member == "Reload") {
      calls.emplace_back("Reload");
      return fail_or(call, answers.reload_error, nullptr);
    }
    if (member == "EnableUnitFiles") return answer_enable(call);
    const char* unit = nullptr;
    const char* mode = "";
    sd_bus_message_read(call, "s", &unit);
    if (member == "LoadUnit") {
      return sd_bus_reply_method_return(call, "o", "/org/freedesktop/systemd1/unit/caretaker_2eservice");
    }
    sd_bus_message_read(call, "s", &mode);
    calls.push_back(std::string(member) + " " + unit + " " + mode);
    return answer_action(call);
  }

  static int fail_or(sd_bus_message* call, const std::string& error, const char* path) {
    if (!error.empty()) return sd_bus_reply_method_errorf(call, error.c_str(), "said the fake");
    return path == nullptr ? sd_bus_reply_method_return(call, nullptr)
                           : sd_bus_reply_method_return(call, "o", path);
  }

  int answer_enable(sd_bus_message* call) {
    const char* unit = nullptr;
    int runtime = 1;
    int force = 1;
    sd_bus_message_enter_container(call, 'a', "s");
    sd_bus_message_read(call, "s", &unit);
    sd_bus_message_exit_container(call);
    sd_bus_message_read(call, "bb", &runtime, &force);
    calls.push_back(std::string("EnableUnitFiles ") + unit + (runtime != 0 ? " runtime" : "") +
                    (force != 0 ? " force" : ""));
    if (!answers.enable_error.empty()) return fail_or(call, answers.enable_error, nullptr);
    return sd_bus_reply_method_return(call, "ba(sss)", answers.has_install ? 1 : 0, 0);
  }

  int answer_property(sd_bus_message* call) {
    const char* interface = nullptr;
    const char* name = nullptr;
    sd_bus_message_read(call, "ss", &interface, &name);
    const std::string_view property = name;
    if (property == answers.property_without_answer) {
      return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_UNKNOWN_PROPERTY, "no %s here", name);
    }
    if (property == "NeedDaemonReload") return sd_bus_reply_method_return(call, "v", "b", 1);
    if (property == "NRestarts") return sd_bus_reply_method_return(call, "v", "u", 3U);
    if (property == "ExecMainCode") return sd_bus_reply_method_return(call, "v", "i", 1);
    if (property == "ExecMainStatus") return sd_bus_reply_method_return(call, "v", "i", 216);
    if (property == "ActiveEnterTimestamp") {
      return sd_bus_reply_method_return(call, "v", "t", std::uint64_t{1'763'702'200'000'000});
    }
    if (property == "DropInPaths" || property == "SupplementaryGroups") {
      return sd_bus_reply_method_return(call, "v", "as", 2U, "one", "two");
    }
    if (property.starts_with("LoadCredential")) {
      return sd_bus_reply_method_return(call, "v", "a(ss)", 1U, name, "/etc/credstore/x");
    }
    if (property == "LoadState") return reply_text(call, answers.load_state);
    return reply_text(call,
                      property == "ActiveState" ? answers.active_state : "the " + std::string(property));
  }

  static int reply_text(sd_bus_message* call, const std::string& text) {
    return sd_bus_reply_method_return(call, "v", "s", text.c_str());
  }

  int answer_action(sd_bus_message* call) {
    if (answers.hang_up) {
      ended = true;
      return 1;
    }
    const int replied = fail_or(call, answers.action_error, job_path);
    if (!answers.action_error.empty() || answers.job_result.empty()) return replied;
    job_removed("/org/freedesktop/systemd1/job/6", "failed");  // somebody else's
    job_removed(job_path, answers.job_result.c_str());
    return replied;
  }

  void job_removed(const char* path, const char* result) const {
    sd_bus_message* signal = nullptr;
    must(sd_bus_message_new_signal(bus, &signal, "/org/freedesktop/systemd1",
                                   "org.freedesktop.systemd1.Manager", "JobRemoved"),
         "new signal");
    sd_bus_message_set_sender(signal, ":1.0");
    sd_bus_message_append(signal, "uoss", 7U, path, "caretaker.service", result);
    must(sd_bus_send(bus, signal, nullptr), "send signal");
    sd_bus_message_unref(signal);
  }
};

FakeSystemd::FakeSystemd(FakeAnswers answers) : answers_(std::move(answers)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = dir_.path("bus");
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  must(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  must(::listen(listener_.get(), 1), "listen");
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + path).c_str(), 1);
  thread_ = std::thread([this] { serve(); });
}

FakeSystemd::~FakeSystemd() {
  if (thread_.joinable()) std::ignore = stop();
  ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
}

std::vector<std::string> FakeSystemd::stop() {
  stopping_ = true;
  ::shutdown(listener_.get(), SHUT_RDWR);
  thread_.join();
  return calls_;
}

void FakeSystemd::serve() {
  const int client = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (client < 0) return;
  sd_bus* bus = nullptr;
  sd_id128_t id{};
  must(sd_id128_randomize(&id), "random id");
  must(sd_bus_new(&bus), "new bus");
  must(sd_bus_set_fd(bus, client, client), "set fd");
  must(sd_bus_set_server(bus, 1, id), "set server");
  must(sd_bus_set_trusted(bus, 1), "set trusted");
  Session session{.bus = bus, .answers = answers_, .calls = calls_};
  must(sd_bus_add_filter(bus, nullptr, &Session::on_message, &session), "add filter");
  must(sd_bus_start(bus), "start");
  while (!stopping_ && !session.ended) {
    const int processed = sd_bus_process(bus, nullptr);
    if (processed < 0) break;
    if (processed == 0 && sd_bus_wait(bus, poll_us) < 0) break;
  }
  sd_bus_flush_close_unref(bus);
}

}  // namespace caretaker
