// SPDX-License-Identifier: MIT
#include "daemon/control_server.h"

#include <microhttpd.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/parse.h"
#include "daemon/control_socket.h"
#include "daemon/http_exchange.h"

namespace caretaker {
namespace {

constexpr unsigned connections_max = 64;
constexpr std::size_t connection_memory_bytes_max = 32U << 10;  // request line, headers, buffers
constexpr int stop_turns_max = 8;

struct ResponseDestroy {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};

Peer peer_of(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  ucred credentials{.pid = 0, .uid = static_cast<uid_t>(-1), .gid = static_cast<gid_t>(-1)};  // nobody
  socklen_t size = sizeof credentials;
  if (info != nullptr) {
    ::getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size);
  }
  return {.uid = credentials.uid, .pid = credentials.pid};
}

RequestHead head_of(MHD_Connection* connection, const char* method) {
  const auto header = [&](const char* name) {
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  };
  RequestHead head{.method = method, .content_length = {}, .chunked = false, .peer = peer_of(connection)};
  if (const char* length = header(MHD_HTTP_HEADER_CONTENT_LENGTH)) {
    head.content_length = parse_number<std::uint64_t>(length);
  }
  head.chunked = header(MHD_HTTP_HEADER_TRANSFER_ENCODING) != nullptr;
  return head;
}

MHD_Result queue_reply(MHD_Connection* connection, const Exchange& exchange) {
  const Reply& reply = *exchange.reply();
  std::string text = reply.json + "\n";
  const std::unique_ptr<MHD_Response, ResponseDestroy> response(
      MHD_create_response_from_buffer(text.size(), text.data(), MHD_RESPMEM_MUST_COPY));
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
  if (!exchange.allow().empty()) {
    MHD_add_response_header(response.get(), MHD_HTTP_HEADER_ALLOW, exchange.allow().c_str());
  }
  return MHD_queue_response(connection, static_cast<unsigned>(reply.status), response.get());
}

}  // namespace

class ControlServer::Impl {
 public:
  Impl(EventLoop& loop, ControlServerOptions options, std::vector<Route> routes, ControlSocket socket)
      : loop_(loop), options_(std::move(options)), routes_(std::move(routes)), socket_(std::move(socket)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (daemon_ != nullptr) stop();
  }

