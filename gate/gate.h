// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "gate/audit.h"
#include "gate/connection.h"
#include "gate/engine.h"
#include "gate/rate_limit.h"
#include "gate/refusal_log.h"

namespace caretaker {

inline constexpr std::size_t connections_max = 64;  // further ones wait in the socket's queue
inline constexpr std::size_t relays_max = 32;       // requests that the engine has; further ones are refused
// Of a pass over 10,000 ended containers, each of which is asked for one by one, nothing is held back.
inline constexpr Rate read_rate{.burst = 12'000, .per_second = 500};
inline constexpr Rate change_rate{.burst = 1'000, .per_second = 20};
inline constexpr std::chrono::milliseconds idle_time_default{60'000};

struct GateOptions {
  std::string engine = "/var/run/docker.sock";
  std::chrono::milliseconds idle_time = idle_time_default;  // without a connection, then it ends; 0: never
  std::size_t connections = connections_max;
  std::size_t relays = relays_max;
  Rate reads = read_rate;
  Rate changes = change_rate;
  ConnectionTimes times;
};

// Passes what docker/request_rules.h allows from a listening socket on to the engine's, and the answers back.
// For the loop's thread; the loop outlives it. quit() of the loop ends its run: when it has been idle, or
// when it cannot accept any more, which failure() tells.
class Gate final : private ConnectionOwner {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Gate>> start(EventLoop& loop, UniqueFd listener,
                                                           GateOptions options, const Audit& audit);
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() override;

  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

 private:
  Gate(EventLoop& loop, UniqueFd listener, GateOptions options, const Audit& audit);
  [[nodiscard]] Result<> open();
  void accept();
  void fail_with(Error error);
  void serve(UniqueFd client);
  void on_idle();
  void await_idleness();
  [[nodiscard]] std::optional<Refusal> over_limit(const GateRequest& request);
  void engine_is(const Refusal* problem);

  [[nodiscard]] std::expected<UniqueFd, Refusal> open_engine(const GateRequest& request,
                                                             const Peer& peer) override;
  void refused(const RefusedRequest& request, const Peer& peer) override;
  void answered(const GateRequest& request, const Peer& peer, int status, std::string_view reason) override;
  void ended(Connection& connection) override;

  EventLoop& loop_;
  const GateOptions options_;
  const Audit& audit_;
  RefusalLog refusal_log_;
  RateLimit reads_;
  RateLimit changes_;
  std::string engine_problem_;  // that was told
  std::optional<Error> failure_;
  UniqueFd listener_;
  std::optional<EventLoop::SourceHandle> listener_source_;
  std::optional<EventLoop::SourceHandle> idle_timer_;
  std::list<Connection> connections_;
};

}  // namespace caretaker
