// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include "ctl/canned.h"
#include "ctl/doctor_fixture.h"

namespace caretaker::ctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class DoctorMysql : public DoctorTest {
 protected:
  DoctorMysql() { configure("[mysql]\nhost = db1\npassword = secret\n"); }

  void reaches_a_server() {
    machine.mysql = {};
    machine.mysql.server = MysqlServer{.address = "db1:3306",
                                       .name = "MariaDB 10.11.19",
                                       .account = "'caretaker'@'%'",
                                       .tls_cipher = "TLS_AES_256",
                                       .packet_bytes_max = 0};
    machine.mysql.database_exists = true;
    machine.mysql.schema_version = 3;
  }
};

TEST_F(DoctorMysql, MayBeOff) {
  configure("");
  EXPECT_THAT(text(check_mysql), StartsWith("note: not configured"));
  EXPECT_EQ(text(check_mysql_password), "skipped: MySQL is not configured\n");
  EXPECT_EQ(text(check_mysql_delivery), "skipped: MySQL is not configured\n");
}

TEST_F(DoctorMysql, SaysWhereItDelivers) {
  EXPECT_EQ(text(check_mysql), "ok: db1:3306, database system_monitor, user caretaker\n");
}

TEST_F(DoctorMysql, SaysWhereThePasswordComesFrom) {
  EXPECT_THAT(text(check_mysql_password), StartsWith("ok: from [mysql] password"));
  dir.write("password", "x\n");
  ::chmod(dir.path("password").c_str(), 0640);
  configure("[mysql]\nhost = db1\npassword_file = " + dir.path("password") + "\n");
  EXPECT_THAT(text(check_mysql_password), StartsWith("ok: from password_file " + dir.path("password")));
  ::chmod(dir.path("password").c_str(), 0644);
  EXPECT_EQ(text(check_mysql_password), "warning: " + dir.path("password") +
                                            " holds the password and has the mode 0644 -> chmod 0640 " +
                                            dir.path("password") + "\n");
  dir.write("password", "");
  EXPECT_THAT(text(check_mysql_password), AllOf(StartsWith("error: "), HasSubstr("is empty")));
}

TEST_F(DoctorMysql, FindsTheCredentialOfTheService) {
  configure("[mysql]\nhost = db1\n");
  dir.write("root/run/credentials/caretaker.service/mysql-password", "from the unit");
  reaches_a_server();
  EXPECT_THAT(text(check_mysql_password), StartsWith("ok: from the systemd credential mysql-password"));
  (void)look(check_mysql_server);
  EXPECT_EQ(machine.password_seen, "from the unit");
}

TEST_F(DoctorMysql, WarnsOfAStoredCredentialThatOthersMayRead) {
  configure("[mysql]\nhost = db1\n");
  dir.write("root/etc/credstore/mysql-password", "stored");
  ::chmod(dir.path("root/etc/credstore/mysql-password").c_str(), 0640);
  EXPECT_THAT(text(check_mysql_password), AllOf(StartsWith("warning: "), HasSubstr("chmod 0600")));
  ::chmod(dir.path("root/etc/credstore/mysql-password").c_str(), 0600);
  EXPECT_THAT(text(check_mysql_password), StartsWith("ok: "));
}

TEST_F(DoctorMysql, CannotReadAnEncryptedCredentialOfAStoppedService) {
  configure("[mysql]\nhost = db1\n");
  EXPECT_THAT(text(check_mysql_password),
              StartsWith("warning: there is no password -> caretakerctl setup mysql"));
  machine.root = false;
  EXPECT_THAT(text(check_mysql_password), StartsWith("skipped: a password that only root can see, or none"));
  dir.write("root/etc/credstore.encrypted/mysql-password", "?");
  EXPECT_THAT(text(check_mysql_password), AllOf(StartsWith("skipped: "), HasSubstr("is encrypted")));
}

TEST_F(DoctorMysql, ShowsTheServerThatIsUsed) {
  reaches_a_server();
  EXPECT_EQ(text(check_mysql_server),
            "ok: MariaDB 10.11.19 at db1:3306 as 'caretaker'@'%', TLS TLS_AES_256\n");
  EXPECT_EQ(machine.diagnoses, 1);
  EXPECT_EQ(machine.password_seen, "secret");
  machine.mysql.server->tls_cipher.clear();
  EXPECT_THAT(text(check_mysql_server), HasSubstr("not encrypted"));
}

