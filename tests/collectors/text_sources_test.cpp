// SPDX-License-Identifier: MIT
// The traps of the small text files, and the tools that all collectors read with.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collector_host.h"
#include "collectors/keyed_states.h"
#include "collectors/meminfo.h"
#include "collectors/source_text.h"

namespace caretaker {
namespace {

TEST(MeminfoLine, HasAUnitOrIsACount) {
  EXPECT_EQ(parse_meminfo_line("MemTotal:  2 kB")->value, 2048U);
  EXPECT_TRUE(parse_meminfo_line("MemTotal:  2 kB")->bytes);
  EXPECT_FALSE(parse_meminfo_line("HugePages_Total:  2")->bytes);
  EXPECT_EQ(parse_meminfo_line("MemAvailable:  -1 kB"), std::nullopt);
  EXPECT_EQ(parse_meminfo_line("MemTotal:  18014398509481984 kB"), std::nullopt) << "2^64 bytes";
  EXPECT_EQ(parse_meminfo_line("MemTotal:  2 GB"), std::nullopt);
  EXPECT_EQ(parse_meminfo_line("Mem-Total:  2 kB"), std::nullopt);
  EXPECT_EQ(parse_meminfo_line("MemTotal 2 kB"), std::nullopt);
}

TEST(Memory, FollowsKeysThatAppearAndVanish) {
  CollectorHost host;
  host.create("memory");
  host.root.write("proc/meminfo", "MemTotal: 1 kB\nActive(anon): 2 kB\nHugePages_Free: 3\n");
  ASSERT_TRUE(host.collect());
  EXPECT_EQ(host.value("memory_Active_anon_bytes"), 2048.0);
  EXPECT_EQ(host.value("memory_HugePages_Free"), 3.0);
  host.root.write("proc/meminfo", "MemTotal: 1 kB\nZswap: 4 kB\nHugePages_Free: 5\n");
  ASSERT_TRUE(host.collect());
  EXPECT_EQ(host.value("memory_Active_anon_bytes"), std::nullopt);
  EXPECT_EQ(host.value("memory_Zswap_bytes"), 4096.0);
  EXPECT_EQ(host.value("memory_HugePages_Free"), 5.0);
}

TEST(Vmstat, MeasuresOnlyWhatIsWorthARow) {
  CollectorHost host;
  host.create("vmstat");
  host.root.write("proc/vmstat", "nr_free_pages 1\npgpgin 2\npgmajfault 3\noom_kill 18446744073709551615\n");
  ASSERT_TRUE(host.collect());
  ASSERT_EQ(host.batch.samples().size(), 3U);
  EXPECT_EQ(host.value("vmstat_pgmajfault"), 3.0);
  EXPECT_EQ(host.batch.samples()[2].value, Value(std::uint64_t{18446744073709551615ULL}));
}

TEST(Pressure, TakesEveryLineAsOptional) {
  CollectorHost host;
  host.create("pressure");
  host.root.write("proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1000000\n");
  host.root.write("proc/pressure/irq", "full avg10=0.00 avg60=0.00 avg300=0.00 total=2000000");
  ASSERT_EQ(host.collect(), Outcome::ok);
  EXPECT_EQ(host.batch.samples().size(), 2U);
  EXPECT_EQ(host.value("pressure_cpu_waiting_seconds_total"), 1.0);
  EXPECT_EQ(host.value("pressure_irq_stalled_seconds_total"), 2.0);
}

TEST(Pressure, IsNotAskedAgainWhereItIsOff) {
  CollectorHost host;
  host.create("pressure");
  ASSERT_EQ(host.collect(), Outcome::no_data);
  host.root.write("proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");
  EXPECT_EQ(host.collect(), Outcome::no_data) << "fixed at boot, so one question is enough";
}

TEST(WithoutSource, TellsWhatIsMissingFromWhatFailed) {
  for (const int code : {ENOENT, ENOTDIR, EOPNOTSUPP}) {
    EXPECT_EQ(without_source({.code = code, .message = "m"}), Outcome::no_data);
  }
  EXPECT_EQ(without_source({.code = EACCES, .message = "m"}).error().message, "m");
}

TEST(SourceLines, RemembersTheFirstLineThatMadeNoSense) {
  const std::string path = "/proc/x";
  SourceLines lines(path, "a\nb\nc\nd");
  std::string_view line;
  ASSERT_TRUE(lines.next(line) && lines.next(line));
  lines.reject();
  ASSERT_TRUE(lines.next(line));
  lines.reject();
  ASSERT_TRUE(lines.next(line));
  EXPECT_EQ(line, "d");
  EXPECT_FALSE(lines.next(line));
  EXPECT_EQ(lines.result(true).error().message, "/proc/x:2: unexpected text");
}

TEST(KeyedStates, RefusesKeysThatComeTwiceOrAreTooMany) {
  KeyedStates<int> states;
  states.begin_pass();
  EXPECT_NE(states.find_or_add("a", [] { return 1; }), nullptr);
  EXPECT_EQ(states.find_or_add("a", [] { return 2; }), nullptr);
  for (std::size_t i = 1; i < KeyedStates<int>::keys_max; ++i) {
    ASSERT_NE(states.find_or_add(std::to_string(i), [] { return 3; }), nullptr);
  }
  EXPECT_EQ(states.find_or_add("one more", [] { return 4; }), nullptr);
  states.end_pass();
  states.begin_pass();
  EXPECT_EQ(*states.find_or_add("a", [] { return 5; }), 1);
  states.end_pass();
  EXPECT_EQ(states.size(), 1U);
}

}  // namespace
}  // namespace caretaker
