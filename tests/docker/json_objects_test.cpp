// SPDX-License-Identifier: MIT
#include "docker/json_objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace caretaker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

const std::string hex_a(64, 'a');
const std::string hex_b(64, 'b');
const std::string id_a = "sha256:" + hex_a;
const std::string id_b = "sha256:" + hex_b;

// `text` with A and B in place of whole ids.
std::string with_ids(std::string text) {
  for (const auto& [mark, hex] : {std::pair{"<A>", &hex_a}, std::pair{"<B>", &hex_b}}) {
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
      text.replace(at, 3, *hex);
    }
  }
  return text;
}

Image listed_image(const std::string& text, EngineKind kind = EngineKind::docker) {
  const Result<Image> image = parse_listed_image(with_ids(text), kind);
  EXPECT_TRUE(image.has_value()) << image.error().message;
  return image.value_or(Image{});
}

TEST(ListedImage, OfApi141HasPlaceholdersAndUnknownCounts) {
  const Image image = listed_image(R"({"Containers":-1,"Created":1700000000,"Id":"sha256:<A>",
      "Labels":{"maintainer":"me"},"ParentId":"sha256:<B>","RepoDigests":["<none>@<none>"],
      "RepoTags":["<none>:<none>"],"SharedSize":-1,"Size":4096,"VirtualSize":4096})");
  EXPECT_EQ(image.id, id_a);
  EXPECT_EQ(image.parent_id, id_b);
  EXPECT_THAT(image.tags, IsEmpty());
  EXPECT_THAT(image.digests, IsEmpty());
  EXPECT_EQ(image.created_ms, 1'700'000'000'000);
  EXPECT_EQ(image.tagged_ms, 0);
  EXPECT_EQ(image.size_bytes, 4096U);
  EXPECT_EQ(image.shared_bytes, std::nullopt);
  EXPECT_EQ(image.containers, std::nullopt);
  EXPECT_THAT(image.labels, ElementsAre(Pair("maintainer", "me")));
}

TEST(ListedImage, OfApi143HasEmptyListsAndSharedSize) {
  const Image image = listed_image(R"({"Containers":-1,"Created":1700000000,"Id":"sha256:<A>","Labels":null,
      "ParentId":"","RepoDigests":["nginx@sha256:<B>","a/nginx@sha256:<B>"],
      "RepoTags":["nginx:latest","nginx:1.25","nginx:latest"],"SharedSize":1024,"Size":4096,"VirtualSize":4096})");
  EXPECT_THAT(image.tags, ElementsAre("nginx:1.25", "nginx:latest"));
  EXPECT_THAT(image.digests, ElementsAre("a/nginx@sha256:" + hex_b, "nginx@sha256:" + hex_b));
  EXPECT_EQ(image.parent_id, "");
  EXPECT_EQ(image.shared_bytes, 1024U);
  EXPECT_THAT(image.labels, IsEmpty());
}

TEST(ListedImage, OfApi144HasNoVirtualSizeAndMayHaveNullLists) {
  const Image image = listed_image(
      R"({"Containers":0,"Created":0,"Id":"sha256:<A>","Labels":null,"ParentId":"","RepoDigests":null,
      "RepoTags":null,"SharedSize":0,"Size":0})");
  EXPECT_THAT(image.tags, IsEmpty());
  EXPECT_EQ(image.containers, 0U);
  EXPECT_EQ(image.shared_bytes, 0U);
  EXPECT_EQ(image.size_bytes, 0U);
  EXPECT_EQ(image.created_ms, 0);
}

