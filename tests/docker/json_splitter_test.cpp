// SPDX-License-Identifier: MIT
#include "docker/json_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace caretaker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr JsonSplitter::Limits usual{.object_bytes = 1'000, .objects = 1'000};

struct Split {
  std::vector<std::string> objects;
  bool found = false;
  std::string error;  // empty: whole
};

using Make = std::function<JsonSplitter(JsonSplitter::Sink)>;

// Pushes `text` in pieces that end at each of `cuts`.
Split split_at(const Make& make, std::string_view text, const std::vector<std::size_t>& cuts = {}) {
  Split split;
  JsonSplitter splitter = make([&](std::string_view object) -> Result<> {
    split.objects.emplace_back(object);
    return {};
  });
  std::size_t begin = 0;
  std::vector<std::size_t> ends = cuts;
  ends.push_back(text.size());
  for (const std::size_t end : ends) {
    if (const Result<> pushed = splitter.push(text.substr(begin, end - begin)); !pushed) {
      split.error = pushed.error().message;
      return split;
    }
    begin = end;
  }
  if (const Result<> whole = splitter.finish(); !whole) split.error = whole.error().message;
  split.found = splitter.array_found();
  return split;
}

Make array_at(const std::vector<JsonSplitter::ArrayPath>& paths, JsonSplitter::Limits limits = usual) {
  return [=](JsonSplitter::Sink sink) { return JsonSplitter::array(paths, limits, std::move(sink)); };
}

Make sequence(JsonSplitter::Limits limits = usual) {
  return [=](JsonSplitter::Sink sink) { return JsonSplitter::sequence(limits, std::move(sink)); };
}

const Make top_array = array_at({{}});
const Make volumes = array_at({{"Volumes"}});
const Make cache = array_at({{"BuildCache"}, {"BuildCacheUsage", "Items"}});

TEST(JsonSplitter, HandsOnTheObjectsOfAnArray) {
  const Split split = split_at(top_array, " [ {\"a\":1} , {} ,{\"b\":{\"c\":[1,{}]}}\n]\n");
  EXPECT_EQ(split.error, "");
  EXPECT_TRUE(split.found);
  EXPECT_THAT(split.objects, ElementsAre("{\"a\":1}", "{}", "{\"b\":{\"c\":[1,{}]}}"));
}

TEST(JsonSplitter, IsNotMisledByBracketsAndQuotesInTexts) {
  const std::string odd = R"({"a":"}]\"\\","[{":"\\\"{"})";
  EXPECT_THAT(split_at(top_array, "[" + odd + "," + odd + "]").objects, ElementsAre(odd, odd));
}

TEST(JsonSplitter, GivesTheSameWhereverTheTextIsCut) {
  const std::string text =
      R"({"x":[1,{"Volumes":[{"no":1}]}],"Volumes":[{"a":"\"]"},{"b":[-1.5e+3,true,null]}],"Warnings":null})";
  const Split whole = split_at(volumes, text);
  ASSERT_EQ(whole.error, "");
  ASSERT_EQ(whole.objects.size(), 2U);
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      const Split split = split_at(volumes, text, {first, second});
      ASSERT_EQ(split.error, "") << first << ' ' << second;
      ASSERT_EQ(split.objects, whole.objects) << first << ' ' << second;
    }
  }
}

TEST(JsonSplitter, NeverTakesAFrontPartForTheWhole) {
  for (const auto& [make, text] :
       {std::pair{top_array, std::string(R"([{"a":"x"},{"b":[1,2]}])")},
        std::pair{volumes, std::string(R"({"Volumes":[{"a":1}],"Warnings":["w"]})")},
        std::pair{cache, std::string(R"({"BuildCacheUsage":{"Items":[{"a":1}],"TotalSize":7}})")}}) {
    ASSERT_EQ(split_at(make, text).error, "");
    for (std::size_t length = 0; length < text.size(); ++length) {
      EXPECT_NE(split_at(make, std::string_view(text).substr(0, length)).error, "") << text.substr(0, length);
    }
  }
}

TEST(JsonSplitter, FindsAnArrayByItsKeysOnly) {
  const Split split = split_at(cache, R"({"Items":[{"no":1}],"Images":[{"BuildCache":[{"no":2}]}],
      "BuildCacheUsage":{"BuildCache":[{"no":3}],"Items":[{"yes":1}]},"Items":[{"no":4}],"BuildCache":[{"yes":2}]})");
  EXPECT_EQ(split.error, "");
  EXPECT_THAT(split.objects, ElementsAre(R"({"yes":1})", R"({"yes":2})"));
}

