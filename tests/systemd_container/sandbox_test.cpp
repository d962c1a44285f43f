// SPDX-License-Identifier: MIT
// The sandbox costs nothing: the same daemon without one measures the same on the same machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "support/eventually.h"
#include "systemd_container/service_fixture.h"

namespace caretaker {
namespace {

using Names = std::set<std::string>;

class ServiceSandbox : public ServiceTest, public testing::WithParamInterface<const char*> {
 protected:
  void TearDown() override {
    ServiceTest::TearDown();
    if (!IsSkipped()) (void)systemctl({"stop", "plain.service"});
  }

  // The same daemon with the same settings beside the service, but without any sandbox.
  static void start_plain(const std::string& user) {
    machine().write("/run/plain/config.ini",
                    machine().read("/etc/caretaker/config.d/00-test.ini") +
                        "path = /run/plain/metrics.db\n[control]\nsocket = /run/plain/control.sock\n");
    must({"chown", "-R", "caretaker", "/run/plain"});
    machine().write("/run/systemd/system/plain.service",
                    "[Service]\nType=notify\nExecStart=/usr/sbin/caretakerd --config /run/plain/config.ini\nUser=" + user +
                        "\n");
    must({"systemctl", "daemon-reload"});
    must({"systemctl", "start", "plain.service"});
  }

  // "metric" of everything that was measured and, of those that begin with one of the words, its labels too.
  static Names measured(const std::string& socket) {
    Names names;
    const nlohmann::json answer = ctl_json({"metrics", "--socket", socket});
    for (const nlohmann::json& point : answer.at("metrics")) {
      const std::string metric = point.at("metric").get<std::string>();
      names.insert(metric);
      for (const char* detailed : {"filesystem_", "disk_", "network_"}) {
        if (metric.starts_with(detailed)) names.insert(metric + " " + point.at("labels").dump());
      }
    }
    return names;
  }
};

TEST_P(ServiceSandbox, MeasuresWhatIsMeasuredWithoutIt) {
  start();
  start_plain(GetParam());
  Names inside;
  Names outside;
  const bool equal = eventually([&] {
    inside = measured("/run/caretaker/control.sock");
    outside = measured("/run/plain/control.sock");
    return inside.size() > 50 && inside == outside;
  });
  EXPECT_TRUE(equal);
  EXPECT_THAT(inside, testing::ContainerEq(outside));
  std::cout << inside.size() << " names" << std::endl;
}

INSTANTIATE_TEST_SUITE_P(As, ServiceSandbox, testing::Values("caretaker", "root"),
                         [](const auto& user) { return std::string(user.param); });

}  // namespace
}  // namespace caretaker
