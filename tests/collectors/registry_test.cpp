// SPDX-License-Identifier: MIT
// Every collector on its fixture, on an empty root and on a garbage root, without code per collector.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "collector_host.h"
#include "collectors/prometheus_text.h"

namespace caretaker {
namespace {

using ::testing::HasSubstr;

// With CARETAKER_UPDATE_EXPECTED=1 the expected files are written instead of compared.
void expect_equals_file(const std::string& actual, const std::filesystem::path& file) {
  if (std::getenv("CARETAKER_UPDATE_EXPECTED") != nullptr) {
    std::ofstream(file, std::ios::binary) << actual;
    return;
  }
  const auto expected = read_file(file.string());
  ASSERT_TRUE(expected) << expected.error().message;
  EXPECT_EQ(actual, *expected) << "run with CARETAKER_UPDATE_EXPECTED=1 when the change is meant";
}

SelfStats some_stats() {
  SelfStats stats;
  stats.jobs = {{.name = "cpu",
                 .runs = 10,
                 .failures = 1,
                 .missed = 2,
                 .last_duration_seconds = 0.00025,
                 .last_lateness_seconds = 0.000125,
                 .stuck = false},
                {.name = "filesystem",
                 .runs = 3,
                 .failures = 0,
                 .missed = 7,
                 .last_duration_seconds = 1.5,
                 .last_lateness_seconds = 0.5,
                 .stuck = true}};
  stats.samples_collected = 1000;
  stats.samples_delivered = 900;
  stats.samples_pending = 60;
  stats.samples_expired = 30;
  stats.samples_dropped = {{"queue_full", 4}, {"retention_size", 6}};
  stats.store_size_bytes = 1 << 20;
  stats.store_writable = true;
  return stats;
}

void expect_no_series_twice(const SampleBatch& batch) {
  std::set<std::int64_t> ids;
  for (const Sample& sample : batch.samples()) {
    EXPECT_TRUE(ids.insert(sample.series->id).second) << sample.series->metric << sample.series->labels;
  }
}

class EveryCollector : public ::testing::TestWithParam<const CollectorInfo*> {
 protected:
  [[nodiscard]] static std::filesystem::path fixture() { return fixtures / GetParam()->name; }

  CollectorHost host_;
};

TEST_P(EveryCollector, GivesTheExpectedSamplesOnItsFixture) {
  host_.copy(fixture());
  host_.self_stats = some_stats;
  host_.create(GetParam()->name);
  auto outcome = host_.collect();
  if (std::filesystem::exists(fixture() / "next")) {
    host_.copy(fixture() / "next");
    outcome = host_.collect();
  }
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(*outcome, Outcome::ok);
  EXPECT_EQ(host_.batch.not_finite(), 0U);
  expect_no_series_twice(host_.batch);
  expect_equals_file(prometheus_text({&host_.batch, 1}), fixture() / "expected.txt");
}

TEST_P(EveryCollector, DeclaresInItsTableWhatItGives) {
  host_.copy(fixture());
  host_.self_stats = some_stats;
  host_.create(GetParam()->name);
  ASSERT_TRUE(host_.collect());
  for (const Sample& sample : host_.batch.samples()) {
    EXPECT_TRUE(std::ranges::any_of(GetParam()->metrics, [&](const MetricInfo& metric) {
      const std::string_view fixed_part = metric.name.substr(0, metric.name.find('<'));
      return sample.series->metric.starts_with(fixed_part) && sample.series->help == metric.help;
    })) << sample.series->metric;
  }
}

TEST_P(EveryCollector, FindsNoDataOnAnEmptyHost) {
  host_.filesystem_space = read_filesystem_space;
  host_.create(GetParam()->name);
  const auto outcome = host_.collect();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(*outcome, Outcome::no_data);
  EXPECT_TRUE(host_.batch.samples().empty());
}

TEST_P(EveryCollector, NamesTheFileThatItMayNotRead) {
  host_.copy(fixture());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(host_.paths.procfs)) {
    if (!entry.is_regular_file()) continue;
    // A folder in the file's place: an error to read for root as well.
    std::filesystem::remove(entry.path());
    std::filesystem::create_directory(entry.path());
  }
  host_.create(GetParam()->name);
  const auto outcome = host_.collect();
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr(host_.paths.procfs));
}

// Damage of one kind at a random place of the text.
std::string damaged(const std::string& text, std::mt19937& random) {
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit == 0 ? 0 : limit - 1)(random);
  };
  constexpr std::array<std::string_view, 5> insertions = {"99999999999999999999999", "18446744073709551615",
                                                          " -1 ", "\n", " "};
  const std::size_t at = below(text.size());
  const std::string head = text.substr(0, at);
  const std::string tail = text.substr(at);
  const std::size_t kind = below(insertions.size() + 4);
  if (kind < insertions.size()) return head + std::string(insertions[kind]) + tail;
  if (kind == insertions.size()) return head;
  if (kind == insertions.size() + 1) return text + text;
  if (kind == insertions.size() + 2)
    return head + tail.substr(std::min<std::size_t>(tail.size(), below(100)));
  std::string noisy = text;
  constexpr int bytes = 20;
  for (int i = 0; i < bytes; ++i) noisy[below(noisy.size())] = static_cast<char>(below(256));
  return noisy;
}

std::string random_bytes(std::mt19937& random) {
  std::string text(std::uniform_int_distribution<std::size_t>(0, 20'000)(random), '\0');
  for (char& byte : text) byte = static_cast<char>(std::uniform_int_distribution<int>(0, 255)(random));
  return text;
}

TEST_P(EveryCollector, SurvivesGarbageAndNamesTheFile) {
  constexpr unsigned seeds = 40;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    CollectorHost host;
    host.copy(fixture());
    host.create(GetParam()->name);
    for (int tick = 0; tick < 3; ++tick) {
      const auto outcome = host.collect();
      if (!outcome) {
        EXPECT_THAT(outcome.error().message, HasSubstr(host.paths.procfs));
      }
      expect_no_series_twice(host.batch);
      for (const auto& entry : std::filesystem::recursive_directory_iterator(host.paths.procfs)) {
        if (!entry.is_regular_file()) continue;
        const std::string text = read_file(entry.path().string(), 8U << 20).value();
        const bool replace = text.empty() || seed % 10 == 9;
        std::ofstream(entry.path(), std::ios::binary)
            << (replace ? random_bytes(random) : damaged(text, random));
      }
    }
  }
}

std::vector<const CollectorInfo*> all_collectors() {
  std::vector<const CollectorInfo*> all;
  for (const CollectorInfo& info : collector_registry()) all.push_back(&info);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryCollector, ::testing::ValuesIn(all_collectors()),
                         [](const auto& test) { return std::string(test.param->name); });

TEST(Registry, IsSortedAndFindsCollectorsByName) {
  EXPECT_TRUE(std::ranges::is_sorted(collector_registry(), std::ranges::less(), &CollectorInfo::name));
  EXPECT_EQ(find_collector("memory")->name, "memory");
  EXPECT_EQ(find_collector("memories"), nullptr);
}

}  // namespace
}  // namespace caretaker
