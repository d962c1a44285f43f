// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <cstdlib>

#include "ctl/canned.h"
#include "ctl/setup_mysql_fixture.h"
#include "support/daemon_process.h"
#include "support/eventually.h"

namespace caretaker::ctl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SetupMysqlServer : public SetupMysqlServerTest {};

TEST_P(SetupMysqlServer, MakesAllThatADaemonNeedsToDeliver) {
  const Ended ended = setup();
  ASSERT_EQ(ended.exit, ExitCode::ok) << ended.out << ended.error;
  EXPECT_THAT(text(drop_in), HasSubstr("[mysql]\nsocket = " + server.socket() + "\nuser = caretaker\n"));
  EXPECT_EQ(mode(drop_in), 0640U);
  EXPECT_EQ(mode(encrypted), 0600U);
  EXPECT_THAT(text(unit), HasSubstr("\n[Service]\nLoadCredentialEncrypted=mysql-password\n"));
  EXPECT_THAT(manager.calls, ElementsAre("daemon-reload"));
  EXPECT_THAT(ended.out, HasSubstr("systemctl enable --now caretaker"));

  // As systemd would start it.
  const TempDir credentials;
  credentials.write("mysql-password", stored().reveal());
  ::setenv("CREDENTIALS_DIRECTORY", credentials.path().c_str(), 1);
  DaemonProcess daemon_process("[service]\ninterval = 200ms\n");
  daemon_process.write("config.d/50-mysql.ini", text(drop_in));
  daemon_process.write("config.d/60-flush.ini", "[mysql]\nflush_interval = 200ms\n");
  daemon_process.start();
  EXPECT_TRUE(eventually([this] {
    return server.value("SELECT COUNT(*) > 0 FROM system_monitor.samples") == "1";
  })) << daemon_process.err();
  EXPECT_EQ(daemon_process.stop(), 0);
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_P(SetupMysqlServer, ShowsEverythingAndChangesNothingInADryRunOrWithoutAYes) {
  terminal.there = true;
  const Ended declined = setup();
  EXPECT_EQ(declined.exit, ExitCode::failed);
  EXPECT_THAT(declined.out, testing::EndsWith("nothing was done\n"));
  const Ended ended = setup({"--dry-run"});
  ASSERT_EQ(ended.exit, ExitCode::ok) << ended.error;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("CREATE DATABASE IF NOT EXISTS `system_monitor`"),
                               HasSubstr("CREATE USER 'caretaker'@'localhost' IDENTIFIED BY"),
                               HasSubstr("generated"), HasSubstr("socket = " + server.socket()),
                               HasSubstr("LoadCredentialEncrypted=mysql-password"),
                               HasSubstr("nothing was done (--dry-run)")));
  EXPECT_EQ(server.value("SELECT COUNT(*) FROM mysql.user WHERE User = 'caretaker'"), "0");
  EXPECT_EQ(
      server.value("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'system_monitor'"),
      "0");
  for (const char* path : {"etc/credstore", "etc/credstore.encrypted", "etc/caretaker/config.d", unit}) {
    EXPECT_FALSE(exists(path)) << path;
  }
  EXPECT_THAT(manager.calls, IsEmpty());
  EXPECT_THAT(setup({"--dry-run", "--json"}).out,
              AllOf(testing::StartsWith(R"({"dry_run":true,)"), HasSubstr(R"({"step":"database",)"),
                    HasSubstr(R"("done":false)")));
}

TEST_P(SetupMysqlServer, ChangesNothingWhenAllIsWell) {
  ASSERT_EQ(setup().exit, ExitCode::ok);
  const std::string before = text(encrypted);
  const auto accounts = server.query("SELECT User, Host FROM mysql.user ORDER BY 1, 2");
  manager.calls.clear();
  manager.conditions["caretaker.service"] = {.loaded = true, .active = true};
  root.write(std::string(encrypted) + ".new", "enc:eA==");         // of a run that went astray
  const Ended again = run({"setup", "mysql", "--yes", "--json"});  // the server is configured by now
  ASSERT_EQ(again.exit, ExitCode::ok) << again.error;
  EXPECT_THAT(again.out, AllOf(HasSubstr(R"("step":"tables")"), Not(HasSubstr(R"("step":"config")")),
                               Not(HasSubstr(R"("step":"store_password")")), Not(HasSubstr("restart"))));
  EXPECT_EQ(text(encrypted), before);
  EXPECT_FALSE(exists(std::string(encrypted) + ".new"));
  EXPECT_EQ(server.query("SELECT User, Host FROM mysql.user ORDER BY 1, 2"), accounts);
  EXPECT_THAT(manager.calls, IsEmpty());
}

