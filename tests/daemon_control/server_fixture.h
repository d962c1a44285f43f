// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/control_server.h"
#include "daemon_control/control_client.h"
#include "support/temp_dir.h"
#include "systemd/event_loop.h"

namespace caretaker {

inline Route route(std::string_view method, std::string_view path,
                   std::function<void(const Request&, Responder)> handler, bool changes = false) {
  return {
      .method = method, .path = path, .changes = changes, .help = "A test.", .handler = std::move(handler)};
}

inline Route status_route() {
  return route("GET", "/v1/status", [](const Request&, const Responder& responder) {
    responder.answer({.json = R"({"state":"ok"})"});
  });
}

inline Route echo_route() {
  return route("POST", "/v1/echo", [](const Request& request, const Responder& responder) {
    responder.answer({.status = 202, .json = std::to_string(request.body.size())});
  });
}

// Keeps every responder until the test answers.
struct Waiting {
  Route make() {
    return route("GET", "/v1/wait", [this](const Request&, Responder responder) {
      responders.push_back(std::move(responder));
      ++count;
      count.notify_all();
    });
  }
  void wait_for(int wanted) const {
    for (int now = count; now < wanted; now = count) count.wait(now);
  }
  std::vector<Responder> responders;  // the loop's thread only
  std::atomic<int> count = 0;
};

// A control server whose loop runs on a thread of its own, as main() would run it.
class ControlServerTest : public testing::Test {
 protected:
  void start(std::vector<Route> routes, ControlServerOptions options = {}) {
    auto created = EventLoop::create([](const Error& error) { ADD_FAILURE() << error.message; });
    ASSERT_TRUE(created) << created.error().message;
    loop = std::move(*created);
    path = dir.path("control.sock");
    options.socket_path = path;
    auto started = ControlServer::start(*loop, std::move(options), std::move(routes));
    ASSERT_TRUE(started) << started.error().message;
    server = std::move(*started);
    thread = std::thread([this] { EXPECT_TRUE(loop->run()); });
  }

  void TearDown() override {
    if (!loop) return;
    on_loop([&] { server.reset(); });
    loop->post([this] { loop->quit(); });
    thread.join();
  }

  // Runs `work` on the loop's thread and waits for it.
  void on_loop(const std::function<void()>& work) {
    std::promise<void> done;
    loop->post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  [[nodiscard]] ControlClient client() const { return ControlClient(path); }

  TempDir dir;
  std::string path;
  std::unique_ptr<EventLoop> loop;
  std::unique_ptr<ControlServer> server;  // the loop's thread only
  std::thread thread;
};

}  // namespace caretaker
