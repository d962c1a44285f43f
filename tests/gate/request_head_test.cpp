// SPDX-License-Identifier: MIT
#include "gate/request_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace caretaker {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view line = "GET /v1.41/images/json?all=0 HTTP/1.1\r\n";
constexpr std::string_view pull = "POST /v1.41/images/create?fromImage=a&tag=1 HTTP/1.1\r\nHost: x\r\n";

std::string head(std::string_view first_line, std::string_view headers) {
  return std::string(first_line).append(headers).append("\r\n");
}

std::string with(std::string_view headers) {
  return head(line, std::string("Host: x\r\n").append(headers));
}

RefusedRequest refused(const std::string& bytes) {
  HeadOutcome outcome = read_request_head(bytes);
  if (auto* const request = std::get_if<RefusedRequest>(&outcome)) return std::move(*request);
  ADD_FAILURE() << "not refused: " << bytes;
  return {};
}

GateRequest passed(const std::string& bytes) {
  HeadOutcome outcome = read_request_head(bytes);
  if (auto* const request = std::get_if<GateRequest>(&outcome)) return std::move(*request);
  ADD_FAILURE() << "not passed: " << bytes;
  return {};
}

TEST(RequestHead, IsReadWhenItIsWholeAndNotBefore) {
  const std::string whole = with("Accept: application/json\r\nContent-Length: 0\r\n");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(std::holds_alternative<HeadIncomplete>(read_request_head(whole.substr(0, size)))) << size;
  }
  const GateRequest request = passed(whole);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/v1.41/images/json?all=0");
  EXPECT_TRUE(request.registry_auth.empty());
}

TEST(RequestHead, IsWrittenAnewForTheEngine) {
  const GateRequest question = passed(with("X-Other: kept out\r\nConnection: keep-alive\r\nCookie: a=b\r\n"));
  EXPECT_EQ(engine_request_text(question),
            "GET /v1.41/images/json?all=0 HTTP/1.1\r\nHost: docker\r\nUser-Agent: caretaker-docker-gate\r\n"
            "Accept: application/json\r\nConnection: close\r\n\r\n");
  const GateRequest with_login = passed(head(pull, "x-registry-auth:  eyJ1c2VyIjoi_-== \r\n"));
  EXPECT_EQ(engine_request_text(with_login),
            "POST /v1.41/images/create?fromImage=a&tag=1 HTTP/1.1\r\nHost: docker\r\n"
            "User-Agent: caretaker-docker-gate\r\nAccept: application/json\r\n"
            "X-Registry-Auth: eyJ1c2VyIjoi_-==\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST(RequestHead, GoesOnOnlyWhenItIsInTheList) {
  const std::pair<const char*, const char*> cases[] = {
      {"POST /containers/create HTTP/1.1\r\n", "no such request"},
      {"PUT /images/json HTTP/1.1\r\n", "no such request"},
      {"get /images/json HTTP/1.1\r\n", "no such request"},
      {"HEAD /_ping HTTP/1.1\r\n", "no such request"},
      {"POST /v1.41/containers/a/exec HTTP/1.1\r\n", "no such request"},
      {"DELETE /v1.41/images/a?noprune=1&force=1 HTTP/1.1\r\n", "force"},
      {"DELETE /v1.41/images/a HTTP/1.1\r\n", "noprune"},
      {"GET /images/../containers/json HTTP/1.1\r\n", "no such request"},
      {"GET /volumes/%2e%2e HTTP/1.1\r\n", "no such request"},
  };
  for (const auto& [first, why] : cases) {
    const RefusedRequest request = refused(head(first, "Host: x\r\n"));
    EXPECT_EQ(request.refusal.status, 403) << first;
    EXPECT_THAT(request.refusal.reason, HasSubstr(why)) << first;
    EXPECT_FALSE(request.method.empty());
    EXPECT_FALSE(request.target.empty());
  }
}

TEST(RequestHead, OfAnotherShapeIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"GET /_ping\r\n", "METHOD TARGET HTTP/1.1"},
      {"GET  /_ping HTTP/1.1\r\n", "METHOD TARGET HTTP/1.1"},
      {"GET /_ping HTTP/1.1 \r\n", "METHOD TARGET HTTP/1.1"},
      {"GET /_ping HTTP/1.0\r\n", "not HTTP/1.1"},
      {"GET /_ping HTTP/2\r\n", "not HTTP/1.1"},
      {"GET http://docker/_ping HTTP/1.1\r\n", "not a path"},
      {"GET * HTTP/1.1\r\n", "not a path"},
      {"GET /_pi\tng HTTP/1.1\r\n", "not a path"},
      {"G(T /_ping HTTP/1.1\r\n", "not a method"},
      {"GETGETGETGETGETGET /_ping HTTP/1.1\r\n", "not a method"},
      {" GET /_ping HTTP/1.1\r\n", "METHOD TARGET HTTP/1.1"},
      {"\r\nGET /_ping HTTP/1.1\r\n", "METHOD TARGET HTTP/1.1"},
  };
  for (const auto& [first, why] : cases) {
    const RefusedRequest request = refused(head(first, "Host: x\r\n"));
    EXPECT_EQ(request.refusal.status, 400) << first;
    EXPECT_THAT(request.refusal.reason, HasSubstr(why)) << first;
  }
}

