// SPDX-License-Identifier: MIT
#include "config/secrets.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "support/temp_dir.h"

namespace caretaker {
namespace {

class MysqlPassword : public testing::Test {
 protected:
  ~MysqlPassword() override { ::unsetenv("CREDENTIALS_DIRECTORY"); }

  void use_credentials() { ::setenv("CREDENTIALS_DIRECTORY", dir_.path().c_str(), 1); }

  TempDir dir_;
  MysqlConfig config_;
};

TEST_F(MysqlPassword, IsEmptyWhenThereIsNone) {
  EXPECT_TRUE(resolve_mysql_password(config_).value().empty());
  use_credentials();
  EXPECT_TRUE(resolve_mysql_password(config_).value().empty());
}

TEST_F(MysqlPassword, ComesFromTheKeyThenTheFileThenTheCredential) {
  dir_.write("mysql-password", "from credential\n");
  use_credentials();
  EXPECT_EQ(resolve_mysql_password(config_).value().reveal(), "from credential");
  config_.password_file = dir_.write("file", "from file\n");
  EXPECT_EQ(resolve_mysql_password(config_).value().reveal(), "from file");
  config_.password = Secret("from key");
  EXPECT_EQ(resolve_mysql_password(config_).value().reveal(), "from key");
}

TEST_F(MysqlPassword, SaysWhereItComesFromAndHowToChangeIt) {
  EXPECT_EQ(describe_mysql_password(config_),
            "nowhere: set [mysql] password_file or password, or the systemd credential mysql-password");
  use_credentials();
  EXPECT_TRUE(describe_mysql_password(config_).starts_with("nowhere"));
  dir_.write("mysql-password", "hunter2\n");
  EXPECT_EQ(describe_mysql_password(config_),
            "the systemd credential mysql-password, which only a restart of the service reads anew");
  config_.password_file = "/etc/secret";
  EXPECT_EQ(describe_mysql_password(config_), "password_file /etc/secret, which is read at every connect");
  config_.password = Secret("hunter2");
  EXPECT_EQ(describe_mysql_password(config_), "[mysql] password, which a reload reads anew");
}

TEST_F(MysqlPassword, KeepsEverythingOfTheFileButOneLineEnd) {
  config_.password_file = dir_.write("file", " a ;b \r\n");
  EXPECT_EQ(resolve_mysql_password(config_).value().reveal(), " a ;b ");
  config_.password_file = dir_.write("file", "no line end");
  EXPECT_EQ(resolve_mysql_password(config_).value().reveal(), "no line end");
}

TEST_F(MysqlPassword, NamesTheFileThatCannotBeIt) {
  config_.password_file = dir_.path("gone");
  EXPECT_EQ(resolve_mysql_password(config_).error().message,
            "open " + dir_.path("gone") + ": No such file or directory");
  for (const char* empty : {"", "\n", "\r\n"}) {
    config_.password_file = dir_.write("empty", empty);
    EXPECT_EQ(resolve_mysql_password(config_).error().message,
              dir_.path("empty") + " is empty: it should hold the password");
  }
  for (const std::string& text :
       {std::string("two\nlines\n"), std::string("nul\0byte", 8), std::string("two\n\n")}) {
    config_.password_file = dir_.write("lines", text);
    EXPECT_EQ(resolve_mysql_password(config_).error().message,
              dir_.path("lines") + " should hold the password on one line and nothing else");
  }
  config_.password_file = dir_.write("large", std::string(password_bytes_max + 1, 'x'));
  EXPECT_EQ(resolve_mysql_password(config_).error().message,
            "read " + dir_.path("large") + ": File too large");
}

TEST_F(MysqlPassword, FailsForACredentialThatIsThereButUnreadable) {
  dir_.write("mysql-password/folder", "");
  use_credentials();
  EXPECT_EQ(resolve_mysql_password(config_).error().message,
            "read " + dir_.path("mysql-password") + ": Is a directory");
}

}  // namespace
}  // namespace caretaker
