// SPDX-License-Identifier: MIT
#include "docker/request_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "docker/request_target.h"

namespace caretaker {
namespace {

struct Request {
  const char* method;
  const char* target;
};

bool allowed(std::string_view method, const std::string& target) {
  return check_engine_request(method, target).has_value();
}

std::string prune(const std::string& filters) {
  return "/v1.41/build/prune?filters=" + percent_encode(filters);
}

TEST(RequestRules, AllowWhatCleanupNeeds) {
  constexpr auto requests = std::to_array<Request>({
      {"GET", "/_ping"},
      {"GET", "/version"},
      {"GET", "/v1.41/version"},
      {"GET", "/v1.41/info"},
      {"GET", "/v1.41/events?since=1700000000.000000001&filters=%7B%22type%22%3A%5B%22image%22%5D%7D"},
      {"GET", "/v1.52/images/json?all=0&shared-size=1"},
      {"GET", "/v1.41/images/json"},
      {"GET", "/v1.41/images/nginx:1.25/json"},
      {"GET", "/v1.41/images/ghcr.io/owner/app:1/json"},
      {"GET", "/v1.41/images/ghcr.io%2Fowner%2Fapp:1/json"},
      {"GET", "/v1.41/images/sha256:00ff/json"},
      {"GET", "/v1.41/containers/json?all=1"},
      {"GET", "/v1.41/containers/00ff/json"},
      {"GET", "/v1.41/volumes"},
      {"GET", "/v1.41/volumes/data.1_x-y"},
      {"GET", "/v1.41/networks"},
      {"GET", "/v1.41/networks/00ff"},
      {"GET", "/v1.41/services"},
      {"GET", "/v1.42/system/df?type=build-cache"},
      {"GET", "/v1.52/system/df?type=build-cache&verbose=1"},
      {"GET", "/v4.0.0/libpod/volumes/json"},
      {"GET", "/v4.3.1/libpod/volumes/data/json"},
      {"GET", "/v4.0.0/libpod/info"},
      {"GET", "/libpod/_ping"},
      {"POST", "/v1.41/images/create?fromImage=ghcr.io%2Fowner%2Fapp&tag=1"},
      {"POST", "/v1.41/images/create?fromImage=nginx&tag=sha256%3A00ff&platform=linux%2Farm64"},
      {"DELETE", "/v1.41/images/nginx:1.25?noprune=1"},
      {"DELETE", "/v1.41/images/localhost:5000/a/b:1?noprune=1"},
      {"DELETE", "/v1.41/volumes/data"},
      {"DELETE", "/v1.41/networks/00ff"},
      {"DELETE", "/v1.41/containers/00ff"},
      {"DELETE", "/v1.41/containers/00ff?v=0"},
  });
  for (const Request& request : requests) {
    const Result<> result = check_engine_request(request.method, request.target);
    EXPECT_TRUE(result.has_value()) << request.method << ' ' << request.target << ": "
                                    << result.error().message;
  }
  EXPECT_TRUE(allowed("POST", prune(R"({"until":["168h"]})")));
  EXPECT_TRUE(allowed("POST", prune(R"({"unused-for":["604800s"]})")));
}

// Everything else that engines offer and that could do harm, by their own references of the API.
TEST(RequestRules, RefuseWhatChangesAnythingElse) {
  constexpr auto requests = std::to_array<Request>({
      {"POST", "/v1.41/containers/create"},
      {"POST", "/v1.41/containers/create?name=x"},
      {"POST", "/v1.41/containers/00ff/start"},
      {"POST", "/v1.41/containers/00ff/stop"},
      {"POST", "/v1.41/containers/00ff/restart"},
      {"POST", "/v1.41/containers/00ff/kill"},
      {"POST", "/v1.41/containers/00ff/exec"},
      {"POST", "/v1.41/containers/00ff/update"},
      {"POST", "/v1.41/containers/00ff/rename?name=x"},
      {"POST", "/v1.41/containers/00ff/pause"},
      {"POST", "/v1.41/containers/00ff/attach"},
      {"POST", "/v1.41/containers/prune"},
      {"PUT", "/v1.41/containers/00ff/archive?path=/"},
      {"GET", "/v1.41/containers/00ff/archive?path=/"},
      {"GET", "/v1.41/containers/00ff/export"},
      {"GET", "/v1.41/containers/00ff/logs"},
      {"GET", "/v1.41/containers/00ff/top"},
      {"GET", "/v1.41/containers/00ff/attach/ws"},
      {"POST", "/v1.41/exec/00ff/start"},
      {"POST", "/v1.41/images/prune"},
      {"POST", "/v1.41/images/prune?filters=%7B%22dangling%22%3A%5B%22true%22%5D%7D"},
      {"POST", "/v1.41/images/load"},
      {"POST", "/v1.41/images/nginx/push"},
      {"POST", "/v1.41/images/nginx/tag?repo=x&tag=y"},
      {"GET", "/v1.41/images/get?names=nginx"},
      {"GET", "/v1.41/images/nginx/get"},
      {"GET", "/v1.41/images/search?term=nginx"},
      {"POST", "/v1.41/volumes/prune"},
      {"POST", "/v1.41/volumes/create"},
      {"PUT", "/v1.41/volumes/data?version=1"},
      {"POST", "/v1.41/networks/prune"},
      {"POST", "/v1.41/networks/create"},
      {"POST", "/v1.41/networks/00ff/connect"},
      {"POST", "/v1.41/networks/00ff/disconnect"},
      {"POST", "/v1.41/build"},
      {"POST", "/v1.41/build/cancel?id=x"},
      {"POST", "/v1.41/commit?container=x"},
      {"POST", "/v1.41/auth"},
      {"POST", "/v1.41/swarm/init"},
      {"POST", "/v1.41/swarm/leave?force=1"},
      {"DELETE", "/v1.41/services/x"},
      {"POST", "/v1.41/services/create"},
      {"GET", "/v1.41/secrets"},
      {"DELETE", "/v1.41/secrets/x"},
      {"DELETE", "/v1.41/configs/x"},
      {"DELETE", "/v1.41/nodes/x"},
      {"DELETE", "/v1.41/plugins/x"},
      {"POST", "/v1.41/plugins/pull?remote=x"},
      {"POST", "/v1.41/session"},
      {"POST", "/v1.41/grpc"},
      {"GET", "/v1.41/distribution/nginx/json"},
      {"DELETE", "/v4.0.0/libpod/images/remove?all=true"},
      {"DELETE", "/v4.0.0/libpod/images/nginx"},
      {"DELETE", "/v4.0.0/libpod/volumes/data"},
      {"DELETE", "/v4.0.0/libpod/pods/x"},
      {"DELETE", "/v4.0.0/libpod/containers/x"},
      {"POST", "/v4.0.0/libpod/system/prune"},
      {"POST", "/v4.0.0/libpod/volumes/prune"},
      {"GET", "/v4.0.0/libpod/containers/json"},
  });
  for (const Request& request : requests) {
    EXPECT_FALSE(allowed(request.method, request.target)) << request.method << ' ' << request.target;
  }
}

TEST(RequestRules, RefuseOtherMethods) {
  for (const RequestRule& rule : request_rules()) {
    std::string path(rule.path);
    if (const std::size_t at = path.find("{}"); at != std::string::npos) path.replace(at, 2, "x");
    for (const char* method :
         {"PUT", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE", "get", "delete", "", "GET "}) {
      EXPECT_FALSE(allowed(method, path)) << method << ' ' << path;
    }
  }
}

TEST(RequestRules, RefuseForceAndEveryUnknownQueryKey) {
  constexpr auto requests = std::to_array<Request>({
      {"DELETE", "/v1.41/images/nginx?noprune=1&force=1"},
      {"DELETE", "/v1.41/images/nginx?force=true&noprune=1"},
      {"DELETE", "/v1.41/images/nginx?noprune=1&force=0"},
      {"DELETE", "/v1.41/images/nginx?noprune=1&f%6Frce=1"},
      {"DELETE", "/v1.41/images/nginx?noprune=1&platforms=x"},
      {"DELETE", "/v1.41/images/nginx?noprune=0"},
      {"DELETE", "/v1.41/images/nginx?noprune=01"},
      {"DELETE", "/v1.41/images/nginx?noprune="},
      {"DELETE", "/v1.41/images/nginx?noprune"},
      {"DELETE", "/v1.41/images/nginx?"},
      {"DELETE", "/v1.41/images/nginx"},
      {"DELETE", "/v1.41/volumes/data?force=1"},
      {"DELETE", "/v1.41/volumes/data?"},
      {"DELETE", "/v1.41/networks/x?force=1"},
      {"DELETE", "/v1.41/containers/x?force=1"},
      {"DELETE", "/v1.41/containers/x?v=1"},
      {"DELETE", "/v1.41/containers/x?v=0&link=1"},
      {"DELETE", "/v1.41/containers/x?v=0&v=1"},
      {"DELETE", "/v1.41/containers/x?v=0&v=0"},
      {"GET", "/v1.41/containers/json?all=1&size=1"},
      {"GET", "/v1.41/containers/json?all=0"},
      {"GET", "/v1.41/containers/x/json?size=1"},
      {"GET", "/v1.41/images/json?all=1"},
      {"GET", "/v1.41/system/df"},
      {"GET", "/v1.41/system/df?verbose=1"},
      {"GET", "/v1.41/system/df?type=volume"},
      {"GET", "/v1.41/system/df?type=build-cache&type=volume"},
      {"GET", "/v1.41/system/df?type=build-cache,volume"},
      {"GET", "/v1.41/info?x=1"},
      {"GET", "/_ping?"},
      {"GET", "/v1.41/events?since=1+1"},
      {"GET", "/v1.41/events?since=1;until=2"},
      {"GET", "/v1.41/events?since=1%0A"},
      {"GET", "/v1.41/events?since=%FF"},
      {"GET", "/v1.41/events?since=%2"},
      {"GET", "/v1.41/events?&since=1"},
      {"GET", "/v1.41/events?since=1&"},
  });
  for (const Request& request : requests) {
    EXPECT_FALSE(allowed(request.method, request.target)) << request.method << ' ' << request.target;
  }
}

TEST(RequestRules, RefusePullsThatDoNotNameOneImage) {
  for (const char* query :
       {"", "?", "?fromImage=nginx", "?fromImage=nginx&tag=", "?fromImage=&tag=1", "?tag=1",
        "?fromSrc=-&repo=x", "?fromImage=nginx&tag=1&fromSrc=-", "?fromImage=nginx&tag=1&repo=x",
        "?fromImage=nginx&tag=1&changes=x", "?fromImage=nginx&tag=1&tag=2"}) {
    EXPECT_FALSE(allowed("POST", std::string("/v1.41/images/create") + query)) << query;
  }
}

TEST(RequestRules, RefuseBuildPruneWithoutBound) {
  for (const char* target : {"/v1.41/build/prune", "/v1.41/build/prune?", "/v1.41/build/prune?all=1",
                             "/v1.41/build/prune?keep-storage=1", "/v1.41/build/prune?filters=",
                             "/v1.41/build/prune?filters=%7B%22until%22%3A%5B%221h%22%5D%7D&all=1"}) {
    EXPECT_FALSE(allowed("POST", target)) << target;
  }
  for (const char* filters : {"{}",
                              "[]",
                              "null",
                              "x",
                              R"({"until":[]})",
                              R"({"until":["0s"]})",
                              R"({"until":["0"]})",
                              R"({"until":["00h"]})",
                              R"({"until":["-1h"]})",
                              R"({"until":["1h","0s"]})",
                              R"({"until":{"1h":true}})",
                              R"({"until":"1h"})",
                              R"({"until":["1h"],"inuse":["true"]})",
                              R"({"label":["until"]})",
                              R"({"id":["x"]})",
                              R"({"until":["h"]})",
                              R"({"until":["1ns"]})",
                              R"({"until":["1.5h"]})",
                              R"({"until":["2020-01-01"]})",
                              R"({"until":[3600]})"}) {
    EXPECT_FALSE(allowed("POST", prune(filters))) << filters;
  }
}

TEST(RequestRules, RefuseWhatCanBeReadInTwoWays) {
  constexpr auto requests = std::to_array<Request>({
      {"DELETE", "/v1.41/images/../containers/x?noprune=1"},
      {"DELETE", "/v1.41/images/..?noprune=1"},
      {"DELETE", "/v1.41/images/a/../b?noprune=1"},
      {"DELETE", "/v1.41/images/a/%2E%2E/b?noprune=1"},
      {"DELETE", "/v1.41/images/a%2F..%2Fb?noprune=1"},
      {"DELETE", "/v1.41/images/a%252Fb?noprune=1"},
      {"DELETE", "/v1.41/images/a//b?noprune=1"},
      {"DELETE", "/v1.41/images//a?noprune=1"},
      {"DELETE", "/v1.41/images/a/?noprune=1"},
      {"DELETE", "/v1.41/images/?noprune=1"},
      {"DELETE", "/v1.41/images/a%3Fforce=1?noprune=1"},
      {"DELETE", "/v1.41/images/a%00?noprune=1"},
      {"DELETE", "/v1.41/images/a%0Ab?noprune=1"},
      {"DELETE", "/v1.41/images/a b?noprune=1"},
      {"DELETE", "/v1.41/images/a?noprune=1#x"},
      {"DELETE", "/v1.41/images/a%?noprune=1"},
      {"DELETE", "/v1.41/images/a\\b?noprune=1"},
      {"DELETE", "/v1.41/images/a\r\nX: y?noprune=1"},
      {"DELETE", "/v1.41/volumes/a/b"},
      {"DELETE", "/v1.41/volumes/a%2Fb"},
      {"DELETE", "/v1.41/volumes/"},
      {"DELETE", "/v1.41/volumes/."},
      {"DELETE", "/v1.41/volumes/%2e%2e"},
      {"DELETE", "/v1.41/networks/a%2fb"},
      {"DELETE", "/v1.41/containers/a/b"},
      {"DELETE", "/v1.41//volumes/a"},
      {"DELETE", "//volumes/a"},
      {"DELETE", "/v1.41/v1.41/volumes/a"},
      {"DELETE", "/v1/volumes/a"},
      {"DELETE", "volumes/a"},
      {"DELETE", "http://localhost/volumes/a"},
      {"DELETE", "/v1.41/VOLUMES/a"},
      {"DELETE", "/v1.41/volum%65s/a"},
      {"GET", "/v1.41/info/"},
      {"GET", "/v1.41/info/../volumes/prune"},
      {"GET", ""},
      {"GET", "/"},
      {"GET", "/v1.41/images//json"},
      {"GET", "/v1.41/containers/a/b/json"},
  });
  for (const Request& request : requests) {
    EXPECT_FALSE(allowed(request.method, request.target)) << request.method << ' ' << request.target;
  }
  EXPECT_FALSE(allowed("DELETE", "/volumes/" + std::string(9'000, 'a')));
  EXPECT_FALSE(allowed("DELETE", std::string("/volumes/a\0b", 12)));
}

TEST(RequestRules, SayWhatIsMissing) {
  EXPECT_EQ(check_engine_request("POST", "/images/create?fromImage=nginx").error().message,
            "no tag in the query");
  EXPECT_EQ(check_engine_request("DELETE", "/images/a?force=1").error().message, "the query key force");
}

// The table is read by people: who changes it sees here what becomes possible.
TEST(RequestRules, ChangeOnlyByPullBoundedPruneAndFourDeletions) {
  std::set<std::string> changing;
  for (const RequestRule& rule : request_rules()) {
    EXPECT_FALSE(rule.why.empty()) << rule.path;
    EXPECT_EQ(rule.query.find("force"), std::string_view::npos) << rule.path;
    if (rule.method != "GET") changing.insert(std::string(rule.method) + ' ' + std::string(rule.path));
  }
  EXPECT_THAT(changing,
              testing::ElementsAre("DELETE /containers/{}", "DELETE /images/{}", "DELETE /networks/{}",
                                   "DELETE /volumes/{}", "POST /build/prune", "POST /images/create"));
}

}  // namespace
}  // namespace caretaker
