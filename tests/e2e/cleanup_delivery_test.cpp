// SPDX-License-Identifier: MIT
// What cleanup did arrives in a real database server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/cleanup_stand.h"
#include "e2e/views.h"
#include "support/eventually.h"
#include "support/mariadb_server.h"

namespace caretaker {
namespace {

using testing::ElementsAre;

using CleanupDelivery = CleanupStand;

TEST_F(CleanupDelivery, RunsAndActionsArriveWithWhatCameOfThem) {
  start_engine();
  MariadbServer server;
  daemon.write("config.d/mysql.ini", "[mysql]\nsocket = " + server.socket() +
                                         "\nuser = root\ndatabase = monitor\nflush_interval = 150ms\n");
  start_daemon(enforcing_at_once);
  const std::string dangling = dangling_image("app:1");
  const SeenRun ran = run();
  ASSERT_EQ(ran.outcome, "ok") << ran.note;
  const std::string of_run = " WHERE run_id = " + std::to_string(ran.run_id);
  ASSERT_TRUE(eventually([&] {
    return server.value("SELECT COUNT(*) FROM monitor.cleanup_runs" + of_run + " AND outcome = 'ok'") == "1";
  })) << daemon.err();
  EXPECT_THAT(server.query("SELECT `trigger`, mode, planned, removed, ended_at >= time, avail_bytes_after > 0"
                           " FROM monitor.cleanup_runs" +
                           of_run),
              ElementsAre(ElementsAre("manual", "enforce", "1", "1", "1", "1")));
  EXPECT_THAT(server.query("SELECT number, kind, object_id, reason, state, http_status, ended_at >= time"
                           " FROM monitor.cleanup_actions" +
                           of_run),
              ElementsAre(ElementsAre("1", "image", dangling, "dangling", "removed", "200", "1")));
  EXPECT_EQ(server.value("SELECT COUNT(*) FROM monitor.events WHERE kind = 'cleanup_ran'"), "1");
  ASSERT_EQ(daemon.stop(), 0) << daemon.err();
  expect_balanced(daemon);
}

}  // namespace
}  // namespace caretaker
