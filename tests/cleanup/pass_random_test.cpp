// SPDX-License-Identifier: MIT
// What a dry run says is what the run does: in many random worlds.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "cleanup/cleanup_fixture.h"

namespace caretaker {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t worlds = 50;

class RandomPass : public CleanupTest, public testing::WithParamInterface<std::uint64_t> {
 protected:
  RandomPass() : CleanupTest(GetParam() % 2 == 0 ? ImageStore::graphdriver : ImageStore::containerd) {}

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(dice_() % limit); }
  bool percent(std::size_t chance) { return below(100) < chance; }

  void choose_policy() {
    policy.docker.containers = percent(50);
    policy.docker.container_exited_for = 1h;
    policy.docker.networks = percent(50);
    policy.docker.volumes = percent(50) ? VolumePolicy::all : VolumePolicy::anonymous;
    policy.docker.image_unused_for = percent(50) ? std::chrono::milliseconds(std::chrono::days(2)) : 0ms;
    policy.docker.keep_last = static_cast<int>(below(3));
    policy.cleanup.max_deletes = percent(20) ? 3 : 200;
    policy.cleanup.keep = {"keep/*"};
    begin();
  }

  void fill_engine() {
    std::vector<Image> images;
    for (int number = static_cast<int>(below(12)); number > 0; --number) {
      std::vector<std::string> tags;
      for (std::size_t tag = below(3); tag > 0; --tag) {
        tags.push_back(fmt::format("{}app{}:{}", percent(15) ? "keep/" : "", below(3),
                                   number * 10 + static_cast<int>(tag)));
      }
      images.push_back(fake_image(number, tags, (1 + below(100)) << 20));
      engine.put(images.back());
    }
    for (int number = static_cast<int>(below(5)); number > 0; --number) {
      engine.put(Volume{.name = percent(60) ? fmt::format("{:064x}", number) : fmt::format("data{}", number),
                        .driver = percent(90) ? "local" : "nfs",
                        .created_ms = 1'700'000'000'000});
      engine.put(Network{
          .id = fmt::format("{:064x}", number), .name = fmt::format("net{}", number), .driver = "bridge"});
      engine.put(BuildCacheRecord{.id = fmt::format("cache{}", number),
                                  .type = "regular",
                                  .size_bytes = 1'000'000,
                                  .in_use = percent(30),
                                  .created_ms = 1'700'000'000'000,
                                  .last_used_ms = 1'700'000'000'000});
    }
    for (int number = 1; !images.empty() && number <= static_cast<int>(below(4)); ++number) {
      engine.put(fake_container(number, images[below(images.size())], percent(50) ? "running" : "exited"));
    }
  }

  // Every object that is there.
  [[nodiscard]] std::set<std::string> present() const {
    std::set<std::string> found;
    for (const Image& image : engine.images()) found.insert("image " + image.id);
    for (const Container& container : engine.containers()) found.insert("container " + container.id);
    for (const Volume& volume : engine.volumes()) found.insert("volume " + volume.name);
    for (const Network& network : engine.networks()) found.insert("network " + network.id);
    return found;
  }

  static std::set<std::string> planned(const CleanupReport& report) {
    std::set<std::string> found;
    for (const PlannedAction& action : report.plan.actions) {
      const Verdict& verdict = report.plan.verdicts[action.verdict];
      found.insert(fmt::format("{} {}", to_string(verdict.kind), verdict.id));
    }
    return found;
  }

 private:
  std::mt19937_64 dice_{GetParam()};
};

TEST_P(RandomPass, DoesWhatTheDryRunSaid) {
  choose_policy();
  fill_engine();
  connect_and_age(std::chrono::days(20));
  const std::set<std::string> before = present();

  const auto dry = wish(CleanupWish::Kind::dry_run);
  ASSERT_TRUE(dry) << dry.error().message;
  EXPECT_EQ(present(), before);
  EXPECT_TRUE(changes().empty());
  const auto real = wish(CleanupWish::Kind::run);
  ASSERT_TRUE(real) << real.error().message;
  EXPECT_EQ(planned(*dry), planned(*real));
  EXPECT_EQ(dry->run.bytes_min, real->run.bytes_min);
  ASSERT_EQ(dry->plan.actions.size(), real->plan.actions.size());
  for (std::size_t index = 0; index < dry->plan.actions.size(); ++index) {
    EXPECT_EQ(dry->plan.actions[index].targets, real->plan.actions[index].targets);
  }

  std::set<std::string> expected = before;
  for (const std::string& object : planned(*real)) expected.erase(object);
  EXPECT_EQ(present(), expected);
  EXPECT_EQ(real->run.failed + real->run.kept, 0U) << real->run.note;
  EXPECT_EQ(real->run.outcome, real->run.planned == 0 ? "nothing" : "ok");

  // What a container or a limit kept before may go now; then there is nothing left.
  for (int rest = 0; rest < 20 && wish(CleanupWish::Kind::run)->run.planned != 0; ++rest) {
  }
  (void)changes();
  const auto last = wish(CleanupWish::Kind::run);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->run.outcome, "nothing");
  EXPECT_TRUE(changes().empty());
}

INSTANTIATE_TEST_SUITE_P(Worlds, RandomPass, testing::Range(std::uint64_t{1}, worlds + 1));

}  // namespace
}  // namespace caretaker
