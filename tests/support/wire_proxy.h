// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/unique_fd.h"

namespace caretaker {

// Stands on 127.0.0.1 between a MySQL client and its server, and breaks the wire at a chosen packet of the
// protocol (plaintext and uncompressed: [mysql] tls = off). Has a thread of its own; every function may be
// called from any other one. Packets are counted over all connections, from 1, since the last heal().
class WireProxy {
 public:
  explicit WireProxy(std::uint16_t server_port);
  WireProxy(const WireProxy&) = delete;
  WireProxy& operator=(const WireProxy&) = delete;
  ~WireProxy();

  [[nodiscard]] std::uint16_t port() const { return port_; }

  enum class Side : std::uint8_t { client, server };  // who sent the packet
  enum class Fault : std::uint8_t {
    cut,        // both ends are closed
    stall,      // what is sent is taken, nothing arrives
    half_open,  // nothing is taken any more, both ends stay open
  };
  // Once, right behind the packet (it still arrives) or in its place (it does not).
  void break_after(Side side, int packet, Fault fault = Fault::cut);
  void break_at(Side side, int packet, Fault fault = Fault::cut);
  // Once, in place of the answer to the next COMMIT.
  void break_at_commit_reply(Fault fault = Fault::cut);
  // Cuts all connections.
  void cut();
  // The same, and refuses new ones.
  void refuse();
  // Forgets faults and counts, accepts and forwards again. Connections that stalled are cut.
  void heal();

  [[nodiscard]] bool broken() const;  // the fault that was asked for has happened
  [[nodiscard]] int packets(Side side) const;

 private:
  struct Trigger {
    Fault fault = Fault::cut;
    bool commit_reply = false;
    Side side = Side::client;  // this and the following when it is not about COMMIT
    int packet = 0;
    bool arrives = false;
  };
  struct Link {
    UniqueFd client;
    UniqueFd server;
    std::string from_client;  // read and not yet forwarded
    std::string from_server;
    bool commit_sent = false;
    bool dead = false;
  };

  void arm(const Trigger& trigger);
  void listen();
  void wake();
  void run(const std::stop_token& stop);
  void accept_one();
  void pump(Link& link, Side side);
  void forward(Link& link, Side side);
  bool triggers(Link& link, Side side, const std::string& packet);
  void strike(Link& link, Fault fault);

  const std::uint16_t server_port_;
  std::uint16_t port_ = 0;
  UniqueFd wake_;

  mutable std::mutex mutex_;  // all below
  UniqueFd listener_;
  std::list<Link> links_;
  std::array<int, 2> packets_{};
  std::optional<Trigger> trigger_;
  std::optional<Fault> lasting_;  // stall or half_open, once it has struck
  bool broken_ = false;

  std::jthread thread_;  // last: it uses the others
};

}  // namespace caretaker
