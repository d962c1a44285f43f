// SPDX-License-Identifier: MIT
#include "docker/engine_failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/cleanup_record.h"
#include "base/text.h"

namespace caretaker {
namespace {

std::string said(const std::string& message) {
  std::string body = "{\"message\":";
  append_json_string(body, message);
  return body + "}\n";
}

struct Case {
  int status;
  const char* message;
  EngineProblem problem;
};

// The words of dockerd 20.10 to 29 and of Podman 4.3 to 5.
TEST(StatusError, KnowsWhatEnginesMean) {
  constexpr auto cases = std::to_array<Case>({
      {400, "client version 1.54 is too new. Maximum supported API version is 1.41",
       EngineProblem::unsupported},
      {400,
       "client version 1.40 is too old. Minimum supported API version is 1.44, please upgrade your client",
       EngineProblem::unsupported},
      {400, "invalid filter 'x'", EngineProblem::refused},
      {403, "error while removing network: network n id 00ff has active endpoints", EngineProblem::in_use},
      {403, "bridge is a pre-defined network and cannot be removed", EngineProblem::refused},
      {403, "Forbidden by administrative rules", EngineProblem::forbidden},
      {404, "No such image: nope:1", EngineProblem::not_found},
      {404, "get nope: no such volume", EngineProblem::not_found},
      {404, "network nope not found", EngineProblem::not_found},
      {404, "page not found", EngineProblem::unsupported},
      {405, "method not allowed", EngineProblem::refused},
      {409, "a prune operation is already running", EngineProblem::prune_running},
      {409, "conflict: unable to delete 0b60 (must be forced) - image is referenced in multiple repositories",
       EngineProblem::in_use},
      {409,
       "conflict: unable to delete 0b60 (cannot be forced) - image is being used by running container 6dfc",
       EngineProblem::in_use},
      {409,
       "conflict: unable to delete 0b60 (must be forced) - image is being used by stopped container 6dfc",
       EngineProblem::in_use},
      {409, "conflict: unable to delete 0b60 (cannot be forced) - image has dependent child images",
       EngineProblem::in_use},
      {409,
       "conflict: unable to remove repository reference \"a:1\" (must force) - container 6d is using its "
       "referenced "
       "image 0b",
       EngineProblem::in_use},
      {409, "remove named: volume is in use - [6dfc]", EngineProblem::in_use},
      {409,
       "You cannot remove a running container 6dfc. Stop the container before attempting removal or force "
       "remove",
       EngineProblem::in_use},
      {409, "removal of container x is already in progress", EngineProblem::in_use},
      {409, "image localhost/a:1 is in use: image used by 4c1b: image is in use by a container",
       EngineProblem::in_use},
      {500, "\"n1\" has associated containers with it. Use -f to forcibly delete: network is being used",
       EngineProblem::in_use},
      {500, "unable to delete image \"x\" by ID with more than one tag ([a b]): please force removal",
       EngineProblem::in_use},
      {500,
       "cannot remove container x as it is running - running or paused containers cannot be removed without "
       "force: "
       "container state improper",
       EngineProblem::in_use},
      {500, "write /var/lib/docker: no space left on device", EngineProblem::failed},
      {429, "caretaker-docker-gate: more changes than 1000 at once", EngineProblem::throttled},
      {502, "caretaker-docker-gate: the engine's socket /run/docker.sock: Connection refused",
       EngineProblem::unreachable},
      {501, "not implemented", EngineProblem::unsupported},
      {503, "This node is not a swarm manager. Use \"docker swarm init\"", EngineProblem::unsupported},
      {503, "daemon is shutting down", EngineProblem::failed},
      {302, "moved", EngineProblem::garbage},
      {101, "upgraded", EngineProblem::garbage},
  });
  for (const Case& expected : cases) {
    const EngineError error = status_error("DELETE /x", expected.status, said(expected.message), true);
    EXPECT_EQ(error.problem, expected.problem) << expected.message << ": " << to_string(error.problem);
    EXPECT_EQ(error.http_status, expected.status);
    EXPECT_THAT(error.message, testing::StartsWith("DELETE /x: " + std::string(expected.message)));
  }
}

TEST(StatusError, NeverTakesAMissingRouteForAMissingObject) {
  EXPECT_EQ(status_error("GET /images/json", 404, said("No such image"), false).problem,
            EngineProblem::unsupported);
  EXPECT_EQ(status_error("DELETE /x", 404, "Not Found", true).problem, EngineProblem::unsupported);
  EXPECT_EQ(status_error("DELETE /x", 404, "", true).problem, EngineProblem::unsupported);
  EXPECT_EQ(status_error("DELETE /x", 404, "<html>404</html>", true).problem, EngineProblem::unsupported);
}

TEST(StatusError, HasWordsWithoutABody) {
  EXPECT_EQ(status_error("GET /info", 502, "", false).message, "GET /info: (HTTP 502)");
  EXPECT_EQ(status_error("GET /info", 502, "Bad Gateway\n", false).message,
            "GET /info: Bad Gateway (HTTP 502)");
}

TEST(EngineErrorMessage, IsOneLineOfBoundedUtf8) {
  EXPECT_EQ(engine_error(EngineProblem::failed, "GET /info", "a\r\nb\x1B[31m\x7F\t").message,
            "GET /info: a  b [31m");
  EXPECT_EQ(engine_error(EngineProblem::failed, "x", "caf\xC3\xA9").message, "x: caf\xC3\xA9");
  EXPECT_EQ(engine_error(EngineProblem::failed, "x", "caf\xC3").message, "x: caf?");
  for (std::size_t shift = 0; shift < 3; ++shift) {
    std::string text(shift, 'a');
    while (text.size() < 2 * engine_message_bytes_max) text += "\xE2\x82\xAC";
    const std::string message = engine_error(EngineProblem::failed, "x", text).message;
    EXPECT_LE(message.size(), engine_message_bytes_max);
    EXPECT_GT(message.size(), engine_message_bytes_max - 8);
    EXPECT_TRUE(is_valid_utf8(message));
    EXPECT_TRUE(message.ends_with("..."));
  }
}

}  // namespace
}  // namespace caretaker
