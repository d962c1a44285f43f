// SPDX-License-Identifier: MIT
// Whatever bytes come in: what goes to the engine is one request of the list, in our own words.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "docker/request_rules.h"
#include "gate/request_head.h"

namespace caretaker {
namespace {

using Random = std::mt19937_64;

constexpr int mutated_heads = 100'000;
constexpr int garbage_heads = 5'000;

std::size_t below(Random& random, std::size_t limit) {
  return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
}

// Heads that pass, and some that nearly do.
std::vector<std::string> seeds() {
  std::vector<std::string> heads;
  for (const RequestRule& rule : request_rules()) {
    std::string target = "/v1.41" + std::string(rule.path);
    if (const std::size_t at = target.find("{}"); at != std::string::npos) target.replace(at, 2, "abc");
    const bool pull = rule.path == "/images/create";
    if (pull) target += "?fromImage=a%2Fb&tag=1";
    if (rule.path == "/build/prune") target += "?filters=%7B%22until%22%3A%5B%22168h%22%5D%7D";
    if (rule.path == "/system/df") target += "?type=build-cache";
    if (rule.method == "DELETE" && rule.path == "/images/{}") target += "?noprune=1";
    heads.push_back(std::string(rule.method) + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" +
                    (pull ? "X-Registry-Auth: eyJhIjoiYiJ9\r\nContent-Length: 0\r\n" : "Accept: */*\r\n") +
                    "\r\n");
  }
  return heads;
}

const std::vector<std::string> pieces = {"\r\n",
                                         "\n",
                                         "\r",
                                         "\r\n\r\n",
                                         " ",
                                         "\t",
                                         ":",
                                         "GET ",
                                         "POST ",
                                         "DELETE ",
                                         "/",
                                         "//",
                                         "..",
                                         "%2e%2e",
                                         "%2F",
                                         "%25",
                                         "?",
                                         "&",
                                         "=",
                                         "force=1",
                                         "&force=true",
                                         "noprune=1",
                                         "HTTP/1.1",
                                         "HTTP/1.0",
                                         "Host: x",
                                         "0",
                                         "5",
                                         "Content-Length: 5\r\n",
                                         "Transfer-Encoding: chunked\r\n",
                                         "X-Registry-Auth: YQ==\r\n",
                                         "Upgrade: h2c\r\n",
                                         "Expect: 100-continue\r\n",
                                         std::string(1, '\0'),
                                         "\xFF",
                                         "#",
                                         ";",
                                         "+",
                                         "/containers/create",
                                         "/exec/a/start",
                                         "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n"};

std::string mutated(std::string head, const std::vector<std::string>& all, Random& random) {
  for (std::size_t changes = 1 + below(random, 4); changes > 0; --changes) {
    const std::size_t at = below(random, head.size() + 1);
    switch (below(random, 6)) {
      case 0:
        head.insert(at, pieces[below(random, pieces.size())]);
        break;
      case 1:
        head.erase(at, 1 + below(random, 8));
        break;
      case 2:
        if (at < head.size()) head[at] = static_cast<char>(below(random, 256));
        break;
      case 3:
        head.replace(at, std::min<std::size_t>(head.size() - at, 4), pieces[below(random, pieces.size())]);
        break;
      case 4:
        head.insert(at, head.substr(below(random, head.size() + 1), below(random, 40)));
        break;
      default:
        head += all[below(random, all.size())].substr(0, below(random, 60));
        break;
    }
  }
  return head;
}

// What a server would make of the text: exactly one request of the list without a body.
testing::AssertionResult is_one_listed_request(const std::string& text) {
  constexpr std::string_view end = "\r\n\r\n";
  if (text.find(end) != text.size() - end.size()) return testing::AssertionFailure() << "not one head";
  std::string_view rest(text);
  rest.remove_suffix(end.size());
  std::vector<std::string_view> lines;
  while (!rest.empty()) {
    const std::size_t at = rest.find("\r\n");
    lines.push_back(rest.substr(0, at));
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 2);
  }
  for (const std::string_view line : lines) {
    if (line.find_first_of("\r\n") != std::string_view::npos)
      return testing::AssertionFailure() << "a line end";
  }
  const std::vector<std::string_view> words = split(lines.at(0), ' ');
  if (words.size() != 3 || words[2] != "HTTP/1.1") return testing::AssertionFailure() << "its first line";
  if (!check_engine_request(words[0], words[1])) return testing::AssertionFailure() << "not in the list";
  const std::set<std::string_view> known = {"Host: docker", "User-Agent: caretaker-docker-gate",
                                            "Accept: application/json", "Content-Length: 0",
                                            "Connection: close"};
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const bool login = lines[i].starts_with("X-Registry-Auth: ") && words[0] == "POST" &&
                       words[1].find("/images/create?") != std::string_view::npos;
    if (!login && !known.contains(lines[i])) return testing::AssertionFailure() << "header " << lines[i];
  }
  return testing::AssertionSuccess();
}

struct Counts {
  int passed = 0;
  int refused = 0;
  int incomplete = 0;
};

void judge(const std::string& bytes, Counts& counts) {
  const HeadOutcome outcome = read_request_head(bytes);
  if (const auto* const request = std::get_if<GateRequest>(&outcome)) {
    ++counts.passed;
    const std::string text = engine_request_text(*request);
    EXPECT_TRUE(is_one_listed_request(text)) << "from:\n" << bytes << "\nto:\n" << text;
    EXPECT_TRUE(bytes.ends_with("\r\n\r\n")) << bytes;
    // Whatever came one byte after the other is judged alike: incomplete up to the end.
    EXPECT_TRUE(std::holds_alternative<HeadIncomplete>(read_request_head(bytes.substr(0, bytes.size() - 1))));
  } else if (const auto* const refused = std::get_if<RefusedRequest>(&outcome)) {
    ++counts.refused;
    EXPECT_GE(refused->refusal.status, 400);
    EXPECT_FALSE(refused->refusal.reason.empty());
  } else {
    ++counts.incomplete;
    EXPECT_LT(bytes.size(), head_bytes_max);
  }
}

TEST(RequestHeadMutation, OfEveryAllowedRequestPassesUnchanged) {
  Counts counts;
  for (const std::string& head : seeds()) judge(head, counts);
  EXPECT_EQ(counts.passed, static_cast<int>(request_rules().size()));
}

TEST(RequestHeadMutation, LeavesOneRequestOfTheListOrNone) {
  const std::vector<std::string> all = seeds();
  Random random(20'251'121);
  Counts counts;
  for (int i = 0; i < mutated_heads && !testing::Test::HasFailure(); ++i) {
    judge(mutated(all[below(random, all.size())], all, random), counts);
  }
  // It met all three, or it tested nothing.
  EXPECT_GT(counts.passed, mutated_heads / 100);
  EXPECT_GT(counts.refused, mutated_heads / 4);
  EXPECT_GT(counts.incomplete, mutated_heads / 100);
}

TEST(RequestHeadMutation, OfGarbagePassesNothing) {
  Random random(7);
  Counts counts;
  for (int i = 0; i < garbage_heads; ++i) {
    std::string bytes(below(random, 600), ' ');
    for (char& c : bytes) c = static_cast<char>(below(random, i % 2 == 0 ? 256 : 0x80));
    judge(bytes, counts);
  }
  EXPECT_EQ(counts.passed, 0);
}

}  // namespace
}  // namespace caretaker
