// SPDX-License-Identifier: MIT
#include "gate/refusal.h"

#include <gtest/gtest.h>

namespace caretaker {
namespace {

TEST(Refusal, IsAWholeAnswerInDockersWords) {
  EXPECT_EQ(refusal_answer({403, "no \"such\" request"}),
            "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 57\r\n"
            "Connection: close\r\n\r\n"
            "{\"message\":\"caretaker-docker-gate: no \\\"such\\\" request\"}\n");
}

TEST(Refusal, SaysWhenToAskAgain) {
  const std::string answer = refusal_answer({429, "later", 7});
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 429 Too Many Requests\r\n")) << answer;
  EXPECT_NE(answer.find("\r\nRetry-After: 7\r\n"), std::string::npos) << answer;
  EXPECT_EQ(refusal_answer({502, "gone"}).find("Retry-After"), std::string::npos);
}

TEST(Refusal, HasAStatusThatSaysWhatItIs) {
  for (const auto& [status, words] : {std::pair{400, "400 Bad Request"},
                                      {408, "408 Request Timeout"},
                                      {502, "502 Bad Gateway"},
                                      {431, "431 Request Header Fields Too Large"}}) {
    EXPECT_TRUE(refusal_answer({status, "x"}).starts_with(std::string("HTTP/1.1 ").append(words))) << words;
  }
}

TEST(Escaped, ShowsNoByteThatATerminalOrAJournalCouldMisread) {
  EXPECT_EQ(escaped("/images/a?b=%20", 100), "/images/a?b=%20");
  EXPECT_EQ(escaped("a b\n\\\x1B\xC3", 100), "a\\x20b\\x0a\\x5c\\x1b\\xc3");
  EXPECT_EQ(escaped("abcdef", 4), "abcd...");
  EXPECT_EQ(escaped("abc\n", 4), "abc...") << "an escape is not cut";
}

}  // namespace
}  // namespace caretaker
