// SPDX-License-Identifier: MIT
#include "config/words.h"

#include <gmock/gmock.h>

namespace caretaker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SplitWords, SplitsAtBlanks) {
  EXPECT_THAT(split_words("  /bin/df  -h\t/ ").value(), ElementsAre("/bin/df", "-h", "/"));
  EXPECT_THAT(split_words("").value(), IsEmpty());
  EXPECT_THAT(split_words(" \t").value(), IsEmpty());
}

TEST(SplitWords, TakesQuotesAndBackslashesAsAShellDoes) {
  EXPECT_THAT(split_words("sh -c 'echo \"$HOME\" \\n'").value(),
              ElementsAre("sh", "-c", "echo \"$HOME\" \\n"));
  EXPECT_THAT(split_words(R"("a \"b\" \\ \$ \` \n")").value(), ElementsAre(R"(a "b" \ $ ` \n)"));
  EXPECT_THAT(split_words(R"(a\ b \' \\)").value(), ElementsAre("a b", "'", "\\"));
  EXPECT_THAT(split_words("a'b'\"c\"d '' \"\"").value(), ElementsAre("abcd", "", ""));
}

TEST(SplitWords, ExpandsNothing) {
  EXPECT_THAT(split_words("$HOME * ~ `id` | > a;b").value(),
              ElementsAre("$HOME", "*", "~", "`id`", "|", ">", "a;b"));
}

TEST(SplitWords, SplitsAtOtherSeparators) {
  EXPECT_THAT(split_words("ram*, loop*,,sr* 'a, b'", " ,").value(),
              ElementsAre("ram*", "loop*", "sr*", "a, b"));
}

TEST(SplitWords, RefusesWhatIsNotFinished) {
  EXPECT_EQ(split_words("sh -c 'echo").error().message, "has a quote ' that is not closed on the same line");
  EXPECT_EQ(split_words("say \"it\\\"").error().message,
            "has a quote \" that is not closed on the same line");
  EXPECT_EQ(split_words("a\\").error().message, "ends with a backslash");
}

TEST(SplitWords, RefusesACommentButNotAHashInsideOfAWord) {
  EXPECT_EQ(split_words("a # b").error().message,
            "has a comment behind the value: write comments on lines of their own, or quote the '#'");
  EXPECT_THAT(split_words("a#b '#' \\#").value(), ElementsAre("a#b", "#", "#"));
}

}  // namespace
}  // namespace caretaker
