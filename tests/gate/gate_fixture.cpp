// SPDX-License-Identifier: MIT
#include "gate/gate_fixture.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <future>
#include <stdexcept>
#include <utility>

namespace caretaker {

UniqueFd listen_at(const std::string& path, int backlog) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), backlog) != 0) {
    throw std::runtime_error("cannot listen on " + path);
  }
  return fd;
}

RunningGate::RunningGate(GateOptions options) {
  auto loop = EventLoop::create([](const Error& error) { ADD_FAILURE() << error.message; });
  if (!loop) throw std::runtime_error(loop.error().message);
  loop_ = std::move(*loop);
  thread_ = std::thread([this, listener = listen_at(socket()), given = std::move(options)]() mutable {
    run(std::move(listener), std::move(given));
  });
}

void RunningGate::run(UniqueFd listener, GateOptions options) {
  auto gate = Gate::start(*loop_, std::move(listener), std::move(options), audit_);
  ASSERT_TRUE(gate) << gate.error().message;
  gate_ = gate->get();
  EXPECT_TRUE(loop_->run());
  EXPECT_FALSE((*gate)->failure());
  gate_ = nullptr;
}

RunningGate::~RunningGate() {
  stop();
}

void RunningGate::stop() {
  if (!thread_.joinable()) return;
  loop_->post([this] { loop_->quit(); });
  thread_.join();
}

void RunningGate::wait() {
  thread_.join();
}

std::size_t RunningGate::connections() {
  std::promise<std::size_t> count;
  loop_->post([&] { count.set_value(gate_->connections()); });
  return count.get_future().get();
}

}  // namespace caretaker