TEST_F(DoctorMysql, TellsOfEveryServerThatCannotBeUsed) {
  machine.mysql.failures = {{"db1:3306", {1045, "MySQL error 1045: Access denied; check the password"}},
                            {"db2:3306", {2003, "db2:3306 is gone; start it"}}};
  machine.mysql.servers_skipped = 3;
  EXPECT_EQ(text(check_mysql_server),
            "error: db1:3306: MySQL error 1045: Access denied -> check the password\n"
            "error: db2:3306 is gone -> start it\n"
            "skipped: 3 more servers: the time was up\n");
  const auto failures = machine.mysql.failures;
  reaches_a_server();
  machine.mysql.failures = failures;
  EXPECT_THAT(text(check_mysql_server), AllOf(StartsWith("ok: "), HasSubstr("\nwarning: db1:3306: MySQL")));
  machine.mysql = {};
  EXPECT_THAT(text(check_mysql_server), StartsWith("error: no server was tried"));
}

TEST_F(DoctorMysql, ClocksMayNotBeTwoSecondsApart) {
  reaches_a_server();
  machine.mysql.ahead = std::chrono::milliseconds(-2000);
  EXPECT_EQ(text(check_mysql_clock), "ok: 2 s behind ours\n");
  machine.mysql.ahead = std::chrono::milliseconds(2001);
  EXPECT_THAT(text(check_mysql_clock), StartsWith("warning: the server's clock is 2 s ahead of ours -> "));
}

TEST_F(DoctorMysql, LooksAtTheTables) {
  reaches_a_server();
  EXPECT_EQ(text(check_mysql_tables), "ok: version 3, rights and partitions are there\n");
  machine.mysql.schema_error = "the tables in system_monitor have version 2, this caretaker makes version 3";
  machine.mysql.rights_missing = {"INSERT on samples"};
  machine.mysql.tables_behind = {"samples_1m"};
  machine.mysql.tables_overflowing = {"samples"};
  const std::string found = text(check_mysql_tables);
  EXPECT_THAT(found, HasSubstr("note: the tables in system_monitor have version 2"));
  EXPECT_THAT(found,
              HasSubstr("error: the account has no right to INSERT on samples -> GRANT SELECT, INSERT, "
                        "UPDATE, CREATE, ALTER, CREATE VIEW ON `system_monitor`.* TO 'caretaker'@'%';"));
  EXPECT_THAT(found, HasSubstr("warning: nobody has made partitions of samples_1m for days -> "));
  EXPECT_THAT(found, HasSubstr("warning: samples has rows in the catch-all partition pmax -> "));
}

TEST_F(DoctorMysql, ADatabaseThatIsEmptyIsNoFault) {
  reaches_a_server();
  machine.mysql.schema_version = 0;
  EXPECT_THAT(text(check_mysql_tables), StartsWith("note: system_monitor has no tables yet -> "));
  machine.mysql.database_exists = false;
  EXPECT_THAT(text(check_mysql_tables), StartsWith("note: system_monitor does not exist yet -> "));
  machine.mysql.error = "MySQL error 1142: SELECT denied; GRANT it";
  EXPECT_EQ(text(check_mysql_tables), "error: MySQL error 1142: SELECT denied -> GRANT it\n");
}

TEST_F(DoctorMysql, AsksTheDaemonHowItsDeliveryIs) {
  daemon.answer("GET /v1/status", 200, canned::status_well);
  EXPECT_EQ(text(check_mysql_delivery), "ok: 1,234,000 rows, 2.1 s behind\n");
  daemon.answer("GET /v1/status", 200, canned::status_ill);
  EXPECT_EQ(text(check_mysql_delivery), "error: Access denied for user 'x' -> check password\n");
  without_daemon();
  EXPECT_EQ(text(check_mysql_delivery), "skipped: no daemon answers -> see the check daemon\n");
}

TEST_F(DoctorMysql, TellsOfADeliveryThatIsBehindOrOffOrNotThereYet) {
  const auto with = [this](const std::string& from, const std::string& to) {
    std::string status = canned::status_well;
    status.replace(status.find(from), from.size(), to);
    daemon.answer("GET /v1/status", 200, status);
    return text(check_mysql_delivery);
  };
  EXPECT_THAT(with(R"("lag_ms":2100)", R"("lag_ms":300001)"), StartsWith("warning: 5m 0s behind -> "));
  EXPECT_THAT(with(R"("notes":[],
  "lag)",
                   R"("notes":["the table is odd; mend it"],
  "lag)"),
              StartsWith("note: the table is odd -> mend it"));
  EXPECT_THAT(with(R"("connected":true)", R"("connected":false)"), StartsWith("warning: not connected yet"));
  EXPECT_THAT(with(R"("enabled":true)", R"("enabled":false)"),
              StartsWith("warning: the daemon runs with an older"));
}

}  // namespace
}  // namespace caretaker::ctl
