// SPDX-License-Identifier: MIT
#include "systemd/unit_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "systemd/fake_systemd.h"

namespace caretaker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::chrono::seconds timeout{20};

TEST(UnitFacts, AreReadFromTheServiceManager) {
  FakeSystemd systemd({.load_state = "loaded", .active_state = "failed"});
  const auto facts = read_unit_facts("caretaker.service", timeout);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->load_state, "loaded");
  EXPECT_EQ(facts->active_state, "failed");
  EXPECT_EQ(facts->sub_state, "the SubState");
  EXPECT_EQ(facts->unit_file_state, "the UnitFileState");
  EXPECT_THAT(facts->drop_ins, ElementsAre("one", "two"));
  EXPECT_TRUE(facts->needs_reload);
  EXPECT_EQ(facts->active_since_us, 1'763'702'200'000'000);
  EXPECT_EQ(facts->result, "the Result");
  EXPECT_EQ(facts->exit_code, 1);
  EXPECT_EQ(facts->exit_status, 216);
  EXPECT_EQ(facts->restarts, 3U);
  EXPECT_EQ(facts->user, "the User");
  EXPECT_THAT(facts->groups, ElementsAre("one", "two"));
  ASSERT_EQ(facts->credentials.size(), 2U);
  EXPECT_EQ(facts->credentials[1].name, "LoadCredentialEncrypted");
  EXPECT_EQ(facts->credentials[1].source, "/etc/credstore/x");
  EXPECT_THAT(systemd.stop(), ElementsAre()) << "nothing was changed";
}

TEST(UnitFacts, OfASocketLackWhatOnlyServicesHave) {
  const FakeSystemd systemd({});
  const auto facts = read_unit_facts("caretaker-docker-gate.socket", timeout);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->active_state, "active");
  EXPECT_EQ(facts->user, "");
}

TEST(UnitFacts, FailWhereAnAnswerIsMissing) {
  for (const std::string property : {"ActiveState", "DropInPaths", "NRestarts", "LoadCredential"}) {
    const FakeSystemd systemd({.property_without_answer = property});
    const auto facts = read_unit_facts("caretaker.service", timeout);
    ASSERT_FALSE(facts) << property;
    EXPECT_THAT(facts.error().message, HasSubstr("caretaker.service: answer of systemd")) << property;
  }
}

TEST(UnitFacts, FailWithoutABus) {
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
  const auto facts = read_unit_facts("caretaker.service", timeout);
  ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  ASSERT_FALSE(facts);
  EXPECT_NE(facts.error().message, "");
}

}  // namespace
}  // namespace caretaker