TEST(JsonSplitter, TellsWhetherTheArrayWasThere) {
  EXPECT_FALSE(split_at(volumes, R"({"Other":[{}]})").found);
  EXPECT_FALSE(split_at(volumes, "{}").found);
  EXPECT_TRUE(split_at(volumes, R"({"Volumes":[]})").found);
  EXPECT_TRUE(split_at(volumes, R"({"Volumes":null})").found);
  EXPECT_TRUE(split_at(top_array, "[]").found);
  EXPECT_TRUE(split_at(top_array, "null").found);
  EXPECT_THAT(split_at(top_array, "null\n").objects, IsEmpty());
}

TEST(JsonSplitter, RefusesOtherValuesInPlaceOfTheArray) {
  for (const char* text : {"{}", "1", "\"x\"", "true", "nil", "nul", "nulll"}) {
    EXPECT_NE(split_at(top_array, text).error, "") << text;
  }
  for (const char* value : {"{}", "1", "\"x\"", "false", "nope"}) {
    EXPECT_NE(split_at(volumes, std::string("{\"Volumes\":") + value + "}").error, "") << value;
  }
}

TEST(JsonSplitter, RefusesElementsThatAreNoObjects) {
  for (const char* text : {"[1]", "[null]", "[[]]", "[\"a\"]", "[{},1]"}) {
    EXPECT_THAT(split_at(top_array, text).error, HasSubstr("not an object")) << text;
  }
}

TEST(JsonSplitter, RefusesBrokenStructure) {
  for (const char* text : {"",
                           " ",
                           "[",
                           "[{}",
                           "[{},",
                           "[{},]",
                           "[,{}]",
                           "[{}{}]",
                           "[{}]]",
                           "[{}]{}",
                           "[{]}",
                           "[{\"a\":1]]",
                           "[{\"a\":[1}}]",
                           "[{\"a\"}]",
                           "[{\"a\":}]",
                           "[{\"a\" 1}]",
                           "[{a:1}]",
                           "[{\"a\":1,}]",
                           "[{,}]",
                           "[{\"a\":[1,]}]",
                           "<html>",
                           "[{\"a\":1 2}]",
                           "[{}]x"}) {
    EXPECT_NE(split_at(top_array, text).error, "") << text;
  }
}

TEST(JsonSplitter, SplitsASequenceWithAndWithoutWhiteSpace) {
  EXPECT_THAT(split_at(sequence(), "{\"a\":1}{\"b\":2}\r\n\n{\"c\":3} ").objects,
              ElementsAre("{\"a\":1}", "{\"b\":2}", "{\"c\":3}"));
  EXPECT_EQ(split_at(sequence(), "").error, "");
  for (const char* text : {"{}{", "{},{}", "[{}]", "null", "{}x", "{}]"}) {
    EXPECT_NE(split_at(sequence(), text).error, "") << text;
  }
}

TEST(JsonSplitter, KeepsItsLimits) {
  EXPECT_EQ(split_at(array_at({{}}, {.object_bytes = 7, .objects = 2}), "[{\"a\":1},{}]").error, "");
  EXPECT_THAT(split_at(array_at({{}}, {.object_bytes = 6, .objects = 2}), "[{\"a\":1}]").error,
              HasSubstr("6 bytes"));
  EXPECT_THAT(split_at(array_at({{}}, {.object_bytes = 9, .objects = 1}), "[{},{}]").error,
              HasSubstr("1 objects"));
  EXPECT_THAT(split_at(sequence({.object_bytes = 9, .objects = 1}), "{}{}").error, HasSubstr("1 objects"));
  const std::string deep = "[{\"a\":" + std::string(json_nesting_max, '[');
  EXPECT_THAT(split_at(top_array, deep).error, HasSubstr("deep"));
  EXPECT_THAT(split_at(volumes, "{\"a\":" + std::string(json_nesting_max, '[')).error, HasSubstr("deep"));
}

TEST(JsonSplitter, EndsWithTheErrorOfItsSink) {
  JsonSplitter splitter =
      JsonSplitter::array({{}}, usual, [](std::string_view) -> Result<> { return fail("enough"); });
  const Result<> pushed = splitter.push("[{},{}]");
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().message, "enough");
}

}  // namespace
}  // namespace caretaker
