// SPDX-License-Identifier: MIT
#include "systemd/journal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace caretaker {
namespace {

class JournalStream : public testing::Test {
 protected:
  void TearDown() override { ::unsetenv("JOURNAL_STREAM"); }
  static bool available_with(const std::string& stream) {
    ::setenv("JOURNAL_STREAM", stream.c_str(), 1);
    return journal_available();
  }
};

TEST_F(JournalStream, IsTheJournalWhenItNamesStandardErrorsOwnInode) {
  struct stat status{};
  ASSERT_EQ(::fstat(STDERR_FILENO, &status), 0);
  const std::string device = std::to_string(status.st_dev);
  EXPECT_TRUE(available_with(device + ":" + std::to_string(status.st_ino)));
  EXPECT_FALSE(available_with(device + ":" + std::to_string(status.st_ino) + ":1"));
}

TEST_F(JournalStream, IsNotTheJournalWhenOutputWasRedirectedAfterwards) {
  EXPECT_FALSE(available_with("1:1"));
}

TEST_F(JournalStream, IgnoresGarbage) {
  for (const char* stream : {"", ":", "1", "x:y", "-1:2", "99999999999999999999:1"}) {
    EXPECT_FALSE(available_with(stream)) << stream;
  }
}

TEST(Journal, IsNotAvailableWithoutJournalStream) {
  ::unsetenv("JOURNAL_STREAM");
  EXPECT_FALSE(journal_available());
}

TEST(JournalSend, NeverFailsForWantOfAJournal) {
  const JournalField fields[] = {{"JOB", "cpu"}, {"HOST", "web-1"}, {"NOTE", "two\nlines"}};
  const Result<> sent = journal_send(LOG_DEBUG, "a test of caretaker", fields);
  EXPECT_TRUE(sent) << sent.error().message;
}

TEST(JournalSend, RefusesAFieldNameThatTheJournalWouldDrop) {
  for (const std::string& name : {std::string(), std::string("job"), std::string("_PID"), std::string("1ST"),
                                  std::string("A=B"), std::string(65, 'A')}) {
    const JournalField field{name, "x"};
    const Result<> sent = journal_send(LOG_DEBUG, "a test of caretaker", {&field, 1});
    ASSERT_FALSE(sent) << name;
    EXPECT_EQ(sent.error().message, "journal field '" + name + "': bad name");
  }
}

}  // namespace
}  // namespace caretaker