TEST(RequestHead, WithHeadersThatCouldMeanAnotherRequestIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"Content-Length: 1\r\n", "body"},
      {"Content-Length: 00\r\n", "body"},
      {"Content-Length:\r\n", "body"},
      {"Content-Length: 0\r\nContent-Length: 0\r\n", "two Content-Length"},
      {"Content-Length: 0\r\ncontent-length: 5\r\n", "two Content-Length"},
      {"Transfer-Encoding: chunked\r\n", "transfer-encoding"},
      {"TRANSFER-ENCODING: identity\r\n", "transfer-encoding"},
      {"Upgrade: tcp\r\n", "upgrade"},
      {"Expect: 100-continue\r\n", "expect"},
      {"Trailer: x\r\n", "trailer"},
      {"TE: trailers\r\n", "te"},
      {"Host: y\r\n", "two Host"},
      {"No colon\r\n", "NAME: VALUE"},
      {"Content-Length : 0\r\n", "NAME: VALUE"},
      {": value\r\n", "NAME: VALUE"},
      {"A: b\r\n c\r\n", "NAME: VALUE"},
      {"A: b\r\n\tc: d\r\n", "NAME: VALUE"},
      {"A: b\nC: d\r\n", "LF alone"},
      {"A: b\rC: d\r\n", "CR without"},
      {"A: b\r\r\n", "CR without"},
      {"A: \x01\r\n", "printable"},
      {"A: \xC3\xA9\r\n", "printable"},
      {"A: \x7F\r\n", "printable"},
  };
  for (const auto& [headers, why] : cases) {
    const RefusedRequest request = refused(with(headers));
    EXPECT_EQ(request.refusal.status, 400) << headers;
    EXPECT_THAT(request.refusal.reason, HasSubstr(why)) << headers;
  }
  EXPECT_THAT(refused(with(std::string("A: \0b\r\n", 7))).refusal.reason, HasSubstr("printable"));
  EXPECT_THAT(refused(head(line, "")).refusal.reason, HasSubstr("no Host"));
}

TEST(RequestHead, IsRefusedAsSoonAsItCannotBecomeOne) {
  EXPECT_EQ(refused("GET /_ping\n").refusal.status, 400);
  EXPECT_EQ(refused("\x16\x03\x01").refusal.status, 400) << "TLS";
  EXPECT_THAT(read_request_head("GET /_ping HTTP/1.1\r"), testing::VariantWith<HeadIncomplete>(testing::_));
}

TEST(RequestHead, HasNothingBehindIt) {
  const RefusedRequest request = refused(with("") + "G");
  EXPECT_EQ(request.refusal.status, 400);
  EXPECT_THAT(request.refusal.reason, HasSubstr("bytes behind"));
  EXPECT_EQ(request.target, "/v1.41/images/json?all=0");
  EXPECT_EQ(refused(with("") + with("")).refusal.status, 400);
  EXPECT_EQ(refused(with("") + "\n").refusal.status, 400);
}

TEST(RequestHead, IsOfLimitedSize) {
  const std::string large = "A: " + std::string(head_bytes_max, 'a');
  EXPECT_EQ(refused(with(large + "\r\n")).refusal.status, 431);
  EXPECT_EQ(refused(std::string(line) + large).refusal.status, 431);
  const std::string rest = with("A: \r\n");
  const std::string fits = "A: " + std::string(head_bytes_max - rest.size(), 'a') + "\r\n";
  ASSERT_EQ(with(fits).size(), head_bytes_max);
  EXPECT_EQ(passed(with(fits)).method, "GET");
  EXPECT_EQ(refused(with("A: a" + fits.substr(3))).refusal.status, 431);

  std::string many;
  for (std::size_t i = 1; i < header_lines_max; ++i) many += "A: b\r\n";
  EXPECT_EQ(passed(with(many)).method, "GET");
  EXPECT_EQ(refused(with(many + "A: b\r\n")).refusal.status, 431);
}

TEST(RequestHead, CarriesALoginOnlyForAPull) {
  EXPECT_EQ(passed(head(pull, "X-Registry-Auth: YWJj\r\n")).registry_auth.reveal(), "YWJj");
  EXPECT_TRUE(passed(head(pull, "X-Registry-Auth:\r\n")).registry_auth.empty());
  const RefusedRequest elsewhere = refused(with("X-Registry-Auth: YWJj\r\n"));
  EXPECT_EQ(elsewhere.refusal.status, 403);
  EXPECT_THAT(elsewhere.refusal.reason, Not(HasSubstr("YWJj")));
  for (const char* const bad : {"a b", "a;b", "{}", "a,b", "a\tb"}) {
    const RefusedRequest request =
        refused(head(pull, std::string("X-Registry-Auth: ").append(bad).append("\r\n")));
    EXPECT_EQ(request.refusal.status, 400) << bad;
    EXPECT_THAT(request.refusal.reason, HasSubstr("base64url")) << bad;
  }
  const std::string longest(registry_auth_bytes_max, 'a');
  EXPECT_EQ(passed(head(pull, "X-Registry-Auth: " + longest + "\r\n")).registry_auth.reveal(), longest);
  EXPECT_EQ(refused(head(pull, "X-Registry-Auth: " + longest + "a\r\n")).refusal.status, 431);
  EXPECT_EQ(refused(head(pull, "X-Registry-Auth: a\r\nX-Registry-Auth: a\r\n")).refusal.status, 400);
}

}  // namespace
}  // namespace caretaker
