// SPDX-License-Identifier: MIT
// Faults that last, several at once, in a daemon that tries again all the time: each is told once, and its
// end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "e2e/views.h"
#include "support/eventually.h"
#include "support/fake_engine.h"
#include "support/mariadb_server.h"

namespace caretaker {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

constexpr std::uint64_t attempts = 8;  // of a job that fails, at least
constexpr std::size_t asked_runs = 3;  // of cleanup, beside its own

struct Line {
  std::string level;
  std::string subject;
  std::string message;
  std::string kind;
};

std::string without_digits(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit || !out.ends_with('#')) out += is_digit ? '#' : c;
  }
  return out;
}

// "2025-11-21T05:16:40.000Z warning cpu: it failed (job_failed)"
Line parse_line(std::string_view text) {
  take_word(text);
  Line line{.level = std::string(take_word(text)), .subject = {}, .message = {}, .kind = {}};
  text = trim(text);
  const std::size_t bracket = text.rfind(" (");
  if (bracket == std::string_view::npos) return line;
  line.kind = text.substr(bracket + 2, text.size() - bracket - 3);
  const std::size_t colon = text.find(": ");
  const bool has_subject = colon < bracket && line.kind != "daemon_started" && line.kind != "daemon_stopped";
  line.subject = has_subject ? text.substr(0, colon) : "";
  line.message = has_subject ? text.substr(colon + 2, bracket - colon - 2) : text.substr(0, bracket);
  return line;
}

class ToldOnce : public testing::Test {
 protected:
  ToldOnce() {
    fs::create_directory(daemon.path("store"));
    engine.add_fault({.method = {},
                      .path_prefix = {},
                      .times = 1'000'000,
                      .kind = FakeFault::Kind::garbage,
                      .body = "SSH-2.0-not_an_engine\r\n"});
    server.stop();
    daemon.write("config.d/test.ini",
                 "[service]\ninterval = 100ms\n[store]\ncommit_interval = 100ms\npath = " +
                     daemon.path("store/metrics.db") + "\n[log]\nfile = " + daemon.path("log") +
                     "\n[mysql]\nhost = 127.0.0.1:" + std::to_string(server.port()) +
                     "\nuser = root\nflush_interval = 100ms\n"
                     "[cleanup]\ncheck_interval = 1s\n[cleanup.docker]\nsocket = " +
                     engine.socket() + "\n[job.check]\ncommand = /usr/bin/test -e " + daemon.path("flag") +
                     "\ninterval = 100ms\n");
  }

  [[nodiscard]] std::vector<Line> lines() const {
    std::vector<Line> found;
    const std::string text = read_file(daemon.path("log")).value_or("");
    for (std::string_view rest = text; !rest.empty();) found.push_back(parse_line(take_line(rest)));
    return found;
  }
  [[nodiscard]] std::size_t count(std::string_view kind, std::string_view subject = "") const {
    std::size_t found = 0;
    for (const Line& line : lines())
      found += line.kind == kind && (subject.empty() || line.subject == subject);
    return found;
  }
  // What was told more than once: level, subject, reason and kind.
  [[nodiscard]] std::vector<std::string> repeated() const {
    std::map<std::string, int> told;
    for (const Line& line : lines()) {
      ++told[line.subject + ": " + without_digits(line.message) + " (" + line.kind + ")"];
    }
    std::vector<std::string> again;
    for (const auto& [text, times] : told) {
      if (times > 1) again.push_back(text);
    }
    return again;
  }
  [[nodiscard]] std::uint64_t failures_of(const std::string& job) const {
    return job_of(daemon, job).at("failures").get<std::uint64_t>();
  }
  void break_store() {
    fs::rename(daemon.path("store"), daemon.path("elsewhere"));
    ASSERT_TRUE(eventually([&] { return !status_of(daemon).at("store").at("writable").get<bool>(); }));
  }
  void try_all_again_and_again() {
    for (std::size_t i = 0; i < asked_runs; ++i) (void)daemon.ctl({"run", "cleanup"});
    for (const std::string job : {"check", "mysql"}) {
      const std::uint64_t before = failures_of(job);
      ASSERT_TRUE(eventually([&] { return failures_of(job) >= before + attempts; })) << job;
    }
  }
  void heal_everything() {
    engine.clear_faults();
    server.start();
    daemon.write("flag", "");
    fs::rename(daemon.path("elsewhere"), daemon.path("store"));
    (void)daemon.ctl({"restart", "mysql"});  // else it waits its time out before it looks again
  }

  DaemonProcess daemon;
  FakeEngine engine;
  MariadbServer server;
};

TEST_F(ToldOnce, FaultsThatLastHaveOneBeginningAndOneEnd) {
  daemon.start();
  try_all_again_and_again();
  break_store();
  try_all_again_and_again();
  EXPECT_THAT(repeated(), IsEmpty()) << read_file(daemon.path("log")).value_or("");
  for (const std::string job : {"check", "mysql", "cleanup"}) {
    EXPECT_GE(count("job_failed", job), 1U) << job;
    EXPECT_EQ(count("job_ok", job), 0U) << job;
  }
  EXPECT_EQ(count("job_failed", "check"), 1U);
  EXPECT_EQ(count("store_failing"), 1U);
  EXPECT_EQ(count("store_recovered"), 0U);

  heal_everything();
  for (const std::string job : {"check", "mysql", "cleanup"}) {
    EXPECT_TRUE(eventually([&] { return count("job_ok", job) > 0; })) << job;
  }
  EXPECT_TRUE(eventually([&] { return count("store_recovered") > 0; }));
  const std::uint64_t runs = runs_of(daemon, "check");
  EXPECT_TRUE(eventually([&] { return runs_of(daemon, "check") >= runs + attempts; }));
  EXPECT_THAT(repeated(), IsEmpty()) << read_file(daemon.path("log")).value_or("");
  for (const std::string job : {"check", "mysql", "cleanup"}) EXPECT_EQ(count("job_ok", job), 1U) << job;
  EXPECT_EQ(count("store_recovered"), 1U);
  EXPECT_EQ(daemon.stop(), 0);
}

// What the journal shows must have a kind: nothing else is written to the log.
TEST_F(ToldOnce, EveryLineHasAKind) {
  daemon.start();
  try_all_again_and_again();
  EXPECT_EQ(daemon.stop(), 0);
  for (const Line& line : lines()) EXPECT_FALSE(line.kind.empty()) << line.message;
  EXPECT_EQ(daemon.err(), "");
}

}  // namespace
}  // namespace caretaker