  Result<> start() {
    daemon_ = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr,
                               &Impl::on_request, this, MHD_OPTION_LISTEN_SOCKET, socket_.release_fd(),  //
                               MHD_OPTION_CONNECTION_LIMIT, connections_max,                             //
                               MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory_bytes_max,          //
                               MHD_OPTION_CONNECTION_TIMEOUT,
                               static_cast<unsigned>(options_.idle_timeout.count()),    //
                               MHD_OPTION_URI_LOG_CALLBACK, &Impl::on_target, this,     //
                               MHD_OPTION_NOTIFY_COMPLETED, &Impl::on_completed, this,  //
                               MHD_OPTION_END);
    if (daemon_ == nullptr) return fail_errno(errno, "start libmicrohttpd");
    const int epoll_fd = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    Result<EventLoop::SourceHandle> io = loop_.add_io(epoll_fd, EPOLLIN, [this](std::uint32_t) { turn(); });
    if (!io) return std::unexpected(io.error());
    Result<EventLoop::SourceHandle> timer = loop_.add_timer([this] { turn(); });
    if (!timer) return std::unexpected(timer.error());
    io_ = std::move(*io);
    timer_ = std::move(*timer);
    return {};
  }

 private:
  [[nodiscard]] unsigned connections() const {
    return MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
  }

  // Lets libmicrohttpd work and comes back when it wants to.
  void turn() {
    const unsigned before = connections();
    resumed_ = false;
    MHD_run(daemon_);
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    // It looks at resumed connections, and at its listening socket once there is room, only in the next turn.
    const bool again = resumed_ || connections() < before;
    if (!again && MHD_get_timeout(daemon_, &wait_ms) != MHD_YES) {
      EventLoop::disarm_timer(*timer_);
      return;
    }
    const std::int64_t now_ns = SystemClock().now().monotonic_ns;
    EventLoop::arm_timer(*timer_, now_ns + static_cast<std::int64_t>(wait_ms) * ns_per_ms);
  }

  void resume(MHD_Connection* connection) {
    MHD_resume_connection(connection);
    resumed_ = true;
    EventLoop::arm_timer(*timer_, 0);
  }

  // libmicrohttpd must not be stopped while a request is suspended.
  void stop() {
    for (const auto& [key, exchange] : exchanges_) {
      if (exchange->waiting()) exchange->answer(error_reply(503, "stopping", "the daemon is stopping"));
    }
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    MHD_run(daemon_);
    for (int i = 1; i < stop_turns_max && MHD_get_timeout(daemon_, &wait_ms) == MHD_YES && wait_ms == 0;
         ++i) {
      MHD_run(daemon_);
    }
    io_.reset();
    timer_.reset();
    MHD_stop_daemon(daemon_);
  }

  // Called with the raw request line's target, before the headers; what it returns is the request's context.
  static void* on_target(void* self, const char* target, MHD_Connection* connection) noexcept try {
    auto& server = *static_cast<Impl*>(self);
    auto exchange = std::make_shared<Exchange>(target, server.routes_, server.options_.own_uid,
                                               [&server, connection] { server.resume(connection); });
    Exchange* const key = exchange.get();
    server.exchanges_.emplace(key, std::move(exchange));
    return key;
  } catch (...) {
    return nullptr;
  }

  // Called when the headers are there, for every part of the body (size > 0), at the end, and after a resume.
  // MHD_NO closes the connection.
  static MHD_Result on_request(void*, MHD_Connection* connection, const char*, const char* method,
                               const char*, const char* data, std::size_t* data_size, void** context) noexcept
      try {
    if (*context == nullptr) return MHD_NO;
    Exchange& exchange = *static_cast<Exchange*>(*context);
    if (!exchange.has_head()) return begin(connection, exchange, method);
    if (*data_size > 0) {
      exchange.body({data, std::exchange(*data_size, 0)});
      return MHD_YES;
    }
    exchange.end();
    if (exchange.reply() != nullptr) return queue_reply(connection, exchange);
    MHD_suspend_connection(connection);
    return MHD_YES;
  } catch (...) {
    return MHD_NO;
  }

  static MHD_Result begin(MHD_Connection* connection, Exchange& exchange, const char* method) {
    const RequestHead head = head_of(connection, method);
    exchange.head(head);
    // A reply this early closes the connection, so only to be spared the body.
    const bool has_body = head.chunked || head.content_length.value_or(0) > 0;
    if (has_body && exchange.reply() != nullptr) return queue_reply(connection, exchange);
    return MHD_YES;
  }

  static void on_completed(void* self, MHD_Connection*, void** context, MHD_RequestTerminationCode) noexcept {
    static_cast<Impl*>(self)->exchanges_.erase(static_cast<Exchange*>(*context));
    *context = nullptr;
  }

  EventLoop& loop_;
  ControlServerOptions options_;
  std::vector<Route> routes_;
  ControlSocket socket_;
  std::unordered_map<Exchange*, std::shared_ptr<Exchange>> exchanges_;  // at most connections_max
  MHD_Daemon* daemon_ = nullptr;
  bool resumed_ = false;
  EventLoop::SourceHandle io_{nullptr, nullptr};
  EventLoop::SourceHandle timer_{nullptr, nullptr};
};

ControlServer::ControlServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ControlServer::~ControlServer() = default;

Result<std::unique_ptr<ControlServer>> ControlServer::start(EventLoop& loop, ControlServerOptions options,
                                                            std::vector<Route> routes) {
  Result<ControlSocket> socket = ControlSocket::listen(options.socket_path);
  if (!socket) return std::unexpected(socket.error());
  auto impl = std::make_unique<Impl>(loop, std::move(options), std::move(routes), std::move(*socket));
  if (const Result<> started = impl->start(); !started) return std::unexpected(started.error());
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(impl)));
}

}  // namespace caretaker
