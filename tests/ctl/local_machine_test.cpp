// SPDX-License-Identifier: MIT
#include "ctl/local_machine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/unique_fd.h"
#include "support/temp_dir.h"

namespace caretaker::ctl {
namespace {

Result<> read_it(const std::string& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return fail_errno(errno, file);
  return {};
}

TEST(LocalMachine, KnowsTheAccountsOfThisMachine) {
  LocalMachine machine;
  const auto root = machine.find_account("root");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->uid, 0U);
  EXPECT_NE(std::ranges::find(root->groups, root->gid), root->groups.end());
  EXPECT_EQ(machine.find_group("root"), 0U);
  EXPECT_FALSE(machine.find_account("no such user"));
  EXPECT_FALSE(machine.find_group("no such group"));
}

TEST(LocalMachine, ActsWithTheRightsOfAnotherAccount) {
  LocalMachine machine;
  const auto nobody = machine.find_account("nobody");
  ASSERT_TRUE(nobody);
  if (!machine.is_root()) {
    EXPECT_EQ(machine.may_act_as(*nobody), ::geteuid() == nobody->uid);
    GTEST_SKIP() << "only root may become somebody else";
  }
  const TempDir dir;
  const std::string file = dir.write("secret", "x");
  ::chmod(dir.path().c_str(), 0755);
  ::chmod(file.c_str(), 0600);
  ASSERT_TRUE(machine.may_act_as(*nobody));
  const Result<> refused = machine.act_as(*nobody, [&] { return read_it(file); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EACCES);
  EXPECT_EQ(::geteuid(), 0U);
  EXPECT_TRUE(read_it(file));

  ASSERT_EQ(::chown(file.c_str(), 0, 4711), 0);
  ::chmod(file.c_str(), 0640);
  Account member = *nobody;
  member.groups.push_back(4711);
  EXPECT_TRUE(machine.act_as(member, [&] { return read_it(file); })) << "its groups count";
  EXPECT_FALSE(machine.act_as(*nobody, [&] { return read_it(file); })) << "and are gone again";
}

TEST(LocalMachine, ReadsTheClockAndTheDisk) {
  LocalMachine machine;
  const auto clock = machine.clock();
  ASSERT_TRUE(clock) << clock.error().message;
  EXPECT_GE(clock->error_max_us, 0);
  EXPECT_GT(machine.space("/")->size_bytes, 0U);
  EXPECT_FALSE(machine.space("/no such folder"));
}

}  // namespace
}  // namespace caretaker::ctl