TEST_P(SetupMysqlServer, RestartsAServiceThatRunsAndWaitsUntilItDelivers) {
  manager.conditions["caretaker.service"] = {.loaded = true, .active = true};
  daemon.answer_in_turn("GET /v1/status", {canned::status_ill, canned::status_well});
  const Ended ended = setup();
  ASSERT_EQ(ended.exit, ExitCode::ok) << ended.error;
  EXPECT_THAT(manager.calls, ElementsAre("daemon-reload", "restart caretaker.service"));
  EXPECT_THAT(ended.out, HasSubstr("restarted; connected with MariaDB 10.11.19 at db1:3306"));
  daemon.answer("GET /v1/status", 200, canned::status_ill);
  const Ended late = setup({"--rotate", "--timeout", "300ms"});
  EXPECT_EQ(late.exit, ExitCode::timeout);
  EXPECT_THAT(late.error, HasSubstr("the service does not deliver yet: Access denied"));
}

TEST_P(SetupMysqlServer, GivesANewPasswordOnlyWhenAsked) {
  ASSERT_EQ(setup().exit, ExitCode::ok);
  const Secret first = stored();
  const Ended rotated = setup({"--rotate"});
  ASSERT_EQ(rotated.exit, ExitCode::ok) << rotated.error;
  EXPECT_THAT(rotated.out, HasSubstr("ALTER USER 'caretaker'@'localhost'"));
  EXPECT_NE(stored(), first);
  EXPECT_FALSE(logs_in("caretaker", first));
  EXPECT_TRUE(logs_in("caretaker", stored()));

  // As on another host, which does not have the password.
  std::filesystem::remove_all(root.path("etc/credstore.encrypted"));
  const Secret shared = [this] {
    server.execute("ALTER USER caretaker@localhost IDENTIFIED BY 'Shared-1-password'");
    return Secret("Shared-1-password");
  }();
  const Ended refused = setup();
  EXPECT_EQ(refused.exit, ExitCode::failed);
  EXPECT_THAT(refused.error,
              AllOf(HasSubstr("the account 'caretaker'@'localhost' exists, and its password is not "
                              "stored here"),
                    HasSubstr("--password-file")));
  const std::string wrong = root.write("wrong", "Wrong-1-password\n");
  EXPECT_THAT(setup({"--password-file", wrong}).error,
              HasSubstr("the password of --password-file does not get in"));
  const Ended joined = setup({"--password-file", root.write("right", shared.reveal() + "\n")});
  ASSERT_EQ(joined.exit, ExitCode::ok) << joined.error;
  EXPECT_THAT(joined.out, Not(HasSubstr("ALTER USER")));
  EXPECT_EQ(stored(), shared);
}

TEST_P(SetupMysqlServer, WritesThePasswordIntoNoLogAndNoOutput) {
  server.execute("SET GLOBAL log_output = 'TABLE'");
  const Ended ended = setup();
  ASSERT_EQ(ended.exit, ExitCode::ok) << ended.error;
  const std::string password = stored().reveal();
  ASSERT_EQ(password.size(), 40U);
  EXPECT_THAT(ended.out + ended.error, Not(HasSubstr(password)));
  EXPECT_THAT(text(drop_in) + text(unit), Not(HasSubstr(password)));
  EXPECT_NE(
      server.value("SELECT COUNT(*) FROM mysql.general_log WHERE argument LIKE '%CREATE USER%caretaker%'"),
      "0");
  EXPECT_EQ(server.value("SELECT COUNT(*) FROM mysql.general_log WHERE argument LIKE '%" +
                         password.substr(0, 20) + "%' AND argument NOT LIKE '%general_log%'"),
            "0");
}

