// SPDX-License-Identifier: MIT
// What the service leaves in the journal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "support/eventually.h"
#include "systemd_container/service_fixture.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

class ServiceJournal : public ServiceTest {
 protected:
  // The fields of the first entry of this kind; empty: there is none yet.
  [[nodiscard]] nlohmann::json entry_of(const std::string& kind) const {
    for (nlohmann::json& entry : journal()) {
      if (entry.value("EVENT", "") == kind) return std::move(entry);
    }
    return nlohmann::json::object();
  }
};

TEST_F(ServiceJournal, HasAnIdForEachKindOfEvent) {
  start();
  ASSERT_TRUE(eventually([this] { return !entry_of("daemon_started").empty(); }));
  const nlohmann::json started = entry_of("daemon_started");
  EXPECT_EQ(started.value("MESSAGE_ID", ""), "47eaa0992cb6416d86dc283cf0480ff9");
  EXPECT_EQ(started.value("PRIORITY", ""), "6");
  EXPECT_EQ(started.value("_SYSTEMD_UNIT", ""), unit);
  EXPECT_EQ(started.value("SYSLOG_IDENTIFIER", ""), "caretakerd");
  stop();
  EXPECT_TRUE(eventually([this] { return !entry_of("daemon_stopped").empty(); }));
}

TEST_F(ServiceJournal, ExplainsAnEventWithTheCatalog) {
  start();
  configure("50-mistake", "[service]\nintervall = 1s\n");
  EXPECT_NE(systemctl({"reload", unit}).exit_status, 0);
  ASSERT_TRUE(eventually([this] { return !entry_of("config_invalid").empty(); }));
  const std::string id = entry_of("config_invalid").at("MESSAGE_ID").get<std::string>();
  const std::string explained = must({"journalctl", "--catalog", "--no-pager", "MESSAGE_ID=" + id});
  EXPECT_THAT(explained, HasSubstr("Subject: The configuration has mistakes"));
  EXPECT_THAT(explained, HasSubstr("caretakerctl check-config"));
}

// Every id that the catalog has is one of ours, and once there.
TEST_F(ServiceJournal, CatalogIsInstalled) {
  const std::string listed = must({"journalctl", "--list-catalog"});
  EXPECT_THAT(listed, HasSubstr("47eaa0992cb6416d86dc283cf0480ff9"));
}

// An idle service writes nothing.
TEST_F(ServiceJournal, GrowsOnlyWithEvents) {
  start();
  ASSERT_TRUE(eventually([] { return batches() > 100; }));
  stop();
  std::size_t of_the_daemon = 0;
  for (const nlohmann::json& entry : journal()) {
    of_the_daemon += entry.value("SYSLOG_IDENTIFIER", "") == "caretakerd" ? 1 : 0;
  }
  EXPECT_EQ(of_the_daemon, 2U);
}

}  // namespace
}  // namespace caretaker