TEST(ListedImage, OfApi148HasManifestsThatDoNotMatter) {
  const Image image = listed_image(R"({"Containers":-1,"Created":-62135596800,"Descriptor":{"mediaType":"x",
      "digest":"sha256:<A>","size":1},"Id":"sha256:<A>","Labels":{},"Manifests":[{"ID":"sha256:<B>","Available":true,
      "Size":{"Content":1,"Total":2},"Kind":"image","ImageData":{"Containers":["x"],"Size":{"Unpacked":1}}}],
      "ParentId":"","RepoDigests":["app@sha256:<A>"],"RepoTags":["app:1"],"SharedSize":-1,"Size":9000000000})");
  EXPECT_EQ(image.created_ms, -62'135'596'800'000);
  EXPECT_EQ(image.size_bytes, 9'000'000'000U);
  EXPECT_THAT(image.tags, ElementsAre("app:1"));
}

TEST(ListedImage, OfApi151And152CountsContainersAndMayLackTheParent) {
  EXPECT_EQ(listed_image(R"({"Containers":3,"Created":1,"Id":"sha256:<A>","ParentId":"","RepoDigests":[],
      "RepoTags":["app:1"],"SharedSize":1,"Size":2,"Labels":{}})")
                .containers,
            3U);
  const Image image =
      listed_image(R"({"Containers":2,"Created":1,"Id":"sha256:<A>","RepoTags":["app:1"],"Size":2})");
  EXPECT_EQ(image.containers, 2U);
  EXPECT_EQ(image.parent_id, "");
  EXPECT_EQ(image.shared_bytes, std::nullopt);
}

TEST(ListedImage, OfPodmanKnowsNothingOfSharing) {
  const Image image = listed_image(R"({"Id":"sha256:<A>","ParentId":"","RepoTags":["localhost/app:2",
      "localhost/app:1"],"RepoDigests":["localhost/app@sha256:<B>"],"Created":1795263077,"Size":1987655,
      "SharedSize":0,"VirtualSize":1987655,"Labels":null,"Containers":1,"Names":["localhost/app:1"],
      "Digest":"sha256:<B>","History":["localhost/app:2"]})",
                                   EngineKind::podman);
  EXPECT_EQ(image.shared_bytes, std::nullopt);
  EXPECT_EQ(image.containers, 1U);
  EXPECT_THAT(image.tags, ElementsAre("localhost/app:1", "localhost/app:2"));
}

TEST(ListedImage, OfPodman5MayHaveAnIdWithoutPrefix) {
  EXPECT_EQ(
      listed_image(R"({"Id":"<A>","ParentId":"<B>","RepoTags":[],"Created":1,"Size":1})", EngineKind::podman)
          .id,
      id_a);
}

TEST(ListedImage, KeepsAbsurdNumbersWithinRange) {
  const Image image = listed_image(R"({"Id":"sha256:<A>","Created":9223372036854775807,"Size":-5,
      "SharedSize":18446744073709551615,"Containers":99999999999})");
  EXPECT_EQ(image.created_ms, std::numeric_limits<std::int64_t>::max() / 1'000 * 1'000);
  EXPECT_EQ(image.size_bytes, std::nullopt);
  EXPECT_EQ(image.shared_bytes, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  EXPECT_EQ(image.containers, std::numeric_limits<std::uint32_t>::max());
}

TEST(ListedImage, IsRefusedWithoutAnIdOrWithWrongTypes) {
  for (const char* text :
       {R"({"RepoTags":["a:1"]})", R"({"Id":""})", R"({"Id":7})", R"({"Id":"nginx"})",
        R"({"Id":"sha256:abc"})", R"({"Id":"sha512:<A>"})", R"({"Id":"sha256:<A>","RepoTags":"a:1"})",
        R"({"Id":"sha256:<A>","RepoTags":[1]})", R"({"Id":"sha256:<A>","Size":"big"})",
        R"({"Id":"sha256:<A>","Size":1.5})", R"({"Id":"sha256:<A>","Created":"2 days ago"})",
        R"({"Id":"sha256:<A>","Labels":[]})", R"({"Id":"sha256:<A>","Labels":{"a":1}})", "[]", "null", "",
        "{", "{\"Id\":\"\xFF\"}"}) {
    EXPECT_FALSE(parse_listed_image(with_ids(text), EngineKind::docker).has_value()) << text;
  }
  EXPECT_THAT(parse_listed_image("{}", EngineKind::docker).error().message, HasSubstr("Id is missing"));
}

