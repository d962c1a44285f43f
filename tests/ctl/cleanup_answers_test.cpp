// SPDX-License-Identifier: MIT
#include "ctl/cleanup_answers.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ctl/canned_cleanup.h"

namespace caretaker::ctl {
namespace {

using nlohmann::json;

TEST(ParseCleanup, NamesTheMemberThatIsWrong) {
  json body = json::parse(canned::cleanup_plan);
  body["actions"][1]["bytes_min"] = -1;
  EXPECT_NE(parse_cleanup_plan(body.dump(), false)
                .error()
                .message.find("actions[1].bytes_min is not a whole number from 0 on"),
            std::string::npos);
  body = json::parse(canned::cleanup_status);
  body["progress"] = 7;
  EXPECT_NE(parse_cleanup_status(body.dump()).error().message.find("progress is not an object"),
            std::string::npos);
  body["progress"] = {{"trigger", "manual"}};
  EXPECT_NE(parse_cleanup_status(body.dump()).error().message.find("progress.done is missing"),
            std::string::npos);
}

TEST(ParseCleanup, TakesNullForWhatHasNotHappened) {
  const auto plan = parse_cleanup_plan(canned::cleanup_plan, false);
  ASSERT_TRUE(plan);
  EXPECT_FALSE(plan->run.ended_ms);
  EXPECT_FALSE(plan->actions[0].last_used_ms);
  EXPECT_EQ(plan->actions[1].last_used_ms, 1759025800000);
  EXPECT_EQ(plan->actions[1].number, 2U);
}

// Every parser on every canned answer with each of its values replaced: a value or a failure, nothing else.
TEST(ParseCleanup, SurvivesAnyReplacedValue) {
  for (const char* text :
       {canned::cleanup_status, canned::cleanup_plan, canned::cleanup_explained, canned::cleanup_history}) {
    const json flat = json::parse(text).flatten();
    for (const auto& item : flat.items()) {
      for (const json& other : {json(nullptr), json(-1), json(1e308), json("x"), json(true),
                                json(json::value_t::array), json(json::value_t::object)}) {
        json changed = json::parse(text);
        changed[json::json_pointer(item.key())] = other;
        const std::string body = changed.dump();
        (void)parse_cleanup_status(body);
        (void)parse_cleanup_plan(body, true);
        (void)parse_cleanup_history(body);
        (void)parse_cleanup_begun(body);
      }
    }
  }
}

}  // namespace
}  // namespace caretaker::ctl
