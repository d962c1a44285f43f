// SPDX-License-Identifier: MIT
#include "ctl/doctor_report.h"

#include <gtest/gtest.h>

#include <sstream>

namespace caretaker::ctl {
namespace {

class DoctorReport : public testing::Test {
 protected:
  std::string print(std::size_t width) {
    std::ostringstream out;
    std::ostringstream error;
    print_checks({.out = out, .error = error, .colours = false, .utf8 = true, .width = width}, checks);
    return out.str();
  }
  std::vector<CheckedOff> checks = {
      {"config", {{Verdict::ok, "fine", ""}}},
      {"mysql-server",
       {{Verdict::error, "it is far too long for a line", "mend \x1b[2Jit soon"},
        {Verdict::skipped, "2 more", ""}}}};
};

TEST_F(DoctorReport, WrapsOnATerminalAndNamesEachCheckOnce) {
  EXPECT_EQ(print(45),
            "config        ok       fine\n"
            "mysql-server  error    it is far too long for\n"
            "                       a line\n"
            "                       -> mend \\u001b[2Jit\n"
            "                       soon\n"
            "              skipped  2 more\n"
            "\n"
            "1 error, 1 skipped, 1 ok\n");
}

TEST_F(DoctorReport, IsALinePerFindingInAFile) {
  EXPECT_EQ(print(0),
            "config        ok       fine\n"
            "mysql-server  error    it is far too long for a line -> mend \\u001b[2Jit soon\n"
            "mysql-server  skipped  2 more\n"
            "\n"
            "1 error, 1 skipped, 1 ok\n");
}

TEST_F(DoctorReport, IsOneObjectAsJson) {
  EXPECT_EQ(checks_json(checks),
            R"({"result":"error","error":1,"warning":0,"skipped":1,"note":0,"ok":1,"checks":[)"
            R"({"check":"config","result":"ok","found":"fine","fix":""},)"
            R"({"check":"mysql-server","result":"error","found":"it is far too long for a line",)"
            R"("fix":"mend \u001b[2Jit soon"},)"
            R"({"check":"mysql-server","result":"skipped","found":"2 more","fix":""}]})");
}

TEST_F(DoctorReport, EndsByTheWorstFinding) {
  EXPECT_EQ(exit_code_of(checks), ExitCode::doctor_errors);
  checks[1].findings[0].verdict = Verdict::warning;
  EXPECT_EQ(exit_code_of(checks), ExitCode::doctor_warnings);
  checks[1].findings[0].verdict = Verdict::note;
  EXPECT_EQ(exit_code_of(checks), ExitCode::ok);
}

}  // namespace
}  // namespace caretaker::ctl
