// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "gate/peer.h"
#include "gate/refusal.h"
#include "gate/request_head.h"
#include "systemd/event_loop.h"

namespace caretaker {

inline constexpr std::chrono::milliseconds head_time_max{10'000};    // for the whole head
inline constexpr std::chrono::milliseconds unread_time_max{60'000};  // of a client that takes no answer bytes
inline constexpr std::size_t answer_buffer_bytes = 64U << 10;

struct ConnectionTimes {
  std::chrono::milliseconds head = head_time_max;
  std::chrono::milliseconds unread = unread_time_max;
};

class Connection;

// What a connection asks for and tells. It outlives its connections.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;

  // Decides whether the request goes on now. A change is on record when this returns.
  [[nodiscard]] virtual std::expected<UniqueFd, Refusal> open_engine(const GateRequest& request,
                                                                     const Peer& peer) = 0;
  virtual void refused(const RefusedRequest& request, const Peer& peer) = 0;
  // What became of a request that had gone on. 0: the engine gave no status, for this reason.
  virtual void answered(const GateRequest& request, const Peer& peer, int status,
                        std::string_view reason) = 0;
  // The last thing that a connection does; it may be destroyed inside.
  virtual void ended(Connection& connection) = 0;
};

// One client, one request, one answer: reads the head, has the engine opened, and passes the answer on as it
// comes, at most answer_buffer_bytes ahead of the client. Either side's end ends the other at once. For the
// loop's thread.
class Connection {
 public:
  Connection(EventLoop& loop, ConnectionOwner& owner, UniqueFd client, Peer peer, ConnectionTimes times);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  [[nodiscard]] Result<> start();
  // The engine has the request.
  [[nodiscard]] bool relays() const { return engine_.valid(); }
  // Before it is destroyed while it runs: tells of a change whose answer nobody will see.
  void give_up(std::string_view reason);

 private:
  void on_client(std::uint32_t events);
  void on_engine(std::uint32_t events);
  void on_time();

  void read_head();
  void pass_on(GateRequest request);
  void refuse(const Refusal& refusal);
  void send_request();
  void read_answer();
  void take_status(std::string_view bytes);
  void send_answer();
  void engine_ended(std::string_view reason);
  void end(std::string_view reason);
  void settle();
  void watch();
  void arm(std::chrono::milliseconds time);

  EventLoop& loop_;
  ConnectionOwner& owner_;
  const Peer peer_;
  const ConnectionTimes times_;
  UniqueFd client_;
  UniqueFd engine_;
  // Behind their descriptors, so that they are gone before these are closed.
  std::optional<EventLoop::SourceHandle> client_source_;
  std::optional<EventLoop::SourceHandle> engine_source_;
  std::optional<EventLoop::SourceHandle> timer_;

  std::string head_;                    // received so far
  std::optional<GateRequest> request_;  // that went on
  std::string to_engine_;               // of it, not yet sent
  std::string status_line_;             // the first bytes of the answer
  bool status_told_ = false;
  std::string refusal_;  // our own answer
  std::array<char, answer_buffer_bytes> buffer_{};
  std::string_view to_client_;  // of buffer_ or refusal_, not yet sent
  bool last_ = false;           // what is in to_client_ is the end of the answer
  bool ended_ = false;
};

}  // namespace caretaker
