// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

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
