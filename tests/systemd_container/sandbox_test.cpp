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

// Below what the sandbox protects, hides or replaces.
constexpr const char* mount_points[] = {"/home/data", "/srv/data", "/boot/data", "/tmp/data",
                                        "/var/tmp/data"};

// The one thing that the sandbox takes: with a /tmp and a /var/tmp of its own (PrivateTmp=) the service does
// not reach what is mounted below the machine's.
bool is_out_of_reach(const std::string& name) {
  return name.find("/tmp/data") != std::string::npos;
}

class ServiceSandbox : public ServiceTest, public testing::WithParamInterface<const char*> {
 protected:
  void TearDown() override {
    ServiceTest::TearDown();
    if (IsSkipped()) return;
    (void)systemctl({"stop", "plain.service"});
    for (const char* point : mount_points) (void)machine().run({"umount", point});
  }

  static void mount_more() {
    for (const char* point : mount_points) {
      must({"mkdir", "-p", point});
      must({"mount", "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", point});
    }
  }

  static std::string space_at(const std::string& mount_point) {
    return R"(filesystem_avail_bytes {"device":"tmpfs","fstype":"tmpfs","mountpoint":")" + mount_point +
           R"("})";
  }

  // The same daemon with the same settings beside the service, but without any sandbox.
  static void start_plain(const std::string& user) {
    machine().write(
        "/run/plain/config.ini",
        machine().read("/etc/caretaker/config.d/00-test.ini") +
            "[store]\npath = /run/plain/metrics.db\n[control]\nsocket = /run/plain/control.sock\n");
    must({"chown", "-R", "caretaker", "/run/plain"});
    machine().write(
        "/run/systemd/system/plain.service",
        "[Service]\nType=notify\nExecStart=/usr/sbin/caretakerd --config /run/plain/config.ini\nUser=" +
            user + "\n");
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
  mount_more();
  configure("00-test", machine().read("/etc/caretaker/config.d/00-test.ini") +
                           "[collector.network]\nvirtual_devices = true\n");
  start();
  start_plain(GetParam());
  Names inside;
  Names outside;
  std::vector<std::string> differences;
  (void)eventually([&] {
    inside = measured("/run/caretaker/control.sock");
    outside = measured("/run/plain/control.sock");
    differences.clear();
    std::ranges::set_symmetric_difference(inside, outside, std::back_inserter(differences));
    std::erase_if(differences, is_out_of_reach);
    return differences.empty() && inside.contains("system_cpu_usage_percent");
  });
  EXPECT_THAT(differences, testing::IsEmpty());
  EXPECT_FALSE(inside.contains(space_at("/tmp/data")));
  EXPECT_THAT(inside, testing::Contains(testing::AllOf(testing::StartsWith("filesystem_device_error "),
                                                       testing::HasSubstr(R"("mountpoint":"/tmp/data")"))));
  EXPECT_TRUE(outside.contains(space_at("/tmp/data")));
  for (const char* family :
       {"cpu_seconds_total", "disk_reads_completed_total", "load1", "memory_MemAvailable_bytes",
        "network_receive_bytes_total", "system_cpu_usage_percent"}) {
    EXPECT_THAT(inside, testing::Contains(family));
  }
  EXPECT_THAT(inside, testing::Contains(space_at("/home/data")));
}

INSTANTIATE_TEST_SUITE_P(As, ServiceSandbox, testing::Values("caretaker", "root"),
                         [](const auto& user) { return std::string(user.param); });

}  // namespace
}  // namespace caretaker
