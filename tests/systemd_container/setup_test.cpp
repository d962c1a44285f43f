// SPDX-License-Identifier: MIT
// caretakerctl setup and doctor, as an administrator uses them after the installation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "support/eventually.h"
#include "systemd_container/mysql_fixture.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

constexpr const char* encrypted = "/etc/credstore.encrypted/mysql-password";
constexpr const char* plain = "/etc/credstore/mysql-password";

class ServiceSetup : public MysqlServiceTest {
 protected:
  void SetUp() override {
    MysqlServiceTest::SetUp();
    if (IsSkipped()) return;
    machine().remove("/etc/caretaker/config.d/10-mysql.ini");  // setup writes its own
    configure("20-often", "[mysql]\nflush_interval = 200ms\n");
    start_empty_server();
  }
  void TearDown() override {
    MysqlServiceTest::TearDown();
    if (IsSkipped()) return;
    machine().remove("/etc/caretaker/config.d/50-mysql.ini");
  }

  static ChildResult set_up() {
    return ctl(
        {"setup", "mysql", "--yes", "--server-socket", "/run/mysqld/mysqld.sock", "--database", "monitor"});
  }

  // check -> result
  static std::map<std::string, std::string> doctor() {
    std::map<std::string, std::string> results;
    const auto answer = nlohmann::json::parse(ctl({"doctor", "--json"}).standard_output);
    for (const auto& check : answer.at("checks")) {
      results[check.at("check").get<std::string>()] = check.at("result").get<std::string>();
    }
    return results;
  }
};

TEST_F(ServiceSetup, DeliversToADatabaseThatWasEmpty) {
  must({"systemctl", "enable", "--now", unit});
  const ChildResult ended = set_up();
  EXPECT_EQ(ended.exit_status, 0) << ended.standard_output << ended.standard_error;
  EXPECT_TRUE(eventually(something_is_delivered));
  // The password is encrypted for this machine, and in no other file.
  EXPECT_TRUE(machine().exists(encrypted));
  EXPECT_FALSE(machine().exists(plain));
  const std::string password = must({"systemd-creds", "decrypt", "--name=mysql-password", encrypted, "-"});
  EXPECT_EQ(password.size(), 40U);
  EXPECT_EQ(machine()
                .run({"grep", "--recursive", "--fixed-strings", password, "/etc", "/var/lib/caretaker",
                      "/var/log/journal"})
                .exit_status,
            1);
  EXPECT_EQ((ended.standard_output + ended.standard_error).find(password), std::string::npos);
  // Run again when all is well, it changes nothing.
  const std::string pid = property("MainPID");
  EXPECT_EQ(set_up().exit_status, 0);
  EXPECT_EQ(property("MainPID"), pid);
  EXPECT_EQ(must({"systemd-creds", "decrypt", "--name=mysql-password", encrypted, "-"}), password);
  stop();
  expect_delivered_once();
}

TEST_F(ServiceSetup, IsGoneWithoutATraceAfterAPurge) {
  purge_service();
  const std::set<std::string> before = files();
  install_service(package());
  must({"systemctl", "enable", "--now", unit});
  must({"systemctl", "enable", "--now", "caretaker-docker-gate.socket", "caretaker-mysql-maintain.timer"});
  const ChildResult ended = set_up();
  ASSERT_EQ(ended.exit_status, 0) << ended.standard_error;
  ASSERT_TRUE(eventually(something_is_delivered));
  purge_service();
  // systemd's own, and for others too: the host's key, and the folder of all timers.
  std::set<std::string> changes = files_changed_since(before);
  for (const char* shared : {"+ /var/lib/systemd/credential.secret", "+ /var/lib/systemd/timers"})
    changes.erase(shared);
  EXPECT_THAT(changes, testing::IsEmpty());
  EXPECT_EQ(must({"systemctl", "--failed", "--plain", "--no-legend"}), "");
}

TEST_F(ServiceSetup, IsForRoot) {
  const ChildResult refused = machine().run({"caretakerctl", "setup", "mysql", "--yes"}, "nobody");
  EXPECT_NE(refused.exit_status, 0);
  EXPECT_THAT(refused.standard_error, HasSubstr("root"));
  EXPECT_FALSE(machine().exists(encrypted));
}

TEST_F(ServiceSetup, DoctorFindsNoErrorWhenAllIsWell) {
  must({"systemctl", "enable", "--now", unit});
  const ChildResult ended = set_up();
  ASSERT_EQ(ended.exit_status, 0) << ended.standard_error;
  ASSERT_TRUE(eventually(something_is_delivered));
  const ChildResult text = ctl({"doctor"});
  std::cout << text.standard_output << std::endl;
  const auto checks = doctor();
  for (const char* check : {"config", "service", "mysql-server"}) EXPECT_EQ(checks.at(check), "ok") << check;
  for (const auto& [check, result] : checks) EXPECT_NE(result, "error") << check;
}

TEST_F(ServiceSetup, DoctorTellsWhatIsBroken) {
  const auto stopped = doctor();
  EXPECT_NE(stopped.at("service"), "ok");
  start();
  const ChildResult ended = set_up();
  ASSERT_EQ(ended.exit_status, 0) << ended.standard_error;
  stop_server();
  EXPECT_EQ(doctor().at("mysql-server"), "error");
  configure("50-mistake", "[service]\nintervall = 1s\n");
  const ChildResult mistaken = ctl({"doctor"});
  EXPECT_EQ(mistaken.exit_status, 13);
  EXPECT_THAT(mistaken.standard_output, HasSubstr("50-mistake.ini:2"));
  EXPECT_EQ(doctor().at("config"), "error");
}

}  // namespace
}  // namespace caretaker