TEST_P(SetupMysqlServer, GivesExactlyTheRightsThatAreDocumented) {
  ASSERT_EQ(setup().exit, ExitCode::ok);
  const std::string rights =
      "SELECT GROUP_CONCAT(PRIVILEGE_TYPE ORDER BY PRIVILEGE_TYPE) FROM information_schema.{} WHERE GRANTEE "
      "LIKE "
      "'%caretaker%'";
  const auto of = [&](const std::string& table) {
    std::string sql = rights;
    return server.value(sql.replace(sql.find("{}"), 2, table));
  };
  EXPECT_EQ(of("SCHEMA_PRIVILEGES"), "ALTER,CREATE,CREATE VIEW,INSERT,SELECT,UPDATE");
  EXPECT_EQ(of("USER_PRIVILEGES"), "USAGE");
  ASSERT_EQ(setup({"--may-maintain"}).exit, ExitCode::ok);
  EXPECT_EQ(of("SCHEMA_PRIVILEGES"), "ALTER,CREATE,CREATE VIEW,DELETE,DROP,INSERT,SELECT,UPDATE");
}

TEST_P(SetupMysqlServer, LeavesWhatIsInTheDatabaseAlone) {
  server.execute("CREATE DATABASE system_monitor");
  server.execute("CREATE TABLE system_monitor.system_monitor (id INT PRIMARY KEY, note TEXT)");
  server.execute("INSERT INTO system_monitor.system_monitor VALUES (1, 'mine')");
  const Ended ended = setup();
  ASSERT_EQ(ended.exit, ExitCode::ok) << ended.error;
  EXPECT_THAT(ended.out, AllOf(Not(HasSubstr("CREATE DATABASE")), HasSubstr("caretaker_system_monitor")));
  EXPECT_EQ(server.value("SELECT note FROM system_monitor.system_monitor"), "mine");
}

TEST_P(SetupMysqlServer, AsksForTheAdministratorsPasswordUntilItIsRight) {
  server.set_root_password("Right-1-password");
  terminal.there = true;
  terminal.says_yes = true;
  terminal.secrets = {"wrong", "Right-1-password"};
  const Ended ended = setup();
  ASSERT_EQ(ended.exit, ExitCode::ok) << ended.error;
  EXPECT_THAT(terminal.questions,
              ElementsAre("Password of the MySQL account root: ",
                          "The server refuses it. Password of the MySQL account root: ", "Do this now?"));
  terminal.there = false;
  const Ended refused = setup({"--admin-password-file", root.write("pw", "wrong\n")});
  EXPECT_EQ(refused.exit, ExitCode::failed);
  EXPECT_THAT(refused.error, AllOf(HasSubstr("the server does not let root in"),
                                   HasSubstr("--admin-password-file"), Not(HasSubstr("[mysql] password"))));
  terminal.secrets = {"Right-1-password"};
  EXPECT_EQ(setup({"--admin-password-file", "-"}).exit, ExitCode::ok);
}

TEST_P(SetupMysqlServer, NamesTheRightsThatTheAdministratorLacks) {
  server.execute("CREATE USER weak@localhost IDENTIFIED BY 'Weak-1-password'");
  server.execute("GRANT SELECT ON mysql.* TO weak@localhost");
  server.execute(
      "GRANT SELECT, INSERT, UPDATE, CREATE, ALTER ON system_monitor.* TO weak@localhost WITH GRANT OPTION");
  const std::string file = root.write("pw", "Weak-1-password");
  const Ended ended = setup({"--admin-user", "weak", "--admin-password-file", file});
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_THAT(ended.error,
              HasSubstr("'weak'@'localhost' at " + server.socket() +
                        " lacks rights on system_monitor: CREATE VIEW WITH GRANT OPTION, CREATE USER; "
                        "use another account with --admin-user"));
  server.execute("CREATE USER blind@localhost IDENTIFIED BY 'Weak-1-password'");
  EXPECT_THAT(setup({"--admin-user", "blind", "--admin-password-file", file}).error,
              HasSubstr("may not look at the accounts"));
  EXPECT_FALSE(exists("etc/credstore.encrypted"));
}

TEST_P(SetupMysqlServer, SeesAnAccountThatWouldTakeTheLogin) {
  for (const char* host : {"localhost", "127.0.0.1"}) {
    server.execute("CREATE USER caretaker@'" + std::string(host) + "' IDENTIFIED BY 'Other-1-password'");
  }
  const Ended ended = setup_over_tcp();
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_THAT(ended.error, AllOf(HasSubstr("would take a login from here for 'caretaker'@'"),
                                 HasSubstr("not for 'caretaker'@'%'"), HasSubstr("--account-host")));
  EXPECT_EQ(server.value("SELECT COUNT(*) FROM mysql.user WHERE User = 'caretaker'"), "2");
  const Ended other = setup_over_tcp({"--user", "agent"});
  EXPECT_EQ(other.exit, ExitCode::ok) << other.error;
  EXPECT_TRUE(logs_in("agent", stored(), true));
  EXPECT_THAT(text(drop_in), HasSubstr("user = agent\n"));
}

