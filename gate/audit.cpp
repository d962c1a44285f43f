// SPDX-License-Identifier: MIT
#include "gate/audit.h"

#include <fmt/format.h>
#include <syslog.h>

#include <array>
#include <cstdio>
#include <vector>

#include "gate/refusal.h"
#include "systemd/event_kinds.h"
#include "systemd/journal.h"

namespace caretaker {
namespace {

constexpr std::size_t method_bytes_max = 32;
constexpr std::size_t target_bytes_max = 1024;

// By LogLevel: debug, info, warning, error.
constexpr std::array priorities = {LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR};

// What happened, without its kind.
std::string detail_of(const AuditEntry& entry, const std::string& method, const std::string& target) {
  std::string message;
  if (!method.empty()) message = method + ' ' + target;
  const auto add = [&message](std::string_view separator, const std::string& text) {
    message.append(message.empty() ? "" : separator).append(text);
  };
  if (entry.peer != nullptr) add(" ", fmt::format("of uid {}, pid {}", entry.peer->uid, entry.peer->pid));
  if (entry.engine_status != 0) add(": ", fmt::format("HTTP {}", entry.engine_status));
  if (!entry.reason.empty()) add(": ", std::string(entry.reason));
  return message;
}

}  // namespace

Audit::Audit() : to_journal_(journal_available()) {}

void Audit::write(const AuditEntry& entry) const {
  const EventKind& kind = find_event_kind(entry.kind);
  const std::string method = escaped(entry.method, method_bytes_max);
  const std::string target = escaped(entry.target, target_bytes_max);
  const std::string detail = detail_of(entry, method, target);
  const std::string message = fmt::format("{} ({})", detail, entry.kind);
  if (!to_journal_) {
    fmt::print(stderr, "caretaker-docker-gate: {}\n", message);
    return;
  }
  const std::string uid = entry.peer == nullptr ? "" : std::to_string(entry.peer->uid);
  const std::string pid = entry.peer == nullptr ? "" : std::to_string(entry.peer->pid);
  const std::string status = entry.engine_status == 0 ? "" : std::to_string(entry.engine_status);
  std::vector<JournalField> fields = {{"SYSLOG_IDENTIFIER", "caretaker-docker-gate"},
                                      {"MESSAGE_ID", kind.message_id},
                                      {"EVENT", entry.kind},
                                      {"DETAIL", detail}};
  const JournalField optional[] = {{"METHOD", method}, {"TARGET", target},        {"PEER_UID", uid},
                                   {"PEER_PID", pid},  {"ENGINE_STATUS", status}, {"REASON", entry.reason}};
  for (const JournalField& field : optional) {
    if (!field.value.empty()) fields.push_back(field);
  }
  // A journal that refuses leaves no other place to complain to.
  (void)journal_send(priorities.at(static_cast<std::size_t>(kind.level)), message, fields);
}

}  // namespace caretaker
