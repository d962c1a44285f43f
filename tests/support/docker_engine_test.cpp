// SPDX-License-Identifier: MIT
// What the tests of cleanup rely on.
#include "support/docker_engine.h"

#include <gtest/gtest.h>
#include <sys/statvfs.h>

namespace caretaker {
namespace {

constexpr std::uint64_t disk_bytes = 64U << 20;

struct statvfs disk_of(const DockerEngine& engine) {
  struct statvfs disk{};
  if (::statvfs(engine.root().c_str(), &disk) != 0) throw std::runtime_error("no disk");
  return disk;
}

TEST(DockerEngine, HasADiskOfItsOwnThatOutlivesARestart) {
  if (const std::string hindrance = ContainerEngine::hindrance(); !hindrance.empty()) {
    GTEST_SKIP() << hindrance;
  }
  DockerEngine engine(disk_bytes);
  const struct statvfs before = disk_of(engine);
  EXPECT_EQ(before.f_blocks * before.f_frsize, disk_bytes);
  const std::string id = engine.import_image("app:1", {.payload_bytes = 8U << 20});
  EXPECT_LT((disk_of(engine).f_bavail + (8U << 20) / before.f_frsize), before.f_bavail);
  const std::string container = engine.run_container("app:1");
  engine.restart();
  EXPECT_EQ(engine.image_id("app:1"), id);
  EXPECT_EQ(engine.docker({"container", "inspect", "--format", "{{.State.Status}}", container}), "exited");
  engine.docker({"rm", container});
  engine.docker({"rmi", id});
  EXPECT_GT((disk_of(engine).f_bavail + (2U << 20) / before.f_frsize), before.f_bavail);
}

}  // namespace
}  // namespace caretaker
