// SPDX-License-Identifier: MIT
#include "bench/micro_control.h"

#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "base/unique_fd.h"
#include "daemon/control_server.h"

namespace caretaker::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view request = "GET /v1/ping HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr std::string_view answer_body = "{\"ok\":true}";

// The real server and event loop on a thread of their own, with one route.
class PingServer {
 public:
  explicit PingServer(const fs::path& socket) {
    auto loop = EventLoop::create([](const Error&) {});
    if (!loop) throw std::runtime_error(loop.error().message);
    loop_ = std::move(*loop);
    auto server = ControlServer::start(*loop_, {.socket_path = socket},
                                       {{.method = "GET",
                                         .path = "/v1/ping",
                                         .help = "",
                                         .handler = [](const Request&, const Responder& to) {
                                           to.answer({.json = std::string(answer_body)});
                                         }}});
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

// On a connection of its own, as every command of caretakerctl.
void ask(const fs::path& path) {
  const UniqueFd socket = connect_to(path);
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0)
    throw std::runtime_error("send");
  std::string answer;
  char buffer[4'096];
  while (!answer.contains(answer_body)) {
    const auto size = ::recv(socket.get(), buffer, sizeof buffer, 0);
    if (size <= 0) throw std::runtime_error("recv");
    answer.append(buffer, static_cast<std::size_t>(size));
  }
}

void control_round_trip(benchmark::State& state) {
  const fs::path folder = fs::temp_directory_path() / ("caretaker-ping-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  {
    const PingServer server(folder / "control.sock");
    for (auto step : state) ask(folder / "control.sock");
  }
  fs::remove_all(folder);
}

}  // namespace

void register_control_benchmark() {
  benchmark::RegisterBenchmark("control socket round trip", control_round_trip)
      ->Unit(benchmark::kMicrosecond)
      ->UseRealTime();
}

}  // namespace caretaker::bench
