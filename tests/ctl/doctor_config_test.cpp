// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include <filesystem>

#include "ctl/doctor_fixture.h"

namespace caretaker::ctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using DoctorConfig = DoctorTest;

TEST_F(DoctorConfig, CountsTheDropInsOfAConfigurationWithoutMistake) {
  dir.write("config.d/10.ini", "[service]\ninterval = 1s\n");
  EXPECT_EQ(text(check_config_file), "ok: " + config_file() + " and 1 drop-in, no mistake\n");
}

TEST_F(DoctorConfig, ListsEveryMistakeWithItsPlace) {
  dir.write("config.d/10.ini", "[service]\nintervall = 1s\n[store]\nsize_max = much\n");
  const std::string found = text(check_config_file);
  EXPECT_THAT(found, HasSubstr("error: " + dir.path("config.d/10.ini") + ":2: "));
  EXPECT_THAT(found, HasSubstr("error: " + dir.path("config.d/10.ini") + ":4: "));
}

TEST_F(DoctorConfig, MissesAConfigurationThatIsNotThere) {
  std::filesystem::remove(config_file());
  EXPECT_THAT(text(check_config_file), AllOf(StartsWith("error: "), HasSubstr("is not there")));
}

TEST_F(DoctorConfig, TakesAFolderForNoConfiguration) {
  std::filesystem::remove(config_file());
  std::filesystem::create_directory(config_file());
  EXPECT_THAT(text(check_config_file), StartsWith("error: "));
}

TEST_F(DoctorConfig, WarnsOfAPasswordThatEverybodyMayRead) {
  configure("[mysql]\npassword = secret\n");
  ::chmod(config_file().c_str(), 0644);
  const std::string found = text(check_config_access);
  EXPECT_THAT(
      found, AllOf(StartsWith("warning: "), HasSubstr("can be read by every user"), HasSubstr("chmod 0640")));
  EXPECT_THAT(found, Not(HasSubstr("secret")));
  ::chmod(config_file().c_str(), 0640);
  EXPECT_EQ(text(check_config_access), "ok: the user caretaker can read everything\n");
}

TEST_F(DoctorConfig, DoesNotAllowOthersToChangeIt) {
  ::chmod(config_file().c_str(), 0646);
  EXPECT_THAT(text(check_config_access),
              AllOf(StartsWith("error: "), HasSubstr("can be changed by every user")));
}

TEST_F(DoctorConfig, SaysWhichFileTheDaemonCannotRead) {
  machine.refused = EACCES;
  EXPECT_THAT(text(check_config_access), AllOf(StartsWith("error: the user caretaker cannot read"),
                                               HasSubstr("chown root:caretaker " + config_file())));
}

TEST_F(DoctorConfig, NamesFilesBesideTheDropInsThatNobodyReads) {
  dir.write("config.d/mysql.conf", "");
  dir.write("config.d/.hidden", "");
  EXPECT_EQ(text(check_config_access),
            "warning: " + dir.path("config.d/mysql.conf") +
                " is not read: its name does not end in .ini -> rename or remove it\n");
}

TEST_F(DoctorConfig, LeavesToRootWhatOnlyRootCanTell) {
  machine.root = false;
  EXPECT_EQ(text(check_config_access),
            "skipped: whether the user caretaker can read everything -> run it as root\n");
  machine.root = true;
  machine.accounts.clear();
  EXPECT_EQ(text(check_config_access), "skipped: there is no user caretaker -> see the check user\n");
}

TEST_F(DoctorConfig, LooksForTheUserOfTheUnit) {
  EXPECT_EQ(text(check_user), "ok: user caretaker, group caretaker\n");
  machine.service().user = "monitor";
  EXPECT_THAT(text(check_user), StartsWith("error: there is no user monitor -> "));
  machine.no_bus = true;
  machine.groups.clear();
  EXPECT_THAT(text(check_user), StartsWith("error: there is no group caretaker -> "));
}

}  // namespace
}  // namespace caretaker::ctl
