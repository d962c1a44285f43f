// SPDX-License-Identifier: MIT
#include "ctl/run_program.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace caretaker::ctl {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 30s;

TEST(RunProgram, GivesTheInputAndTakesBothOutputs) {
  const auto ended = run_program({"/bin/sh", "-c", "cat; echo oops >&2; exit 3"}, "secret", patience);
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(ended->exit_status, 3);
  EXPECT_EQ(ended->out, "secret");
  EXPECT_EQ(ended->error, "oops\n");
}

TEST(RunProgram, OutlivesAProgramThatReadsNothing) {
  const auto ended = run_program({"/bin/true"}, std::string(program_input_bytes_max, 'x'), patience);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit_status, 0);
}

TEST(RunProgram, TellsAProgramThatASignalEnded) {
  const auto ended = run_program({"/bin/sh", "-c", "kill -9 $$"}, "", patience);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit_status, -1);
}

TEST(RunProgram, KillsWhatDoesNotEnd) {
  EXPECT_EQ(run_program({"/bin/sleep", "1000"}, "", 50ms).error().code, ETIMEDOUT);
}

TEST(RunProgram, CutsEndlessOutputOff) {
  const auto ended = run_program({"/usr/bin/head", "-c", "1000000", "/dev/zero"}, "", patience);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->out.size(), program_output_bytes_max);
}

TEST(RunProgram, SaysWhatCannotBeStarted) {
  const auto ended = run_program({"/nonexistent/program"}, "", patience);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ENOENT);
  EXPECT_EQ(ended.error().message, "/nonexistent/program: No such file or directory");
}

TEST(RunProgram, TakesNoMoreInputThanAPipeHolds) {
  EXPECT_FALSE(run_program({"/bin/cat"}, std::string(program_input_bytes_max + 1, 'x'), patience));
}

}  // namespace
}  // namespace caretaker::ctl
