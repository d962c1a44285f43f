// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "base/unique_fd.h"
#include "store_fixture.h"

namespace caretaker {
namespace {

struct Seen {
  std::int64_t collected = 0;
  std::int64_t last_seq = 0;
  int reports = 0;
};

// Runs the writer until it has reported `reports` commits, kills it with SIGKILL and returns its last report.
Seen run_and_kill(const std::string& path, int reports) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::execl(CARETAKER_BINARY_DIR "/store_crash_writer", "store_crash_writer", path.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  FILE* output = ::fdopen(ends[0], "r");
  Seen seen;
  long long collected = 0;
  long long last_seq = 0;
  // To the end of the pipe: what was printed before the kill was committed before it.
  while (std::fscanf(output, "%lld %lld\n", &collected, &last_seq) == 2) {
    seen = {.collected = collected, .last_seq = last_seq, .reports = seen.reports + 1};
    if (seen.reports == reports) ::kill(child, SIGKILL);
  }
  std::fclose(output);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  return seen;
}

using StoreCrash = StoreTest;

TEST_F(StoreCrash, KeepsEveryCommittedSampleThroughKill9) {
  std::int64_t last_seq = 0;
  for (int round = 1; round <= 8; ++round) {
    const Seen seen = run_and_kill(options_.path, round * 5);
    ASSERT_GE(seen.reports, round * 5);
    EXPECT_GT(seen.last_seq, last_seq);
    host_ = {.id = 1, .name = "host", .machine_id = "m", .boot_id = "boot"};
    ASSERT_TRUE(start());
    EXPECT_GE(store_->status().last_seq, seen.last_seq);
    EXPECT_GE(store_->status().counters.collected, static_cast<std::uint64_t>(seen.collected));
    last_seq = store_->status().last_seq;
    stop();
    EXPECT_EQ(query("SELECT count(*) FROM samples"), last_seq * 50) << "whole batches only";
    EXPECT_EQ(query("SELECT count(*) FROM batches WHERE time_ms <> seq"), 0) << "none lost, none twice";
    expect_exact_counters();
  }
}

}  // namespace
}  // namespace caretaker