TEST(ShownImage, HasTagTimeLabelsAndParent) {
  const Result<Image> image = parse_shown_image(with_ids(R"({"Id":"sha256:<A>","RepoTags":["app:1"],
      "RepoDigests":[],"Parent":"sha256:<B>","Created":"2024-02-29T23:59:59.123456789Z","Size":7,"VirtualSize":7,
      "Config":{"Labels":{"k":"v"},"Env":null},"Metadata":{"LastTagTime":"2024-03-01T01:00:00+01:00"}})"),
                                                EngineKind::docker);
  ASSERT_TRUE(image.has_value()) << image.error().message;
  EXPECT_EQ(image->parent_id, id_b);
  EXPECT_EQ(image->created_ms, 1'709'251'199'123);
  EXPECT_EQ(image->tagged_ms, 1'709'251'200'000);
  EXPECT_EQ(image->size_bytes, 7U);
  EXPECT_THAT(image->labels, ElementsAre(Pair("k", "v")));
}

TEST(ShownImage, OfApi152MayLackNearlyEverything) {
  const Result<Image> image = parse_shown_image(
      with_ids(R"({"Id":"sha256:<A>","Config":null,"Metadata":{"LastTagTime":"0001-01-01T00:00:00Z"}})"),
      EngineKind::docker);
  ASSERT_TRUE(image.has_value()) << image.error().message;
  EXPECT_EQ(image->tagged_ms, 0);
  EXPECT_EQ(image->created_ms, 0);
  EXPECT_EQ(image->parent_id, "");
  EXPECT_EQ(image->size_bytes, std::nullopt);
}

TEST(ShownImage, IsRefusedWithATimeThatIsNone) {
  for (const char* text :
       {R"({"Id":"sha256:<A>","Created":"yesterday"})", R"({"Id":"sha256:<A>","Created":1})",
        R"({"Id":"sha256:<A>","Metadata":{"LastTagTime":7}})",
        R"({"Id":"sha256:<A>","Config":{"Labels":{"k":null}}})"}) {
    EXPECT_FALSE(parse_shown_image(with_ids(text), EngineKind::docker).has_value()) << text;
  }
}

TEST(ListedContainer, OfDockerHasImageMountsAndNetworks) {
  const Result<Container> container = parse_listed_container(
      with_ids(R"({"Id":"<B>","Names":["/other/alias","/web"],"Image":"nginx:1.25","ImageID":"sha256:<A>",
      "Command":"x","Created":1700000000,"State":"running","Status":"Up 1 hour","Labels":{"keep":"1"},
      "HostConfig":{"NetworkMode":"front"},"NetworkSettings":{"Networks":{"front":{"NetworkID":"n1"},
      "back":{"NetworkID":""},"odd":null}},"Mounts":[{"Type":"volume","Name":"data","Source":"/x"},
      {"Type":"bind","Source":"/etc"},{"Type":"tmpfs"},{"Type":"image","Name":"tools:1","Source":"/y"}]})"),
      EngineKind::docker);
  ASSERT_TRUE(container.has_value()) << container.error().message;
  EXPECT_EQ(container->id, hex_b);
  EXPECT_EQ(container->name, "web");
  EXPECT_EQ(container->image_id, id_a);
  EXPECT_EQ(container->image, "nginx:1.25");
  EXPECT_EQ(container->state, "running");
  EXPECT_EQ(container->created_ms, 1'700'000'000'000);
  EXPECT_THAT(container->labels, ElementsAre(Pair("keep", "1")));
  ASSERT_EQ(container->mounts.size(), 4U);
  EXPECT_EQ(container->mounts[0].type, ContainerMount::Type::volume);
  EXPECT_EQ(container->mounts[0].name, "data");
  EXPECT_EQ(container->mounts[1].type, ContainerMount::Type::other);
  EXPECT_EQ(container->mounts[2].type, ContainerMount::Type::other);
  EXPECT_EQ(container->mounts[3].type, ContainerMount::Type::image);
  EXPECT_EQ(container->mounts[3].name, "tools:1");
  EXPECT_THAT(container->networks, testing::UnorderedElementsAre("front", "n1", "back", "odd"));
}

