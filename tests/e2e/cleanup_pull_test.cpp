// SPDX-License-Identifier: MIT
// Images that are pulled from a real registry, by Docker and by Podman, beside cleanup.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <list>
#include <string_view>
#include <thread>

#include "base/unique_fd.h"
#include "e2e/cleanup_stand.h"
#include "support/eventually.h"
#include "support/registry_process.h"
#include "support/sqlite_rows.h"

namespace caretaker {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

// A registry that says hello, and then nothing to whoever wants an image.
class HangingRegistry {
 public:
  HangingRegistry() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_.get(), 16) != 0 ||
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no port for the registry");
    }
    host_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }

  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] bool hangs() const { return hangs_; }  // somebody waits for an image
  void go_away() {                                     // and leaves them with nothing
    thread_.request_stop();
    thread_.join();
    clients_.clear();
    listener_ = UniqueFd();
  }

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<pollfd> polled = {{.fd = listener_.get(), .events = POLLIN, .revents = 0}};
      for (const UniqueFd& client : clients_) polled.push_back({client.get(), POLLIN, 0});
      if (::poll(polled.data(), polled.size(), 20) <= 0) continue;
      if ((polled[0].revents & POLLIN) != 0)
        clients_.emplace_back(::accept(listener_.get(), nullptr, nullptr));
      for (std::size_t i = 1; i < polled.size(); ++i) {
        if (polled[i].revents != 0 && !answer(polled[i].fd)) {
          clients_.remove_if([&](const UniqueFd& client) { return client.get() == polled[i].fd; });
        }
      }
    }
  }
  bool answer(int client) {
    char request[4096];
    const ssize_t size = ::recv(client, request, sizeof request, 0);
    if (size <= 0) return false;
    const std::string_view text(request, static_cast<std::size_t>(size));
    if (text.starts_with("GET /v2/ ")) return send(client, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    if (!text.starts_with("GET ") && !text.starts_with("HEAD ")) {  // TLS
      (void)send(client, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
      return false;
    }
    hangs_ = true;
    return true;
  }
  static bool send(int client, std::string_view text) {
    return ::send(client, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }

  UniqueFd listener_;
  std::string host_;
  std::list<UniqueFd> clients_;
  std::atomic<bool> hangs_ = false;
  std::jthread thread_;
};

class CleanupPull : public CleanupStand, public testing::WithParamInterface<EngineKind> {
 protected:
  void SetUp() override {
    CleanupStand::SetUp();
    if (!IsSkipped()) start_engine(GetParam());
  }
  // A new image under this name in the registry, and not in the engine.
  void publish(const std::string& reference) {
    const std::string before = engine().image_id(reference);
    engine().import_image(reference);
    engine().docker({"push", reference});
    engine().docker({"rmi", reference});
    if (!before.empty()) engine().docker({"tag", before, reference});
  }
  [[nodiscard]] double metric(const std::string& name, const std::string& image) const {
    const auto rows =
        sqlite_rows(daemon.store(), "SELECT value FROM metrics WHERE metric = '" + name +
                                        "' AND labels LIKE '%" + image + "%' ORDER BY time DESC LIMIT 1");
    return rows.empty() ? -1 : rows[0].at(0).real;
  }
};

INSTANTIATE_TEST_SUITE_P(, CleanupPull, testing::Values(EngineKind::docker, EngineKind::podman),
                         [](const auto& engine) { return std::string(to_string(engine.param)); });

TEST_P(CleanupPull, BringsWhatTheRegistryHasAndTellsWhatChanged) {
  RegistryProcess registry;
  const std::string app = registry.host() + "/team/app:1";
  const std::string web = registry.host() + "/team/web:1";
  const std::string missing = registry.host() + "/team/missing:1";
  publish(app);
  publish(web);
  start_daemon("[cleanup]\nmin_age = 0s\n[cleanup.docker]\ndangling_unused_for = 0s\n[pull.base]\nimages = " +
               app + ", " + missing + ", " + web + "\ninterval = 31d\n");
  const ChildResult first = daemon.ctl({"run", "pull.base"});
  EXPECT_EQ(first.exit_status, 1) << "one is missing";
  EXPECT_THAT(first.standard_output + first.standard_error,
              AllOf(HasSubstr(missing), HasSubstr("manifest unknown")));
  EXPECT_THAT(image_names(), UnorderedElementsAre(app, web)) << "that holds up no other";
  EXPECT_THAT(events("image_pulled", 2), Each(HasSubstr("is new (sha256:")));
  EXPECT_THAT(events("pull_failed"), ElementsAre(HasSubstr(missing)));
  ASSERT_TRUE(eventually([&] { return metric("pull_success", missing) == 0; }));
  EXPECT_EQ(metric("pull_success", app), 1);

  const std::string old = engine().image_id(app);
  const ChildResult second = daemon.ctl({"run", "pull.base"});
  EXPECT_THAT(second.standard_output + second.standard_error, HasSubstr("team/app:1 is up to date"));
  EXPECT_EQ(engine().image_id(app), old);

  publish(app);
  ASSERT_EQ(engine().image_id(app), old);
  (void)daemon.ctl({"run", "pull.base"});
  EXPECT_NE(engine().image_id(app), old);
  EXPECT_THAT(events("image_pulled", 3).back(),
              AllOf(HasSubstr(app + " changed from sha256:"), HasSubstr(" to sha256:")));
  EXPECT_THAT(events("pull_failed"), testing::SizeIs(1)) << "told once";
  EXPECT_THAT(plan().reasons, AllOf(Contains(Pair(old, "dangling")), Contains(Pair(app, "keep_last"))));
}

// One engine will do: cleanup and pulls share a lock of their own.
using CleanupBesideAPull = CleanupStand;

TEST_F(CleanupBesideAPull, NothingIsDeletedWhileAPullHangs) {
  start_engine();
  HangingRegistry registry;
  start_daemon(std::string(enforcing_at_once) + "[pull.slow]\nimages = " + registry.host() +
               "/team/slow:1\ninterval = 31d\n");
  const std::string dangling = dangling_image("app:1");
  auto pulling = std::async(std::launch::async, [this] { return daemon.ctl({"run", "pull.slow"}); });
  ASSERT_TRUE(eventually([&] { return registry.hangs(); }));
  const SeenRun held = run();
  EXPECT_EQ(held.outcome, "partial") << held.note;
  EXPECT_THAT(held.names("deferred"), ElementsAre(dangling));
  EXPECT_THAT(held.actions, ElementsAre(Field(&SeenObject::message, HasSubstr("a pull is under way"))));
  EXPECT_THAT(image_ids(), Contains(dangling));
  registry.go_away();
  EXPECT_EQ(pulling.get().exit_status, 1);
  EXPECT_THAT(run().names("removed"), ElementsAre(dangling));
  EXPECT_THAT(image_ids(), Not(Contains(dangling)));
}

}  // namespace
}  // namespace caretaker