// A server without certificates cannot demand TLS; MySQL makes its own.
TEST_P(SetupMysqlServer, UsesTlsWhereTheServerDemandsItAndRefusesAServerWithoutIt) {
  if (GetParam() == Engine::mariadb) {
    const Ended ended = setup_over_tcp({"--tls", "required"});
    EXPECT_EQ(ended.exit, ExitCode::failed);
    EXPECT_THAT(ended.error, HasSubstr("does not offer TLS"));
    return;
  }
  server.execute("SET GLOBAL require_secure_transport = ON");
  const Ended ended = setup_over_tcp({"--tls", "required"});
  ASSERT_EQ(ended.exit, ExitCode::ok) << ended.error;
  EXPECT_THAT(text(drop_in), HasSubstr("tls = required\n"));
  EXPECT_THAT(ended.out, AllOf(HasSubstr("TLS_"), Not(HasSubstr("not encrypted"))));
  const Ended refused = setup_over_tcp({"--tls", "off"});
  EXPECT_EQ(refused.exit, ExitCode::failed);
  EXPECT_THAT(refused.error, HasSubstr("set [mysql] tls = required"));
}

TEST_P(SetupMysqlServer, DoesNothingOnAServerThatTakesNoWrites) {
  server.set_read_only(true);
  const Ended ended = setup();
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_THAT(ended.error, HasSubstr("read_only is ON"));
  EXPECT_FALSE(exists("etc/credstore.encrypted"));
  server.set_read_only(false);
}

TEST_P(SetupMysqlServer, GetsPastAServerThatChecksPasswords) {
  if (GetParam() == Engine::mariadb) {
    // Where the package with the plugin is not installed ./dev test brings it along.
    if (const char* plugins = std::getenv("CARETAKER_MARIADB_PLUGINS")) {
      server.stop();
      server.start({std::string("--plugin-dir=") + plugins});
    }
    server.execute("INSTALL SONAME 'simple_password_check'");
  } else {
    server.execute("INSTALL COMPONENT 'file://component_validate_password'");
    server.execute("SET GLOBAL validate_password.policy = 'STRONG'");
  }
  const Ended ended = setup();
  ASSERT_EQ(ended.exit, ExitCode::ok) << ended.error;
  EXPECT_EQ(ended.out.contains("so it was sent as it is"), GetParam() == Engine::mariadb);
  EXPECT_TRUE(logs_in("caretaker", stored()));
}

TEST_P(SetupMysqlServer, KeepsThePasswordPlainWhereSystemdCredsCannotHaveIt) {
  tool("echo 'no key' >&2; exit 1");
  const Ended ended = setup();
  ASSERT_EQ(ended.exit, ExitCode::ok) << ended.error;
  EXPECT_THAT(ended.out, HasSubstr("not encrypted: " + place.systemd_creds + " encrypt failed: no key"));
  EXPECT_EQ(mode(plain), 0600U);
  EXPECT_FALSE(exists(unit));
  EXPECT_TRUE(logs_in("caretaker", stored()));
  place.systemd_creds = "/nonexistent/systemd-creds";
  std::filesystem::remove_all(root.path("etc/credstore"));
  const Ended without = setup({"--user", "second", "--dry-run"});
  EXPECT_EQ(without.exit, ExitCode::ok) << without.error;
  EXPECT_THAT(without.out, HasSubstr("not encrypted: there is no /nonexistent/systemd-creds"));
}

TEST_P(SetupMysqlServer, SetsUpAnotherRootWithoutTouchingAnyService) {
  const TempDir image;
  image.write("etc/caretaker/config.ini", "");
  image.write("etc/group", "caretaker:x:" + std::to_string(::getegid()) + ":\n");
  const Ended ended = setup({"--root", image.path()});
  ASSERT_EQ(ended.exit, ExitCode::ok) << ended.error;
  EXPECT_TRUE(std::filesystem::exists(image.path(plain)));
  EXPECT_TRUE(std::filesystem::exists(image.path(drop_in)));
  EXPECT_FALSE(exists("etc/credstore"));
  EXPECT_THAT(manager.calls, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Engines, SetupMysqlServer, testing::ValuesIn(engines()),
                         [](const auto& engine) { return name_of(engine.param); });

}  // namespace
}  // namespace caretaker::ctl