TEST(ListedContainer, OfPodmanMayNameItsImageWhereAnIdBelongs) {
  const auto parse = [](const char* text) {
    return parse_listed_container(with_ids(text), EngineKind::podman);
  };
  EXPECT_EQ(parse(R"({"Id":"<B>","Image":"localhost/app:1","ImageID":"localhost/app:1"})")->image_id, "");
  EXPECT_EQ(parse(R"({"Id":"<B>","Image":"localhost/app:1","ImageID":"<A>"})")->image_id, id_a);
  EXPECT_EQ(parse(R"({"Id":"<B>","Image":"localhost/app:1","ImageID":"sha256:<A>"})")->image_id, id_a);
  EXPECT_EQ(parse(R"({"Id":"<B>","Image":"","ImageID":"localhost/app:1"})")->image, "localhost/app:1");
}

TEST(ListedContainer, WithoutNetworkOrMountsIsFine) {
  for (const char* text :
       {R"({"Id":"x"})", R"({"Id":"x","Names":null,"Mounts":null,"NetworkSettings":null,"HostConfig":null})",
        R"({"Id":"x","NetworkSettings":{"Networks":null},"HostConfig":{"NetworkMode":"container:y"}})",
        R"({"Id":"x","HostConfig":{"NetworkMode":"default"}})"}) {
    const Result<Container> container = parse_listed_container(text, EngineKind::docker);
    ASSERT_TRUE(container.has_value()) << container.error().message;
    EXPECT_THAT(container->networks, IsEmpty());
    EXPECT_THAT(container->mounts, IsEmpty());
  }
}

TEST(ListedContainer, IsRefusedWhenWhatItUsesCannotBeRead) {
  for (const char* text :
       {R"({"Image":"x"})", R"({"Id":"x","Mounts":{}})", R"({"Id":"x","Mounts":["y"]})",
        R"({"Id":"x","Mounts":[{"Type":7}]})", R"({"Id":"x","Mounts":[{"Type":"volume"}]})",
        R"({"Id":"x","Mounts":[{"Type":"volume","Name":["y"]}]})", R"({"Id":"x","NetworkSettings":[]})",
        R"({"Id":"x","NetworkSettings":{"Networks":["y"]}})",
        R"({"Id":"x","NetworkSettings":{"Networks":{"y":1}}})",
        R"({"Id":"x","NetworkSettings":{"Networks":{"y":{"NetworkID":1}}}})", R"({"Id":"x","ImageID":1})",
        R"({"Id":"x","Image":["y"]})", R"({"Id":"x","State":1})",
        R"({"Id":"x","HostConfig":{"NetworkMode":1}})", R"({"Id":"x","Names":"/y"})",
        R"({"Id":"x","Labels":{"keep":true}})"}) {
    EXPECT_FALSE(parse_listed_container(text, EngineKind::docker).has_value()) << text;
  }
}

