// SPDX-License-Identifier: MIT
#include "ctl/credential_store.h"

#include <gmock/gmock.h>

#include "ctl/setup_fixture.h"

namespace caretaker::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CredentialStoreTest : public SetupTest {
 protected:
  [[nodiscard]] CredentialStore store() const { return {files, place.systemd_creds}; }

  SetupFiles files{root.path()};
  std::vector<std::string> problems;
};

TEST_F(CredentialStoreTest, StagesThePasswordEncryptedAndThenPutsItInPlace) {
  CredentialStore credentials = store();
  ASSERT_TRUE(credentials.stage(Secret("first")));
  EXPECT_EQ(text("etc/credstore.encrypted/mysql-password.new"), "enc:Zmlyc3Q=");
  EXPECT_FALSE(exists("etc/credstore.encrypted/mysql-password"));
  ASSERT_TRUE(credentials.commit(CredentialKind::encrypted));
  EXPECT_EQ(mode("etc/credstore.encrypted"), 0700U);
  EXPECT_EQ(mode("etc/credstore.encrypted/mysql-password"), 0600U);
  EXPECT_FALSE(exists("etc/credstore.encrypted/mysql-password.new"));
}

TEST_F(CredentialStoreTest, GivesTheStagedPasswordBeforeTheOneInPlace) {
  CredentialStore credentials = store();
  ASSERT_TRUE(credentials.stage(Secret("first")) && credentials.commit(CredentialKind::encrypted));
  ASSERT_TRUE(credentials.stage(Secret("second")));
  root.write("etc/credstore/mysql-password", "by hand\n");
  const auto kept = credentials.kept(problems);
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept[0].password, Secret("second"));
  EXPECT_TRUE(kept[0].staged);
  EXPECT_EQ(kept[1].password, Secret("first"));
  EXPECT_EQ(kept[2].password, Secret("by hand"));
  EXPECT_EQ(kept[2].kind, CredentialKind::plain);
  EXPECT_THAT(problems, IsEmpty());
}

TEST_F(CredentialStoreTest, RemovesAPlainPasswordOnceThereIsAnEncryptedOne) {
  root.write("etc/credstore/mysql-password", "by hand");
  CredentialStore credentials = store();
  ASSERT_TRUE(credentials.stage(Secret("first")) && credentials.commit(CredentialKind::encrypted));
  EXPECT_FALSE(exists("etc/credstore/mysql-password"));
}

TEST_F(CredentialStoreTest, KeepsItPlainWhereSystemdCredsRefuses) {
  tool("echo 'no key can be made here' >&2; exit 1");
  CredentialStore credentials = store();
  ASSERT_TRUE(credentials.stage(Secret("first")));
  EXPECT_EQ(credentials.kind(), CredentialKind::plain);
  EXPECT_EQ(credentials.why_plain(), place.systemd_creds + " encrypt failed: no key can be made here");
  EXPECT_EQ(text("etc/credstore/mysql-password.new"), "first");
  EXPECT_EQ(mode("etc/credstore/mysql-password.new"), 0600U);
  EXPECT_EQ(mode("etc/credstore"), 0700U);
}

TEST_F(CredentialStoreTest, KeepsItPlainWhereWhatWasEncryptedComesBackAsSomethingElse) {
  tool("echo other");
  CredentialStore credentials = store();
  ASSERT_TRUE(credentials.stage(Secret("first")));
  EXPECT_EQ(credentials.kind(), CredentialKind::plain);
  EXPECT_THAT(credentials.why_plain(), HasSubstr("decrypts to something else"));
}

TEST_F(CredentialStoreTest, LeavesOutWhatCannotBeDecryptedAndSaysSo) {
  root.write("etc/credstore.encrypted/mysql-password", "enc:x");
  tool("exit 1");
  EXPECT_THAT(store().kept(problems), IsEmpty());
  EXPECT_THAT(problems, ElementsAre("/etc/credstore.encrypted/mysql-password cannot be used: " +
                                    place.systemd_creds + " decrypt failed: it does not say why"));
}

TEST_F(CredentialStoreTest, DiscardsWhatWasPutAsideAndKeepsWhatIsInPlace) {
  CredentialStore credentials = store();
  ASSERT_TRUE(credentials.stage(Secret("first")) && credentials.commit(CredentialKind::encrypted));
  ASSERT_TRUE(credentials.stage(Secret("second")));
  root.write("etc/credstore/mysql-password.new", "third");
  ASSERT_TRUE(credentials.discard_staged());
  const auto kept = credentials.kept(problems);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].password, Secret("first"));
}

TEST_F(CredentialStoreTest, SaysThatItCannotWrite) {
  root.write("etc/credstore.encrypted", "a file");
  EXPECT_FALSE(store().stage(Secret("first")));
  EXPECT_FALSE(store().commit(CredentialKind::plain));
}

}  // namespace
}  // namespace caretaker::ctl
