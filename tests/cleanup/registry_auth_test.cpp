// SPDX-License-Identifier: MIT
#include "cleanup/registry_auth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.h"

namespace caretaker {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view path = "/etc/caretaker/registries.json";

Result<RegistryAuth> parse(std::string_view text) {
  return RegistryAuth::parse(text, std::string(path));
}

// The expected values were made with basenc(1).
TEST(RegistryAuth, SendsUserAndPasswordAsBase64urlJson) {
  const auto auth = parse(R"({"auths":{"ghcr.io":{"auth":"Ym90OnMzY3JldA=="}}})");  // bot:s3cret
  ASSERT_TRUE(auth) << auth.error().message;
  const auto header = auth->header_for("ghcr.io/owner/app");
  ASSERT_TRUE(header);
  // {"password":"s3cret","serveraddress":"ghcr.io","username":"bot"}
  EXPECT_EQ(header->reveal(),
            "eyJwYXNzd29yZCI6InMzY3JldCIsInNlcnZlcmFkZHJlc3MiOiJnaGNyLmlvIiwidXNlcm5hbWUiOiJib3QifQ==");
}

TEST(RegistryAuth, UsesTheUrlAlphabet) {
  const auto auth = parse(R"({"auths":{"ghcr.io":{"username":"b","password":"\u00ff\u00ff?>~"}}})");
  ASSERT_TRUE(auth);
  const std::string header = auth->header_for("ghcr.io/a")->reveal();
  EXPECT_THAT(header, AllOf(Not(HasSubstr("+")), Not(HasSubstr("/"))));
  EXPECT_EQ(header, "eyJwYXNzd29yZCI6IsO_w78_Pn4iLCJzZXJ2ZXJhZGRyZXNzIjoiZ2hjci5pbyIsInVzZXJuYW1lIjoiYiJ9");
}

TEST(RegistryAuth, KnowsDockerHubByItsOldName) {
  const auto auth = parse(R"({"auths":{"https://index.docker.io/v1/":{"username":"u","password":"p"}}})");
  ASSERT_TRUE(auth);
  const std::string header = auth->header_for("ubuntu")->reveal();
  // {"password":"p","serveraddress":"https://index.docker.io/v1/","username":"u"}
  EXPECT_EQ(header,
            "eyJwYXNzd29yZCI6InAiLCJzZXJ2ZXJhZGRyZXNzIjoiaHR0cHM6Ly9pbmRleC5kb2NrZXIuaW8vdjEvIiwidXNlcm5hbWUi"
            "OiJ1In0=");
  for (const char* repository : {"owner/app", "docker.io/library/ubuntu", "index.docker.io/owner/app"}) {
    EXPECT_EQ(auth->header_for(repository)->reveal(), header) << repository;
  }
  EXPECT_TRUE(auth->header_for("ghcr.io/owner/app")->empty()) << "nothing goes to another registry";
}

TEST(RegistryAuth, SendsIdentityTokens) {
  const auto auth = parse(R"({"auths":{"reg.example:5000":{"auth":"PHRva2VuPjo=","identitytoken":"t0k"}}})");
  ASSERT_TRUE(auth) << auth.error().message;
  // {"identitytoken":"t0k","serveraddress":"reg.example:5000"}
  EXPECT_EQ(auth->header_for("reg.example:5000/app")->reveal(),
            "eyJpZGVudGl0eXRva2VuIjoidDBrIiwic2VydmVyYWRkcmVzcyI6InJlZy5leGFtcGxlOjUwMDAifQ==");
}

TEST(RegistryAuth, KeepsColonsOfPasswords) {
  const auto with = parse(R"({"auths":{"ghcr.io":{"auth":"Ym90OmE6Yg=="}}})");  // bot:a:b
  const auto same = parse(R"({"auths":{"ghcr.io":{"username":"bot","password":"a:b"}}})");
  ASSERT_TRUE(with && same);
  EXPECT_EQ(with->header_for("ghcr.io/a")->reveal(), same->header_for("ghcr.io/a")->reveal());
}

TEST(RegistryAuth, NeedsNoCredentials) {
  for (const char* text : {"{}", R"({"auths":{}})", R"({"auths":{"ghcr.io":{}}})", R"({"credHelpers":{}})"}) {
    const auto auth = parse(text);
    ASSERT_TRUE(auth) << text;
    ASSERT_TRUE(auth->header_for("ghcr.io/owner/app")) << text;
    EXPECT_TRUE(auth->header_for("ghcr.io/owner/app")->empty()) << text;
  }
  EXPECT_TRUE(RegistryAuth().header_for("ubuntu")->empty());
}

TEST(RegistryAuth, SaysThatHelpersAreNotRun) {
  const auto auth = parse(
      R"({"auths":{"ghcr.io":{"auth":"Ym90OnMzY3JldA=="},"quay.io":{}},"credHelpers":{"quay.io":"secretservice"}})");
  ASSERT_TRUE(auth);
  EXPECT_TRUE(auth->header_for("ghcr.io/owner/app"));
  EXPECT_TRUE(auth->header_for("ubuntu")) << "no helper has it";
  const auto header = auth->header_for("quay.io/owner/app");
  ASSERT_FALSE(header);
  EXPECT_THAT(header.error().message,
              AllOf(HasSubstr(std::string(path)), HasSubstr("quay.io"), HasSubstr("credential helper")));

  const auto store = parse(R"({"auths":{"ghcr.io":{}},"credsStore":"pass"})");
  ASSERT_TRUE(store);
  EXPECT_FALSE(store->header_for("ghcr.io/owner/app"));
}

TEST(RegistryAuth, RefusesWhatItCannotReadWithoutShowingIt) {
  for (const std::string text :
       {"", "s3cret", "[\"s3cret\"]", R"({"auths":"s3cret"})", R"({"auths":{"ghcr.io":"s3cret"}})",
        R"({"auths":{"ghcr.io":{"auth":"s3cret!"}}})", R"({"auths":{"ghcr.io":{"auth":"czNjcmV0"}}})",
        R"({"auths":{"ghcr.io":{"auth":"abcde"}}})", "{\"auths\":{\"ghcr.io\":{\"password\":\"s3cret\"}}"}) {
    const auto auth = parse(text);
    ASSERT_FALSE(auth) << text;
    EXPECT_THAT(auth.error().message,
                AllOf(HasSubstr(std::string(path)), Not(HasSubstr("s3cret")), Not(HasSubstr("czNjcmV0"))));
  }
}

TEST(RegistryAuth, ReadsAFileAndNamesOneThatItCannotRead) {
  const TempDir dir;
  const std::string file = dir.path("config.json");
  std::ofstream(file) << R"({"auths":{"ghcr.io":{"auth":"Ym90OnMzY3JldA=="}}})";
  const auto auth = RegistryAuth::load(file);
  ASSERT_TRUE(auth) << auth.error().message;
  EXPECT_FALSE(auth->header_for("ghcr.io/owner/app")->empty());
  const auto missing = RegistryAuth::load(dir.path("none.json"));
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("none.json"));
  std::ofstream(file) << std::string(auth_file_bytes_max + 1, ' ');
  EXPECT_FALSE(RegistryAuth::load(file)) << "larger than any such file";
}

TEST(RegistryOf, FindsTheHost) {
  EXPECT_EQ(registry_of("ubuntu"), "docker.io");
  EXPECT_EQ(registry_of("owner/app"), "docker.io");
  EXPECT_EQ(registry_of("docker.io/owner/app"), "docker.io");
  EXPECT_EQ(registry_of("ghcr.io/owner/app"), "ghcr.io");
  EXPECT_EQ(registry_of("localhost/app"), "localhost");
  EXPECT_EQ(registry_of("reg:5000/app"), "reg:5000");
}

}  // namespace
}  // namespace caretaker
