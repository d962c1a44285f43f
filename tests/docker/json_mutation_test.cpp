// SPDX-License-Identifier: MIT
// Answers that are damaged at random, by a fixed seed: nothing crashes, no list comes by half, and what is
// understood keeps the promises of docker/engine_objects.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "docker/json_answers.h"
#include "docker/json_objects.h"
#include "docker/json_splitter.h"

namespace caretaker {
namespace {

constexpr int rounds = 8'000;
constexpr unsigned seed = 20'260'901;

std::string container_text() {
  return R"({"Id":"c1","Names":["/web"],"Image":"nginx:1","ImageID":"sha256:)" + std::string(64, 'a') +
         R"(","Created":1700000000,"State":"running","Labels":{"k":"v\u00e9"},"Mounts":[{"Type":"volume","Name":)"
         R"("data"},{"Type":"bind"}],"NetworkSettings":{"Networks":{"n":{"NetworkID":"n1"}}}})";
}

std::string image_text() {
  return R"({"Id":"sha256:)" + std::string(64, 'b') +
         R"(","RepoTags":["nginx:1","<none>:<none>"],"RepoDigests":null,"Created":-5,"Size":12345678901,)"
         R"("SharedSize":-1,"Containers":0,"Labels":{"a":"\"]}"}})";
}

class Damage {
 public:
  std::string apply(std::string text) {
    const int changes = pick(1, 4);
    for (int change = 0; change < changes && !text.empty(); ++change) {
      const auto at = static_cast<std::size_t>(pick(0, static_cast<int>(text.size()) - 1));
      switch (pick(0, 5)) {
        case 0:
          text[at] = static_cast<char>(pick(0, 255));
          break;
        case 1:
          text.erase(at, static_cast<std::size_t>(pick(1, 20)));
          break;
        case 2:
          text.insert(at, 1, structure[static_cast<std::size_t>(pick(0, 9))]);
          break;
        case 3:
          text.resize(at);
          break;
        case 4:
          text[at] = structure[static_cast<std::size_t>(pick(0, 9))];
          break;
        default:
          text.insert(at, text.substr(at, static_cast<std::size_t>(pick(1, 40))));
          break;
      }
    }
    return text;
  }

  int pick(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }

 private:
  static constexpr std::string_view structure = "{}[]\",:\\n0";
  std::mt19937 random_{seed};
};

TEST(DamagedList, IsRefusedOrWhole) {
  const std::string text = "[" + container_text() + "," + container_text() + "," + container_text() + "]";
  Damage damage;
  int refused = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::string damaged = damage.apply(text);
    std::vector<Container> containers;
    JsonSplitter splitter = JsonSplitter::array(
        {{}}, {.object_bytes = 1U << 20, .objects = 100}, [&](std::string_view object) -> Result<> {
          Result<Container> container = parse_listed_container(object, EngineKind::docker);
          if (!container) return std::unexpected(container.error());
          containers.push_back(std::move(*container));
          return {};
        });
    Result<> result = splitter.push(damaged);
    if (result) result = splitter.finish();
    if (!result) {
      ++refused;
      continue;
    }
    // Only a repeated or removed element can change their number and leave JSON.
    for (const Container& container : containers) {
      ASSERT_FALSE(container.id.empty()) << damaged;
      for (const ContainerMount& mount : container.mounts) {
        ASSERT_TRUE(mount.type == ContainerMount::Type::other || !mount.name.empty()) << damaged;
      }
    }
  }
  EXPECT_GT(refused, rounds / 2);
  EXPECT_LT(refused, rounds);
}

TEST(DamagedObject, IsRefusedOrSound) {
  Damage damage;
  int understood = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::string damaged = damage.apply(image_text());
    const Result<Image> image = parse_listed_image(damaged, EngineKind::docker);
    if (!image) continue;
    ++understood;
    ASSERT_EQ(canonical_image_id(image->id), image->id) << damaged;
    ASSERT_TRUE(std::ranges::is_sorted(image->tags)) << damaged;
    for (const std::string& tag : image->tags) ASSERT_FALSE(tag.starts_with("<none>")) << damaged;
  }
  EXPECT_GT(understood, 0);
}

TEST(DamagedAnswer, NeverCrashesAnyReader) {
  const std::vector<std::string> texts = {
      R"({"Components":[{"Name":"Engine"}],"Version":"1","ApiVersion":"1.41","MinAPIVersion":"1.12"})",
      R"({"ID":"x","Driver":"o","DriverStatus":[["driver-type","io.containerd.s"]],"DockerRootDir":"/d",
      "Containerd":{"Address":"/run/docker/containerd/containerd.sock"},"Swarm":{"ControlAvailable":true}})",
      R"({"Type":"container","Action":"exec_die: x","Actor":{"ID":"c","Attributes":{"a":"b"}},"timeNano":17})",
      R"({"status":"s","id":"i","errorDetail":{"message":"m"}})",
      R"({"Spec":{"TaskTemplate":{"ContainerSpec":{"Image":"a:1"}}}})",
      R"({"CachesDeleted":["a"],"SpaceReclaimed":1})",
      R"({"Name":"v","Options":{"a":"b"},"CreatedAt":"2024-02-29T23:59:59Z","Anonymous":true})",
      R"({"Id":"n","Name":"x","Created":"2024-02-29T23:59:59.123+02:00","Containers":{"a":{}}})",
      container_text(),
      image_text()};
  Damage damage;
  std::size_t understood = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::string text =
        damage.apply(texts[static_cast<std::size_t>(damage.pick(0, static_cast<int>(texts.size()) - 1))]);
    Removed removed;
    understood += parse_version_answer(text).has_value() ? 1U : 0U;
    understood += parse_info(text, EngineKind::docker).has_value() ? 1U : 0U;
    understood += parse_event(text).has_value() ? 1U : 0U;
    understood += parse_pull_step(text).has_value() ? 1U : 0U;
    understood += parse_service_images(text).has_value() ? 1U : 0U;
    understood += parse_build_pruned(text).has_value() ? 1U : 0U;
    understood += parse_removed(text, removed).has_value() ? 1U : 0U;
    understood += parse_volume(text, EngineKind::docker).has_value() ? 1U : 0U;
    understood += parse_libpod_volume(text).has_value() ? 1U : 0U;
    understood += parse_shown_network(text, EngineKind::podman).has_value() ? 1U : 0U;
    understood += parse_shown_image(text, EngineKind::docker).has_value() ? 1U : 0U;
    understood += parse_shown_container(text, EngineKind::docker).has_value() ? 1U : 0U;
    understood += parse_build_cache_record(text).has_value() ? 1U : 0U;
    understood += parse_error_body(text).from_engine ? 1U : 0U;
  }
  EXPECT_GT(understood, 0U);
}

}  // namespace
}  // namespace caretaker
