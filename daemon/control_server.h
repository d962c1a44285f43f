// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/http_message.h"
#include "daemon/http_route.h"
#include "systemd/event_loop.h"

namespace caretaker {

struct ControlServerOptions {
  std::string socket_path;
  // Besides root, the user who may use routes that change things: the daemon's own.
  uid_t own_uid = ::geteuid();
  // A connection on which nothing moves for so long is closed; one that waits for its answer is not.
  std::chrono::seconds idle_timeout{10};
};

// HTTP/1.1 + JSON on the control socket: libmicrohttpd in external epoll mode inside the event loop, so every
// handler runs on the loop's thread. 64 connections at once, more wait in the backlog; 32 KiB of request line
// and headers, 1 MiB of body. Errors are {"error": {"code", "message", "hint"}}, except where the bytes are
// no HTTP at all (libmicrohttpd's own short 4xx page). Does not log. The loop outlives the server. Not to be
// destroyed from inside a handler.
class ControlServer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ControlServer>> start(EventLoop& loop,
                                                                    ControlServerOptions options,
                                                                    std::vector<Route> routes);
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  // Stops at once: requests that still wait get a 503, all connections are closed, the socket is removed.
  ~ControlServer();

 private:
  class Impl;
  explicit ControlServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace caretaker