TEST(ShownContainer, HasEndAndRestartPolicy) {
  const char* text = R"({"Id":"<B>","Created":"2024-02-29T23:59:59Z","Name":"/web","Image":"sha256:<A>",
      "State":{"Status":"exited","FinishedAt":"2024-03-01T00:00:00Z"},"Config":{"Image":"nginx","Labels":{"a":"b"}},
      "HostConfig":{"NetworkMode":"n","RestartPolicy":{"Name":"always","MaximumRetryCount":0}},
      "Mounts":[{"Type":"volume","Name":"data"}],"NetworkSettings":{"Networks":{"n":{"NetworkID":"id"}}}})";
  const Result<Container> container = parse_shown_container(with_ids(text), EngineKind::docker);
  ASSERT_TRUE(container.has_value()) << container.error().message;
  EXPECT_EQ(container->name, "web");
  EXPECT_EQ(container->image_id, id_a);
  EXPECT_EQ(container->image, "nginx");
  EXPECT_EQ(container->state, "exited");
  EXPECT_EQ(container->finished_ms, 1'709'251'200'000);
  EXPECT_TRUE(container->restarts);
  EXPECT_EQ(container->mounts.size(), 1U);
  EXPECT_THAT(container->networks, ElementsAre("n", "id"));
}

TEST(ShownContainer, DoesNotRestartByPolicyNoOrEmpty) {
  for (const char* text :
       {R"({"Id":"x"})", R"({"Id":"x","HostConfig":{"RestartPolicy":{"Name":"no"}}})",
        R"({"Id":"x","HostConfig":{"RestartPolicy":{"Name":""}}})", R"({"Id":"x","HostConfig":{}})"}) {
    const Result<Container> container = parse_shown_container(text, EngineKind::docker);
    ASSERT_TRUE(container.has_value()) << container.error().message;
    EXPECT_FALSE(container->restarts) << text;
  }
  EXPECT_FALSE(
      parse_shown_container(R"({"Id":"x","HostConfig":{"RestartPolicy":"always"}})", EngineKind::docker)
          .has_value());
}

TEST(Volume, IsAnonymousByLabelOrByItsName) {
  const auto anonymous = [](const std::string& text) {
    return parse_volume(with_ids(text), EngineKind::docker)->anonymous;
  };
  EXPECT_EQ(anonymous(R"({"Name":"data"})"), false);
  EXPECT_EQ(anonymous(R"({"Name":"data","Labels":{"com.docker.volume.anonymous":""}})"), true);
  EXPECT_EQ(anonymous(R"({"Name":"<A>"})"), true);
  EXPECT_EQ(anonymous(R"({"Name":"<A>a"})"), false);
  EXPECT_EQ(anonymous(R"({"Name":"A<A>"})"), false);
  EXPECT_EQ(anonymous(R"({"Name":")" + std::string(64, 'A') + "\"}"), false);
  EXPECT_EQ(anonymous(R"({"Name":")" + std::string(64, 'g') + "\"}"), false);
}

TEST(Volume, OfPodmanIsAnonymousByLibpodsWordOnly) {
  EXPECT_EQ(parse_volume(with_ids(R"({"Name":"<A>"})"), EngineKind::podman)->anonymous, std::nullopt);
  EXPECT_EQ(parse_libpod_volume(R"({"Name":"data","Anonymous":true})")->anonymous, true);
  EXPECT_EQ(parse_libpod_volume(with_ids(R"({"Name":"<A>","Anonymous":false})"))->anonymous, false);
  EXPECT_EQ(parse_libpod_volume(with_ids(R"({"Name":"<A>"})"))->anonymous, false);
  EXPECT_FALSE(parse_libpod_volume(R"({"Name":"data","Anonymous":"yes"})").has_value());
}

TEST(Volume, WithOptionsOrAnotherScopeHoldsSomethingElse) {
  const auto has_options = [](const char* text) {
    return parse_volume(text, EngineKind::docker)->has_options;
  };
  EXPECT_FALSE(has_options(R"({"Name":"v","Driver":"local","Options":null,"Scope":"local"})"));
  EXPECT_FALSE(has_options(R"({"Name":"v","Driver":"local","Options":{}})"));
  EXPECT_TRUE(has_options(R"({"Name":"v","Driver":"local","Options":{"type":"nfs"},"Scope":"local"})"));
  EXPECT_TRUE(has_options(R"({"Name":"v","Driver":"x","Scope":"global"})"));
  EXPECT_EQ(
      parse_volume(R"({"Name":"v","CreatedAt":"2024-02-29T23:59:59Z"})", EngineKind::docker)->created_ms,
      1'709'251'199'000);
  for (const char* text : {"{}", R"({"Name":"v","Options":[]})", R"({"Name":"v","CreatedAt":"x"})"}) {
    EXPECT_FALSE(parse_volume(text, EngineKind::docker).has_value()) << text;
  }
}

