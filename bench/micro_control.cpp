// SPDX-License-Identifier: MIT
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "base/unique_fd.h"
#include "bench/micro.h"
#include "daemon/control_server.h"

namespace caretaker::bench {
namespace {

namespace fs = std::filesystem;

// The real server and event loop on a thread of their own, with one route.
class PingServer {
 public:
  explicit PingServer(const fs::path& socket) {
    auto loop = EventLoop::create([](const Error&) {});
    if (!loop) throw std::runtime_error(loop.error().message);
    loop_ = std::move(*loop);
    auto server = ControlServer::start(
        *loop_, {.socket_path = socket},
        {{.method = "GET",
          .path = "/v1/ping",
          .help = "",
          .handler = [](const Request&, const Responder& to) { to.answer({.json = "{\"ok\":true}"}); }}});
    if (!server) throw std::runtime_error(server.error().message);
    server_ = std::move(*server);
    thread_ = std::thread([this] { (void)loop_->run(); });
  }
  PingServer(const PingServer&) = delete;
  PingServer& operator=(const PingServer&) = delete;
  ~PingServer() {
    loop_->post([this] { loop_->quit(); });
    thread_.join();
  }

 private:
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<ControlServer> server_;
  std::thread thread_;
};

UniqueFd connect_to(const fs::path& path) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    throw std::runtime_error("connect " + path.string());
  }
  return socket;
}

// On a connection of its own, as every command of caretakerctl. Returns the answer's bytes.
std::size_t ask(const fs::path& socket_path, std::string_view target) {
  const UniqueFd socket = connect_to(socket_path);
  const std::string request =
      "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0)
    throw std::runtime_error("send");
  std::string answer;
  char buffer[1U << 16];
  for (;;) {
    const auto size = ::recv(socket.get(), buffer, sizeof buffer, 0);
    if (size < 0) throw std::runtime_error("recv");
    if (size == 0) break;
    answer.append(buffer, static_cast<std::size_t>(size));
  }
  if (!answer.starts_with("HTTP/1.1 200 ")) throw std::runtime_error(answer.substr(0, answer.find('\r')));
  return answer.size();
}

void ask_own_server(benchmark::State& state) {
  const fs::path folder = fs::temp_directory_path() / ("caretaker-ping-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  {
    const PingServer server(folder / "control.sock");
    measure_step(state, [&] { ask(folder / "control.sock", "/v1/ping"); });
  }
  fs::remove_all(folder);
}

void ask_daemon(benchmark::State& state, const std::string& socket, const char* target) {
  std::size_t bytes = 0;
  for (auto step : state) bytes = ask(socket, target);
  state.counters["answer_bytes"] = static_cast<double>(bytes);
}

}  // namespace

void register_control_steps(const std::string& socket) {
  benchmark::RegisterBenchmark("step control socket round trip", ask_own_server)
      ->Unit(benchmark::kMicrosecond)
      ->UseRealTime();
  if (socket.empty()) return;
  for (const char* target : {"/v1/status", "/v1/metrics", "/v1/history?metric=load1&limit=100000"}) {
    benchmark::RegisterBenchmark(("ask GET " + std::string(target)).c_str(), ask_daemon, socket, target)
        ->Unit(benchmark::kMicrosecond)
        ->UseRealTime();
  }
}

}  // namespace caretaker::bench
