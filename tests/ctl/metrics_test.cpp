// SPDX-License-Identifier: MIT
#include "ctl/canned.h"
#include "ctl/command_fixture.h"

namespace caretaker::ctl {
namespace {

using MetricsCommand = CommandTest;
using HistoryCommand = CommandTest;

TEST_F(MetricsCommand, PrintsATableWithHumanUnits) {
  daemon.answer("GET /v1/metrics", 200, canned::metrics);
  EXPECT_EQ(run({"metrics"}).out, R"(METRIC                 LABELS                           VALUE UNIT
cpu_seconds_total      cpu=0 mode=idle                12345.7 seconds
filesystem_avail_bytes mountpoint="/my disk"           15 GiB bytes
load1                                                     0.5
forks_total                                  9007199254740991
)");
}

TEST_F(MetricsCommand, EncodesTheGlob) {
  daemon.answer("GET /v1/metrics?glob=cpu%2A%26x", 200, R"({"metrics":[]})");
  const Ended ended = run({"metrics", "cpu*&x"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out, "no metrics match cpu*&x\n");
}

TEST_F(HistoryCommand, PrintsValuesAndTheirCourse) {
  daemon.answer("GET /v1/history?metric=load1&since_ms=1763698600000&limit=1000", 200, canned::history);
  const Ended ended = run({"history", "load1"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out, R"(TIME                VALUE
2025-11-21 05:16:10  0.25
2025-11-21 05:16:20   1.5
2025-11-21 05:16:30     3
2025-11-21 05:16:40     -

POINTS  MIN     AVG MAX COURSE SERIES
     3 0.25 1.58333   3 ▁▄█    load1

Only the newest 4 values; more with --limit.
)");
}

TEST_F(HistoryCommand, ShowsUnitAndLabelsWhereThereAreAny) {
  daemon.answer("GET /v1/history?metric=x&since_ms=1763698600000&limit=1000", 200, R"({"metric":"x",
      "unit":"bytes","points":[{"time_ms":0,"labels":{"d":"a"},"value":1024},
      {"time_ms":0,"labels":{"d":"b"},"value":2048}],"truncated":false})");
  EXPECT_EQ(run({"history", "x"}).out, R"(TIME                VALUE UNIT  LABELS
1970-01-01 00:00:00 1 KiB bytes d=a
1970-01-01 00:00:00 2 KiB bytes d=b

POINTS   MIN   AVG   MAX COURSE SERIES
     1 1 KiB 1 KiB 1 KiB ▁      d=a
     1 2 KiB 2 KiB 2 KiB ▁      d=b
)");
}

TEST_F(HistoryCommand, LeavesTheCourseOutWithoutUtf8) {
  daemon.answer("GET /v1/history?metric=load1&since_ms=1763698600000&limit=1000", 200, canned::history);
  utf8 = false;
  const std::string out = run({"history", "load1"}).out;
  EXPECT_EQ(out.find("▁"), std::string::npos) << out;
  EXPECT_NE(out.find("MIN"), std::string::npos) << out;
}

TEST_F(HistoryCommand, SendsLabelsTimeAndLimit) {
  const std::string target =
      "GET /v1/history?metric=cpu&since_ms=1763702190000&limit=5&label=a%3Db%3Dc&label=d%3D";
  daemon.answer(target, 200, R"({"metric":"cpu","unit":"","points":[],"truncated":false})");
  const Ended ended =
      run({"history", "cpu", "--since", "10s", "--limit", "5", "--label", "a=b=c", "--label", "d="});
  EXPECT_EQ(daemon.requests(), std::vector<std::string>{target});
  EXPECT_EQ(ended.out, "no values of cpu in the last 10s\n");
}

TEST_F(HistoryCommand, TakesTheMetricAlsoBehindALabel) {
  run({"history", "--label", "cpu=0", "cpu"});
  EXPECT_EQ(
      daemon.requests(),
      std::vector<std::string>{"GET /v1/history?metric=cpu&since_ms=1763698600000&limit=1000&label=cpu%3D0"});
}

}  // namespace
}  // namespace caretaker::ctl
