// SPDX-License-Identifier: MIT
#include "daemon/http_exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace caretaker {
namespace {

using testing::HasSubstr;

constexpr uid_t daemon_uid = 990;
constexpr uid_t somebody = 1000;

class ExchangeTest : public testing::Test {
 protected:
  std::shared_ptr<Exchange> exchange(const std::string& target) {
    return std::make_shared<Exchange>(target, routes, daemon_uid, [this] { ++late_replies; });
  }

  // The reply to a whole request; status 0 while it waits.
  Reply reply_to(const std::string& target, const RequestHead& head, std::string_view body = {}) {
    const auto one = exchange(target);
    one->head(head);
    one->body(body);
    one->end();
    return one->reply() != nullptr ? *one->reply() : Reply{.status = 0, .json = {}};
  }

  static RequestHead head(std::string_view method, uid_t uid = somebody) {
    return {.method = method, .content_length = {}, .chunked = false, .peer = {.uid = uid, .pid = 1}};
  }

  int handled = 0;
  int late_replies = 0;
  std::function<void(const Request&, const Responder&)> behaviour = [](const Request&, const Responder& to) {
    to.answer({.json = "{}"});
  };
  std::function<void(const Request&, Responder)> handler = [this](const Request& request, Responder to) {
    ++handled;
    behaviour(request, to);
  };
  std::vector<Route> routes = {
      {.method = "GET",
       .path = "/read",
       .help = "",
       .query = {{"since", ""}, {"label", ""}},
       .handler = handler},
      {.method = "POST", .path = "/change", .changes = true, .help = "", .handler = handler},
  };
};

TEST_F(ExchangeTest, CallsTheHandlerWithTheBody) {
  std::string body;
  behaviour = [&](const Request& request, const Responder& to) {
    body = request.body;
    to.answer({.json = "[]"});
  };
  const Reply reply = reply_to("/change", head("POST", 0), R"({"a":1})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.json, "[]");
  EXPECT_EQ(body, R"({"a":1})");
  EXPECT_EQ(late_replies, 0);
}

TEST_F(ExchangeTest, RefusesWhatDoesNotFitBeforeAnyHandlerRuns) {
  RequestHead large = head("POST", 0);
  large.content_length = body_bytes_max + 1;
  RequestHead chunked = head("POST", 0);
  chunked.chunked = true;
  EXPECT_EQ(reply_to("/%", head("GET")).status, 400);
  EXPECT_EQ(reply_to("/none", head("GET")).status, 404);
  EXPECT_EQ(reply_to("/read", head("POST")).status, 405);
  EXPECT_EQ(reply_to("/change", head("POST")).status, 403);
  EXPECT_EQ(reply_to("/change", chunked).status, 411);
  EXPECT_EQ(reply_to("/change", large).status, 413);
  EXPECT_EQ(reply_to("/change", head("POST", 0), "{\"a\":").status, 400);
  EXPECT_EQ(handled, 0);
}

TEST_F(ExchangeTest, LooksAtThePermissionBeforeTheSize) {
  RequestHead large = head("POST");
  large.content_length = body_bytes_max + 1;
  EXPECT_EQ(reply_to("/change", large).status, 403);
}

TEST_F(ExchangeTest, SuggestsTheQueryArgumentThatWasMeant) {
  const Reply reply = reply_to("/read?sinse=1h", head("GET"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(
      reply.json,
      R"({"error":{"code":"bad_query","message":"unknown query argument 'sinse'","hint":"did you mean 'since'?"}})");
}

TEST_F(ExchangeTest, ReportsALateReplyOnce) {
  std::vector<Responder> kept;
  behaviour = [&](const Request&, const Responder& to) { kept.push_back(to); };
  const auto one = exchange("/read");
  one->head(head("GET"));
  one->end();
  EXPECT_TRUE(one->waiting());
  kept[0].answer({.json = "1"});
  kept[0].answer({.json = "2"});
  EXPECT_EQ(late_replies, 1);
  EXPECT_EQ(one->reply()->json, "1");
  EXPECT_FALSE(one->waiting());
  one->end();  // as libmicrohttpd calls again after a resume
  EXPECT_EQ(handled, 1);
}

TEST_F(ExchangeTest, AnswersForAHandlerThatForgets) {
  behaviour = [](const Request&, const Responder&) {};
  const Reply reply = reply_to("/read", head("GET"));
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.json, HasSubstr("given up without an answer"));
}

TEST_F(ExchangeTest, AnswersForAHandlerThatThrows) {
  behaviour = [](const Request&, const Responder&) { throw std::runtime_error("broken \"thing\""); };
  Reply reply = reply_to("/read", head("GET"));
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.json, HasSubstr(R"(broken \"thing\")"));
  behaviour = [](const Request&, const Responder&) { throw 1; };
  reply = reply_to("/read", head("GET"));
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.json, HasSubstr("unknown exception"));
}

TEST_F(ExchangeTest, AnAnswerAfterTheClientLeftIsIgnored) {
  std::vector<Responder> kept;
  behaviour = [&](const Request&, const Responder& to) { kept.push_back(to); };
  EXPECT_EQ(reply_to("/read", head("GET")).status, 0);  // the exchange is gone
  kept[0].answer({.json = "1"});
  EXPECT_EQ(late_replies, 0);
}

TEST(MayChange, IsForRootAndTheDaemonsOwnUser) {
  EXPECT_TRUE(may_change(0, daemon_uid));
  EXPECT_TRUE(may_change(daemon_uid, daemon_uid));
  EXPECT_FALSE(may_change(somebody, daemon_uid));
  EXPECT_FALSE(may_change(somebody, 0));
}

TEST(Request, FindsItsValues) {
  const Request request{.path = {{"name", "cpu"}}, .query = {{"k", "1"}, {"k", "2"}}, .body = {}, .peer = {}};
  EXPECT_EQ(request.path_value("name"), "cpu");
  EXPECT_EQ(request.path_value("none"), "");
  EXPECT_EQ(*request.query_value("k"), "1");
  EXPECT_EQ(request.query_value("none"), nullptr);
  EXPECT_EQ(request.query_values("k"), (std::vector<std::string>{"1", "2"}));
}

}  // namespace
}  // namespace caretaker
