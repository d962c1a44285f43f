// SPDX-License-Identifier: MIT
#include "systemd_container/mysql_fixture.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/eventually.h"

namespace caretaker {
namespace {

constexpr const char* server_unit = "mariadb.service";

}  // namespace

void MysqlServiceTest::SetUp() {
  ServiceTest::SetUp();
  if (IsSkipped()) return;
  configure_delivery();
}

void MysqlServiceTest::TearDown() {
  ServiceTest::TearDown();
  if (IsSkipped()) return;
  (void)systemctl({"stop", unit});
  stop_server();
}

void MysqlServiceTest::start_server() {
  start_empty_server();
  (void)value("CREATE DATABASE monitor");
  (void)value("CREATE USER caretaker@localhost IDENTIFIED BY 'secret'");
  (void)value("GRANT ALL ON monitor.* TO caretaker@localhost");
}

void MysqlServiceTest::start_empty_server() {
  start_server_again();
  (void)value("DROP DATABASE IF EXISTS monitor; DROP USER IF EXISTS caretaker@localhost");
}

void MysqlServiceTest::start_server_again() {
  must({"systemctl", "start", server_unit});
}

void MysqlServiceTest::stop_server() {
  (void)systemctl({"disable", "--now", server_unit});
}

std::string MysqlServiceTest::value(const std::string& sql) {
  return machine().mariadb(sql);
}

void MysqlServiceTest::configure_delivery() {
  configure("10-mysql",
            "[mysql]\nsocket = /run/mysqld/mysqld.sock\nuser = caretaker\ndatabase = monitor\nflush_interval "
            "= 200ms\n");
}

void MysqlServiceTest::store_password(const std::string& password) {
  machine().write("/etc/credstore/mysql-password", password, 0600);
}

nlohmann::json MysqlServiceTest::delivery() {
  const ChildResult ended = ctl({"status", "--json"});
  return ended.exit_status == 0 ? nlohmann::json::parse(ended.standard_output).at("mysql")
                                : nlohmann::json::object();
}

bool MysqlServiceTest::something_is_delivered() {
  return delivery().value("rows", 0) > 0;
}

void MysqlServiceTest::expect_delivered_once() {
  // A stop does not wait for the answer to a COMMIT, which the server carries out all the same.
  ASSERT_TRUE(eventually([] {
    return value("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'caretaker'") == "0";
  }));
  const std::string last_seq = value("SELECT MAX(last_seq) FROM monitor.deliveries");
  const std::string here = must(
      {"sqlite3", "-readonly", "-separator", "\t", local_store,
       "SELECT s.series_id, b.time_ms FROM samples JOIN batches b USING (seq) JOIN series s USING (series)"
       " WHERE b.seq <= " +
           last_seq + " ORDER BY 1, 2"});
  const std::string there = value(
      "SELECT series_id, CAST(ROUND(UNIX_TIMESTAMP(time) * 1000) AS SIGNED) FROM monitor.samples ORDER BY 1, "
      "2");
  EXPECT_FALSE(here.empty());
  EXPECT_TRUE(here == there) << std::ranges::count(here, '\n') << " rows here, "
                             << std::ranges::count(there, '\n') << " on the server";
  const std::string known = "(SELECT value FROM meta WHERE name = 'delivered_seq')";
  EXPECT_EQ(stored("SELECT " + known + " <= " + last_seq), 1);
  EXPECT_EQ(stored("SELECT COUNT(*) FROM samples WHERE seq <= " + known),
            stored("SELECT value FROM counters WHERE name = 'delivered'"));
  expect_nothing_lost();
}

}  // namespace caretaker
