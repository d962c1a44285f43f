// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "gate/peer.h"

namespace caretaker {

// What one entry tells. Texts are escaped and cut here; X-Registry-Auth is never among them.
struct AuditEntry {
  std::string_view kind;  // of systemd/event_kinds.h
  std::string_view method;
  std::string_view target;
  const Peer* peer = nullptr;
  int engine_status = 0;  // of HTTP; 0: none
  std::string_view reason;
};

// Writes to the journal with the fields EVENT, DETAIL, METHOD, TARGET, PEER_UID, PEER_PID, ENGINE_STATUS and
// REASON, or as lines to standard error where that is no journal. An entry is handed over when write()
// returns.
class Audit {
 public:
  Audit();
  void write(const AuditEntry& entry) const;

 private:
  bool to_journal_;
};

}  // namespace caretaker
