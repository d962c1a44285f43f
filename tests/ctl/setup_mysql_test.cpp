// SPDX-License-Identifier: MIT
// What `setup mysql` does before there is a server. The rest is in setup_mysql_e2e_test.cpp.
#include <gmock/gmock.h>

#include <cctype>

#include "ctl/setup_fixture.h"
#include "ctl/setup_mysql_config.h"
#include "ctl/setup_mysql_password.h"

namespace caretaker::ctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SetupMysql : public SetupTest {
 protected:
  // Nothing listens at this host.
  Ended setup(const std::vector<std::string>& words) {
    std::vector<std::string> all = {"setup", "mysql"};
    all.insert(all.end(), words.begin(), words.end());
    return run(all);
  }
};

TEST_F(SetupMysql, IsForRootAlone) {
  place.privileged = false;
  for (const char* option : {"--yes", "--dry-run"}) {
    const Ended ended = setup({option});
    EXPECT_EQ(ended.exit, ExitCode::not_permitted);
    EXPECT_EQ(ended.error,
              "caretakerctl: only root can set up the service; run the command with sudo, or as root\n");
  }
}

TEST_F(SetupMysql, DoesNothingThatNobodyAgreedTo) {
  const Ended ended = setup({});
  EXPECT_EQ(ended.exit, ExitCode::usage);
  EXPECT_THAT(ended.error, HasSubstr("look at it with --dry-run, then add --yes"));
  terminal.there = true;
  EXPECT_THAT(setup({"--json"}).error, HasSubstr("nobody to ask")) << "the answer would not be JSON";
}

TEST_F(SetupMysql, AsksForAServerWhereNoneIsHere) {
  const Ended ended = setup({"--yes"});
  EXPECT_EQ(ended.exit, ExitCode::usage);
  EXPECT_EQ(
      ended.error,
      "caretakerctl: no MySQL server is here (there is no /run/mysqld/mysqld.sock); name it with --host or "
      "--server-socket\n");
}

TEST_F(SetupMysql, TakesTheServerThatIsHere) {
  root.write("run/mysqld/mysqld.sock", "nobody listens");
  EXPECT_THAT(setup({"--yes"}).error, HasSubstr("/run/mysqld/mysqld.sock"));
}

TEST_F(SetupMysql, TakesTheConfiguredServer) {
  root.write("etc/caretaker/config.ini", "[mysql]\nsocket = /nonexistent/db.sock\n");
  EXPECT_THAT(setup({"--yes"}).error, HasSubstr("nothing answers at /nonexistent/db.sock"));
}

TEST_F(SetupMysql, ListsTheMistakesOfTheConfiguration) {
  root.write("etc/caretaker/config.ini", "[mysql]\nprot = 3307\n");
  const Ended ended = setup({"--yes"});
  EXPECT_EQ(ended.exit, ExitCode::config_invalid);
  EXPECT_THAT(ended.error, HasSubstr("config.ini:2: [mysql] prot: unknown key"));
}

TEST_F(SetupMysql, NamesTheLinesThatSaySomethingElse) {
  root.write("etc/caretaker/config.ini", "[mysql]\nhost = db1\nuser = me\npassword = secret\n");
  root.write("etc/caretaker/config.d/90-tls.ini", "[mysql]\ntls = off\n");
  const Ended ended = setup({"--yes", "--host", "db2", "--tls", "required"});
  EXPECT_EQ(ended.exit, ExitCode::config_invalid);
  EXPECT_THAT(ended.error, AllOf(HasSubstr("config.ini:2: [mysql] host is set here\n"),
                                 HasSubstr("config.ini:4: [mysql] password is set here\n"),
                                 HasSubstr("config.d/90-tls.ini:2: [mysql] tls is set here\n"),
                                 Not(HasSubstr("[mysql] user")), HasSubstr("remove these lines"),
                                 Not(HasSubstr("secret"))));
}

TEST_F(SetupMysql, GoesOnWhereTheConfigurationSaysTheSame) {
  root.write("etc/caretaker/config.ini", "[mysql]\nsocket = /nonexistent/db.sock\nuser = me\n");
  const Ended ended = setup({"--yes", "--server-socket", "/nonexistent/db.sock", "--user", "me"});
  EXPECT_THAT(ended.error, HasSubstr("nothing answers at"));
}

