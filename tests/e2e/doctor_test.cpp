// SPDX-License-Identifier: MIT
// caretakerctl doctor beside a real daemon and a real server, both well and broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/unique_fd.h"
#include "e2e/views.h"
#include "support/eventually.h"
#include "support/mariadb_server.h"

namespace caretaker {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int exit_errors = 13;

class Doctor : public testing::Test {
 protected:
  Doctor() {
    server.execute("CREATE USER caretaker@'%' IDENTIFIED BY 'agent'");
    server.execute("CREATE DATABASE monitor");
    server.execute("GRANT SELECT, INSERT, UPDATE, CREATE, ALTER, CREATE VIEW ON monitor.* TO caretaker@'%'");
    use_server("127.0.0.1:" + std::to_string(server.port()), "agent");
  }

  void use_server(const std::string& host, const std::string& password, const std::string& more = "") {
    daemon.write("config.d/test.ini",
                 "[service]\ninterval = 200ms\n[mysql]\nhost = " + host +
                     "\ndatabase = monitor\nflush_interval = 200ms\npassword = " + password + "\n" + more);
  }
  void deliver() {
    daemon.start();
    ASSERT_TRUE(eventually([&] { return status_of(daemon).at("store").at("delivered_seq") > 5; }))
        << status_of(daemon).dump(2);
  }

  // "result: found", the findings of a check one per line.
  std::string look(const std::string& check) {
    if (!report.is_object()) {
      const ChildResult ended = daemon.ctl({"doctor", "--json", "--config", daemon.config_file()});
      exit_status = ended.exit_status;
      EXPECT_EQ(ended.standard_error, "");
      report = json::parse(ended.standard_output);
    }
    std::string text;
    for (const json& finding : report.at("checks")) {
      if (finding.at("check") != check) continue;
      text += finding.at("result").get<std::string>() + ": " + finding.at("found").get<std::string>();
      const auto fix = finding.at("fix").get<std::string>();
      text += fix.empty() ? "\n" : " -> " + fix + "\n";
    }
    return text;
  }

  DaemonProcess daemon;
  MariadbServer server;
  json report;
  int exit_status = -1;
};

TEST_F(Doctor, FindsADeliveryThatIsWell) {
  deliver();
  EXPECT_THAT(look("daemon"), StartsWith("ok: caretakerd "));
  EXPECT_THAT(look("version"), StartsWith("ok: "));
  EXPECT_THAT(look("store"), StartsWith("ok: "));
  EXPECT_THAT(look("mysql-password"), HasSubstr("[mysql] password"));
  EXPECT_THAT(look("mysql-server"), AllOf(StartsWith("ok: MariaDB 10."), HasSubstr("as 'caretaker'@'%'")));
  EXPECT_THAT(look("mysql-clock"), StartsWith("ok: "));
  EXPECT_THAT(look("mysql-tables"), StartsWith("ok: version "));
  EXPECT_THAT(look("mysql-delivery"), StartsWith("ok: "));
  EXPECT_NE(look("config"), "");
}

TEST_F(Doctor, ChangesNothing) {
  EXPECT_THAT(look("mysql-tables"), StartsWith("note: monitor has no tables yet"));
  EXPECT_EQ(server.value("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'monitor'"),
            "0");
  EXPECT_THAT(look("daemon"), StartsWith("skipped: no daemon runs"));
  EXPECT_FALSE(std::filesystem::exists(daemon.store()));
  report = {};
  use_server("127.0.0.1:" + std::to_string(server.port()), "agent", "database = other\n");
  EXPECT_NE(look("config"), "") << "given twice: a mistake with its place";
  EXPECT_EQ(exit_status, exit_errors);
  EXPECT_THAT(look("mysql-server"), StartsWith("skipped: the check 'config' has to be well first"));
}

TEST_F(Doctor, FindsAWrongPassword) {
  use_server("127.0.0.1:" + std::to_string(server.port()), "wrong");
  EXPECT_THAT(look("mysql-server"),
              AllOf(StartsWith("error: 127.0.0.1:"), HasSubstr("1045"), HasSubstr(" -> ")));
  EXPECT_THAT(look("mysql-clock"), StartsWith("skipped: the check 'mysql-server' has to be well first"));
  EXPECT_EQ(exit_status, exit_errors);
  EXPECT_EQ(report.dump().find("wrong"), std::string::npos) << "the password is told";
}

TEST_F(Doctor, FindsAServerThatIsGoneAndADeliveryThatWaits) {
  deliver();
  server.stop();
  ASSERT_TRUE(eventually([&] { return status_of(daemon).at("mysql").at("last_error") != ""; }));
  EXPECT_THAT(look("mysql-server"), AllOf(StartsWith("error: "), HasSubstr(" -> ")));
  EXPECT_THAT(look("mysql-delivery"), StartsWith("error: "));
}

TEST_F(Doctor, FindsRightsThatAreMissing) {
  deliver();
  EXPECT_EQ(daemon.stop(), 0);
  server.execute("REVOKE INSERT ON monitor.* FROM caretaker@'%'");
  server.execute("FLUSH PRIVILEGES");
  EXPECT_THAT(
      look("mysql-tables"),
      AllOf(StartsWith("error: the account has no right to INSERT on samples -> "), HasSubstr("GRANT ")));
  report = {};
  server.execute("REVOKE ALL ON monitor.* FROM caretaker@'%'");
  EXPECT_THAT(look("mysql-tables"), AllOf(StartsWith("error: "), HasSubstr("1044"), HasSubstr("GRANT ")));
}

TEST_F(Doctor, FindsServersThatNobodyKnowsOrThatTakeNoWrites) {
  server.set_read_only(true);
  use_server("no-such-host.invalid, 127.0.0.1:" + std::to_string(server.port()), "agent");
  const std::string found = look("mysql-server");
  EXPECT_THAT(found, HasSubstr("error: no-such-host.invalid"));
  EXPECT_THAT(found, HasSubstr("read_only"));
}

TEST_F(Doctor, GivesUpAServerThatSaysNothing) {
  const UniqueFd silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{
      .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(silent.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(silent.get(), 8), 0);
  ASSERT_EQ(::getsockname(silent.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  use_server("127.0.0.1:" + std::to_string(ntohs(address.sin_port)), "agent");
  EXPECT_THAT(look("mysql-server"), StartsWith("error: 127.0.0.1:"));
  EXPECT_NE(look("machine-id"), "") << "the other checks are made";
}

TEST_F(Doctor, FindsRowsThatAreInNoPartitionOfTheirTime) {
  deliver();
  EXPECT_EQ(daemon.stop(), 0);
  server.execute(
      "INSERT INTO monitor.samples (series_id, time, value) SELECT series_id, '2099-01-01', 1 "
      "FROM monitor.series LIMIT 1");
  EXPECT_THAT(look("mysql-tables"), StartsWith("warning: samples has rows in the catch-all partition pmax"));
}

TEST_F(Doctor, FindsAStoreThatCannotBeWritten) {
  daemon.write("config.d/z.ini", "[store]\npath = " + daemon.path("gone/metrics.db") + "\n");
  EXPECT_THAT(look("store-folder"), AllOf(StartsWith("error: "), HasSubstr("install -d")));
  daemon.launch();
  ASSERT_TRUE(eventually([&] { return daemon.ctl({"version"}).exit_status == 0; }));
  report = {};
  ASSERT_TRUE(eventually([&] {
    report = {};
    return look("store").starts_with("error: it cannot be written: ");
  })) << look("store");
}

}  // namespace
}  // namespace caretaker
