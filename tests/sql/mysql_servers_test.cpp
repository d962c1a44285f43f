// SPDX-License-Identifier: MIT
#include "sql/mysql_servers.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

namespace caretaker {
namespace {

using testing::AllOf;

using testing::HasSubstr;
using testing::StartsWith;
using testing::UnorderedElementsAre;

TEST(ServerOrder, IsAlwaysTheSameOnOneMachineAndSpreadsAFleet) {
  const std::vector<std::string> hosts = {"a", "b:3307", "[::1]"};
  std::map<std::string, int> first;
  for (std::int64_t host_id = -500; host_id < 500; ++host_id) {
    const auto order = server_order(hosts, host_id);
    EXPECT_THAT(order, UnorderedElementsAre("a", "b:3307", "[::1]"));
    EXPECT_EQ(order, server_order({"[::1]", "b:3307", "a"}, host_id));
    ++first[order.front()];
  }
  for (const auto& [host, machines] : first) EXPECT_GT(machines, 200) << host;
  EXPECT_EQ(first.size(), 3U);
}

TEST(ServerOrder, OfTheOthersStaysWhenAHostIsRemoved) {
  for (std::int64_t host_id = 0; host_id < 100; ++host_id) {
    auto order = server_order({"a", "b", "c", "d"}, host_id);
    std::erase(order, "c");
    EXPECT_EQ(order, server_order({"a", "b", "d"}, host_id));
  }
}

TEST(ServerFailures, OfOneServerIsItsOwnError) {
  const ServerFailure failure{"a:3306", {1045, "Access denied"}};
  EXPECT_EQ(summary_of({&failure, 1}).code, 1045);
  EXPECT_EQ(summary_of({&failure, 1}).message, "Access denied");
}

TEST(ServerFailures, AreListedAndTheOneThatMayBeBackFirstDecides) {
  const std::vector<ServerFailure> failures = {{"a:3306", {1045, "Access denied"}},
                                               {"b:3306", {2003, "Can't connect"}},
                                               {"c:3306", {1040, "Too many"}}};
  const Error error = summary_of(failures);
  EXPECT_EQ(error.code, 2003);
  EXPECT_EQ(error.message,
            "none of 3 MySQL servers can be used: a:3306: Access denied | b:3306: Can't connect | c:3306: "
            "Too many");
}

TEST(ServerFailures, AreCutToALengthThatCanBeRead) {
  const std::vector<ServerFailure> failures(16, {"a:3306", {2003, std::string(100'000, 'x')}});
  const Error error = summary_of(failures);
  EXPECT_LT(error.message.size(), 8192U);
  EXPECT_THAT(error.message, AllOf(StartsWith("none of 16 MySQL servers"), HasSubstr("xxx...")));
}

}  // namespace
}  // namespace caretaker
