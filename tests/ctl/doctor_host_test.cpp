// SPDX-License-Identifier: MIT
#include <filesystem>

#include "ctl/doctor_fixture.h"

namespace caretaker::ctl {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

using DoctorHost = DoctorTest;

TEST_F(DoctorHost, AsksTheKernelForItsClock) {
  EXPECT_EQ(text(check_clock), "ok: synchronised, right within 31.2 ms\n");
  machine.clock_facts->error_max_us = 1'500'000;
  EXPECT_THAT(text(check_clock), StartsWith("warning: right within 1.5 s -> timedatectl"));
  machine.clock_facts->synchronised = false;
  EXPECT_THAT(text(check_clock), StartsWith("warning: nothing keeps the clock right"));
  machine.clock_facts = fail_errno(EPERM, "adjtimex");
  EXPECT_THAT(text(check_clock), StartsWith("skipped: adjtimex"));
}

TEST_F(DoctorHost, AClockBeforeCaretakerIsWrong) {
  Patient patient({.config_file = config_file(), .socket = {}, .collector_names = {}, .now_ms = 1000},
                  machine);
  const Findings findings = check_clock(patient);
  EXPECT_EQ(findings.front().verdict, Verdict::error);
  EXPECT_EQ(findings.front().found, "it is 1970-01-01 00:00:01 by the clock: wrong");
}

TEST_F(DoctorHost, LooksForPressure) {
  EXPECT_THAT(text(check_pressure), StartsWith("note: the kernel does not measure it"));
  dir.write("proc/pressure/cpu", "");
  EXPECT_EQ(text(check_pressure), "ok: measured\n");
}

TEST_F(DoctorHost, LooksForCgroupV2) {
  EXPECT_THAT(text(check_cgroup), StartsWith("note: cgroup v2 is not mounted"));
  dir.write("sys/fs/cgroup/cgroup.controllers", "");
  EXPECT_EQ(text(check_cgroup), "ok: v2\n");
}

TEST_F(DoctorHost, LooksForAJournalThatIsKept) {
  EXPECT_THAT(text(check_journal), StartsWith("note: kept in memory only"));
  std::filesystem::create_directories(dir.path("root/var/log/journal"));
  EXPECT_EQ(text(check_journal), "ok: kept in /var/log/journal\n");
}

TEST_F(DoctorHost, AMachineIdTellsHostsApart) {
  EXPECT_THAT(text(check_machine_id), StartsWith("error: "));
  const auto with = [this](const std::string& id) {
    dir.write("root/etc/machine-id", id + "\n");
    return text(check_machine_id);
  };
  EXPECT_EQ(with("3d1219c7a9b14c5fb6c1d2e3f4a5b6c7"), "ok: 3d1219c7...\n");
  EXPECT_THAT(with(""), HasSubstr("holds no id yet"));
  EXPECT_THAT(with("uninitialized"), HasSubstr("holds no id yet"));
  EXPECT_THAT(with("3D1219C7A9B14C5FB6C1D2E3F4A5B6C7"), HasSubstr("is not 32 lower-case hexadecimal digits"));
  EXPECT_THAT(with(std::string(32, '0')), HasSubstr("is a placeholder of an image"));
}

}  // namespace
}  // namespace caretaker::ctl
