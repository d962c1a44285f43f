// SPDX-License-Identifier: MIT
// Side by side with `docker image prune -f` and `docker volume prune -f`, on two engines that were prepared
// in the same way: the table "Compared with" of docs/cleanup.md, with the settings that the daemon comes
// with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "docker/real_engine.h"
#include "e2e/cleanup_stand.h"

namespace caretaker {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

// The objects by their part in the table: ids of images, names of volumes.
using Cast = std::map<std::string, std::string>;

// What is there for more than a week.
Cast make_old(ContainerEngine& engine) {
  Cast cast;
  cast["dangling, old"] = make_dangling(engine, "app:1");
  cast["dangling, labelled"] = make_dangling(engine, "kept:1", {.labels = {{"caretaker.keep", "yes"}}});
  cast["of a created container"] = engine.import_image("created:1");
  engine.create_container("created:1");
  engine.import_image("created:1");
  cast["tagged"] = engine.import_image("tagged:1");
  cast["volume, orphaned long ago"] = make_orphaned_volume(engine, "app:1");
  engine.create_container("app:1", {"--name", "remade", "-v", "/data"});
  cast["volume, being remade"] = volume_of(engine, "remade");
  engine.docker({"volume", "create", "named"});
  cast["volume, named"] = "named";
  // To Docker it is anonymous: only its options speak for it.
  cast["volume, with options"] =
      engine.docker({"volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs"});
  return cast;
}

// What happens a moment before.
void make_young(ContainerEngine& engine, Cast& cast) {
  cast["dangling, young"] = make_dangling(engine, "young:1");
  engine.docker({"rm", "remade"});
}

bool is_there(const ContainerEngine& engine, const std::string& part, const std::string& id) {
  const char* kind = part.starts_with("volume") ? "volume" : "image";
  return engine.try_docker({kind, "inspect", id}).exit_status == 0;
}

std::set<std::string> gone(const ContainerEngine& engine, const Cast& cast) {
  std::set<std::string> parts;
  for (const auto& [part, id] : cast) {
    if (!is_there(engine, part, id)) parts.insert(part);
  }
  return parts;
}

class CleanupAndPrune : public CleanupStand, public testing::WithParamInterface<EngineKind> {};

INSTANTIATE_TEST_SUITE_P(, CleanupAndPrune, testing::Values(EngineKind::docker, EngineKind::podman),
                         [](const auto& engine) { return std::string(to_string(engine.param)); });

TEST_P(CleanupAndPrune, DifferAsTheTableOfTheManualSays) {
  const bool podman = GetParam() == EngineKind::podman;
  start_engine(GetParam());
  const std::unique_ptr<ContainerEngine> other = make_engine(GetParam());
  ContainerEngine& pruned = *other;
  Cast ours = make_old(engine());
  Cast theirs = make_old(pruned);
  start_daemon("[cleanup]\nmode = enforce\n");
  EXPECT_EQ(run().removed, 0) << "all of it was seen for the first time";
  let_pass(std::chrono::days(8));
  make_young(engine(), ours);
  make_young(pruned, theirs);

  auto reasons = plan().reasons;
  const SeenRun ran = run();
  EXPECT_EQ(ran.outcome, "ok") << ran.note;
  pruned.docker({"image", "prune", "-f"});
  pruned.docker({"volume", "prune", "-f"});

  EXPECT_THAT(gone(engine(), ours), UnorderedElementsAre("dangling, old", "volume, orphaned long ago"));
  std::set<std::string> taken = {"dangling, old",        "dangling, labelled",
                                 "dangling, young",      "volume, orphaned long ago",
                                 "volume, being remade", "volume, named"};
  if (podman) taken.insert("volume, with options");
  EXPECT_EQ(gone(pruned, theirs), taken);
  // Each that only prune takes stays for a reason, and so does what both leave.
  EXPECT_EQ(reasons[ours["dangling, labelled"]], "keep_label");
  EXPECT_EQ(reasons[ours["dangling, young"]], "too_young");
  EXPECT_EQ(reasons[ours["volume, being remade"]], "recently_used");
  EXPECT_EQ(reasons[ours["volume, named"]], "named");
  EXPECT_EQ(reasons[ours["of a created container"]], "in_use");
  EXPECT_EQ(reasons[podman ? "docker.io/library/tagged:1" : "tagged:1"], "keep_last");
  EXPECT_EQ(reasons[ours["volume, with options"]], podman ? "named" : "foreign_volume");
  EXPECT_EQ(reasons[ours["dangling, old"]], "dangling");
  EXPECT_EQ(reasons[ours["volume, orphaned long ago"]], "unused_too_long");

  // Prune finds nothing more that the policy would take, and what was young goes when it is old.
  let_pass(std::chrono::days(8));
  EXPECT_THAT(run().names("removed"),
              UnorderedElementsAre(ours["dangling, young"], ours["volume, being remade"]));
}

}  // namespace
}  // namespace caretaker