TEST(Network, KnowsWhatBelongsToTheEngine) {
  const auto predefined = [](const std::string& name, EngineKind kind) {
    return parse_listed_network(R"({"Id":"x","Name":")" + name + "\"}", kind)->predefined;
  };
  for (const char* name : {"bridge", "host", "none", "ingress", "docker_gwbridge"}) {
    EXPECT_TRUE(predefined(name, EngineKind::docker)) << name;
  }
  EXPECT_FALSE(predefined("podman", EngineKind::docker));
  EXPECT_FALSE(predefined("mine", EngineKind::docker));
  EXPECT_TRUE(predefined("podman", EngineKind::podman));
  EXPECT_TRUE(predefined("bridge", EngineKind::podman));  // what its compat API calls podman
  EXPECT_TRUE(parse_listed_network(R"({"Id":"x","Name":"my-ingress","Ingress":true})", EngineKind::docker)
                  ->predefined);
}

TEST(Network, CountsEndpointsOnlyWhereTheyAreTold) {
  const auto shown = [](const char* text) {
    return parse_shown_network(text, EngineKind::docker)->endpoints;
  };
  EXPECT_EQ(shown(R"({"Id":"x","Containers":{"a":{},"b":{}}})"), 2U);
  EXPECT_EQ(shown(R"({"Id":"x","Containers":{}})"), 0U);
  EXPECT_EQ(shown(R"({"Id":"x","Containers":null})"), 0U);
  EXPECT_EQ(shown(R"({"Id":"x"})"), std::nullopt);
  EXPECT_EQ(parse_listed_network(R"({"Id":"x","Containers":{}})", EngineKind::docker)->endpoints,
            std::nullopt);
  EXPECT_FALSE(parse_shown_network(R"({"Id":"x","Containers":[]})", EngineKind::docker).has_value());
}

TEST(BuildCacheRecord, IsInUseUnlessToldOtherwise) {
  const Result<BuildCacheRecord> record = parse_build_cache_record(
      R"({"ID":"abc","Parents":null,"Type":"regular","Description":"x","InUse":false,"Shared":true,"Size":7,
      "CreatedAt":"2024-02-29T23:59:59Z","LastUsedAt":null,"UsageCount":1})");
  ASSERT_TRUE(record.has_value()) << record.error().message;
  EXPECT_FALSE(record->in_use);
  EXPECT_TRUE(record->shared);
  EXPECT_EQ(record->size_bytes, 7U);
  EXPECT_EQ(record->created_ms, 1'709'251'199'000);
  EXPECT_EQ(record->last_used_ms, 0);
  EXPECT_TRUE(parse_build_cache_record(R"({"ID":"abc"})")->in_use);
  EXPECT_FALSE(parse_build_cache_record(R"({"ID":"abc","InUse":0})").has_value());
  EXPECT_FALSE(parse_build_cache_record(R"({"Type":"regular"})").has_value());
}

TEST(ImageId, HasOneForm) {
  EXPECT_EQ(canonical_image_id(id_a), id_a);
  EXPECT_EQ(canonical_image_id(hex_a), id_a);
  for (const std::string& text :
       {std::string(), std::string("sha256:"), hex_a.substr(1), hex_a + "a", "SHA256:" + hex_a,
        std::string(64, 'G'), id_a + " ", "sha256:sha256:" + hex_a}) {
    EXPECT_EQ(canonical_image_id(text), "") << text;
  }
}

}  // namespace
}  // namespace caretaker