TEST_F(SetupMysql, ReplacesWhatItWroteItself) {
  root.write("etc/caretaker/config.d/50-mysql.ini", "[mysql]\nhost = db1\n");
  EXPECT_THAT(setup({"--yes", "--server-socket", "/nonexistent/db.sock"}).error,
              HasSubstr("nothing answers at /nonexistent/db.sock"));
}

TEST_F(SetupMysql, SaysThatThePackageIsNotThere) {
  root.write("etc/group", "root:x:0:\n");
  EXPECT_THAT(setup({"--yes", "--host", "db1"}).error,
              HasSubstr("there is no group caretaker; is Caretaker installed?"));
}

TEST_F(SetupMysql, ChecksThatItCanWriteBeforeItConnects) {
  if (::geteuid() == 0) {
    std::filesystem::remove_all(root.path("etc/systemd"));
    root.write("etc/systemd", "a file in the way");
  } else {
    std::filesystem::permissions(root.path("etc/systemd/system"), std::filesystem::perms::none);
  }
  const Ended ended = setup({"--yes", "--host", "db1"});
  EXPECT_NE(ended.exit, ExitCode::ok);
  EXPECT_THAT(ended.error, HasSubstr("caretakerctl: nothing was done: write to " + root.path("etc/systemd")));
}

TEST_F(SetupMysql, RefusesWordsThatAreNoNames) {
  const std::vector<std::vector<std::string>> wrong = {{"--user", "a'b"},
                                                       {"--database", "a`b"},
                                                       {"--account-host", "a b"},
                                                       {"--host", "db1:99999"},
                                                       {"--tls", "on"},
                                                       {"--server-socket", "relative"},
                                                       {"--host", "db1", "--server-socket", "/s"},
                                                       {"--user", ""},
                                                       {"--root", "relative"}};
  for (const std::vector<std::string>& words : wrong) {
    const Ended ended = setup(words);
    EXPECT_EQ(ended.exit, ExitCode::usage) << words[0] << ' ' << words[1];
    EXPECT_THAT(ended.error, HasSubstr("see: caretakerctl --help"));
  }
}

TEST_F(SetupMysql, RefusesAPasswordFileWithoutAPassword) {
  const std::string file = root.write("empty", "\n");
  const Ended ended = setup({"--yes", "--host", "db1", "--admin-password-file", file});
  EXPECT_EQ(ended.exit, ExitCode::usage);
  EXPECT_THAT(ended.error, HasSubstr(file + " holds no password"));
  EXPECT_THAT(setup({"--yes", "--host", "db1", "--admin-password-file", "/nonexistent/file"}).error,
              HasSubstr("/nonexistent/file: No such file"));
  EXPECT_THAT(setup({"--yes", "--host", "db1", "--admin-password-file", "-"}).error,
              HasSubstr("standard input ended"));
}

TEST(MysqlDropIn, SaysWhatOtherFilesDoNot) {
  MysqlConfig config{.hosts = {"db1", "db2:3307"}, .tls = TlsMode::verify_ca, .tls_ca = "/ca.pem"};
  EXPECT_THAT(
      mysql_drop_in_text(config, {}),
      testing::EndsWith("[mysql]\nhost = db1\n  db2:3307\nuser = caretaker\ndatabase = system_monitor\n"
                        "tls = verify-ca\ntls_ca = /ca.pem\n"));
  EXPECT_THAT(mysql_drop_in_text(config, {.server = true, .user = true, .tls = true, .tls_ca = true}),
              testing::EndsWith("[mysql]\ndatabase = system_monitor\n"));
  EXPECT_THAT(mysql_drop_in_text(
                  config, {.server = true, .user = true, .database = true, .tls = true, .tls_ca = true}),
              IsEmpty());
}

TEST(NewPassword, HasEveryClassOfCharactersAndNeedsNoQuotes) {
  const std::string first = new_password().reveal();
  EXPECT_EQ(first.size(), 40U);
  const auto has = [&first](auto is_in) { return std::ranges::any_of(first, is_in); };
  EXPECT_TRUE(has([](unsigned char c) { return std::isupper(c); }));
  EXPECT_TRUE(has([](unsigned char c) { return std::islower(c); }));
  EXPECT_TRUE(has([](unsigned char c) { return std::isdigit(c); }));
  EXPECT_TRUE(has([](char c) { return c == '-' || c == '_'; }));
  EXPECT_TRUE(
      std::ranges::all_of(first, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; }));
  EXPECT_NE(first, new_password().reveal());
}

}  // namespace
}  // namespace caretaker::ctl
