// SPDX-License-Identifier: MIT
#include <filesystem>

#include "ctl/canned.h"
#include "ctl/doctor_fixture.h"

namespace caretaker::ctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

using DoctorStore = DoctorTest;

TEST_F(DoctorStore, AFolderWithRoomIsWell) {
  dir.write("metrics.db", std::string(2048, 'x'));
  EXPECT_EQ(text(check_store_folder), "ok: " + dir.path("metrics.db") + ", 2 KiB\n");
}

TEST_F(DoctorStore, NeedsRoomToGrow) {
  dir.write("config.ini", "[store]\npath = " + dir.path("metrics.db") + "\nsize_max = 1G\n");
  EXPECT_EQ(text(check_store_folder),
            "warning: " + dir.path() +
                " has 512 MiB free; the store has 0 B and may grow to 1 GiB -> make room, "
                "or set [store] size_max lower\n");
  machine.room->avail_bytes = 63U << 20;
  machine.room->files_free = 0;
  const std::string found = text(check_store_folder);
  EXPECT_THAT(found, StartsWith("error: " + dir.path() + ": its file system has no inodes left"));
  EXPECT_THAT(found, HasSubstr("\nerror: " + dir.path() + " has 63 MiB free"));
  machine.room = fail_errno(EIO, "statvfs");
  EXPECT_THAT(text(check_store_folder), StartsWith("error: statvfs: Input/output error"));
}

TEST_F(DoctorStore, SaysWhoCannotWrite) {
  machine.refused = EACCES;
  EXPECT_EQ(text(check_store_folder),
            "error: the user caretaker cannot write there: there: Permission denied -> "
            "chown -R caretaker:caretaker " +
                dir.path() + "\n");
  machine.refused = EROFS;
  EXPECT_THAT(text(check_store_folder), HasSubstr("is on a file system that is mounted read-only"));
  machine.root = false;
  EXPECT_EQ(text(check_store_folder),
            "skipped: whether the user caretaker can write to " + dir.path() + " -> run it as root\n");
}

TEST_F(DoctorStore, NamesWhatWasMovedAside) {
  dir.write("metrics.db.corrupt-20251121T051640Z", "");
  dir.write("metrics.db.corrupt-20251121T051640Z-wal", "");
  EXPECT_THAT(
      text(check_store_folder),
      StartsWith("warning: a corrupt store was moved aside: metrics.db.corrupt-20251121T051640Z -> "));
}

TEST_F(DoctorStore, MissesTheFolder) {
  dir.write("config.ini", "[store]\npath = " + dir.path("gone/metrics.db") + "\n");
  EXPECT_THAT(text(check_store_folder),
              AllOf(StartsWith("error: " + dir.path("gone")), HasSubstr("install -d -o caretaker")));
  dir.write("gone", "");
  EXPECT_THAT(text(check_store_folder), StartsWith("error: " + dir.path("gone") + " is not a folder"));
}

TEST_F(DoctorStore, TheFirstStartMakesTheUsualFolder) {
  if (std::filesystem::exists("/var/lib/caretaker")) GTEST_SKIP() << "Caretaker is installed here";
  dir.write("config.ini", "");
  EXPECT_THAT(text(check_store_folder), StartsWith("note: /var/lib/caretaker is not there yet"));
}

TEST_F(DoctorStore, TellsWhatTheDaemonSaysOfItsStore) {
  daemon.answer("GET /v1/status", 200, canned::status_well);
  EXPECT_EQ(text(check_store), "ok: 1,234,567 samples, 567 wait for MySQL, none dropped\n");
  daemon.answer("GET /v1/status", 200, canned::status_ill);
  const std::string found = text(check_store);
  EXPECT_THAT(found, HasSubstr("error: it cannot be written: disk I/O error: No space left on device (1,500 "
                               "samples wait in memory) -> "));
  EXPECT_THAT(found, HasSubstr("warning: 60 samples were dropped: queue_full -> "));
  EXPECT_THAT(found, HasSubstr("warning: 40 samples were dropped: retention_age -> "));
  EXPECT_EQ(found.find("retention_size"), std::string::npos);
}

TEST_F(DoctorStore, TellsOfEveryJobThatIsNotWell) {
  daemon.answer("GET /v1/status", 200, canned::status_well);
  daemon.answer("GET /v1/jobs", 200, canned::jobs);
  const std::string found = text(check_jobs);
  EXPECT_THAT(found, HasSubstr("error: filesystem is stuck -> "));
  EXPECT_THAT(found, HasSubstr("warning: backup failed: exit status 2: no space -> caretakerctl run backup"));
  EXPECT_THAT(found, HasSubstr("note: mysql is paused -> caretakerctl start mysql"));
  EXPECT_EQ(found.find("cpu"), std::string::npos);
}

TEST_F(DoctorStore, CountsMissedTicksAndOldMeasurements) {
  std::string jobs = canned::jobs;
  jobs.replace(jobs.find(R"("runs":12345)"), 12, R"("runs":50000)");
  jobs.replace(jobs.find(R"("missed":0)"), 10, R"("missed":501)");
  daemon.answer("GET /v1/jobs", 200, jobs);
  daemon.answer("GET /v1/status", 200, canned::status_ill);
  const std::string found = text(check_jobs);
  EXPECT_THAT(found, StartsWith("error: the last measurement is 1m 40s old -> "));
  EXPECT_THAT(found, HasSubstr("warning: cpu missed 501 ticks in 50,000 runs"));
}

TEST_F(DoctorStore, AllJobsMayBeWellOrUnreadable) {
  daemon.answer("GET /v1/status", 200, canned::status_well);
  daemon.answer("GET /v1/jobs", 200, R"({"jobs":[{"name":"cpu","kind":"collectors","state":"idle","runs":5,
      "failures":0,"missed":0,"last_error":""}]})");
  EXPECT_EQ(text(check_jobs), "ok: 1, all well\n");
  daemon.answer("GET /v1/jobs", 500, R"({"error":{"code":"internal","message":"a bug","hint":""}})");
  EXPECT_THAT(text(check_jobs), StartsWith("error: a bug -> "));
}

}  // namespace
}  // namespace caretaker::ctl
