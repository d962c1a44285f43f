// SPDX-License-Identifier: MIT
#include "ctl/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <string>

#include "base/unique_fd.h"

namespace caretaker::ctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// A process with a terminal of its own as standard input and error, which calls `body`; its exit status is
// the body's result. Types `keys` once it has seen `prompt`.
struct TerminalSession {
  std::string seen;  // on the screen
  int exit = -1;

  template <class Body>
  TerminalSession(const std::string& prompt, const std::string& keys, Body body) {
    int master = -1;
    const pid_t child = ::forkpty(&master, nullptr, nullptr, nullptr);
    if (child == 0) ::_exit(body());
    const UniqueFd screen(master);
    bool typed = false;
    char buffer[512];
    for (ssize_t count = 0; (count = ::read(screen.get(), buffer, sizeof buffer)) > 0;) {
      seen.append(buffer, static_cast<std::size_t>(count));
      if (typed || !seen.contains(prompt)) continue;
      typed = true;
      EXPECT_EQ(::write(screen.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    if (WIFEXITED(status)) exit = WEXITSTATUS(status);
  }
};

bool shows_what_is_typed() {
  termios settings{};
  return ::tcgetattr(STDIN_FILENO, &settings) == 0 && (settings.c_lflag & ECHO) != 0;
}

TEST(StandardTerminal, TakesAPasswordWithoutShowingItAndShowsWhatComesAfter) {
  const TerminalSession session("Password: ", "se cret\n", [] {
    StandardTerminal terminal;
    const auto secret = terminal.ask_secret("Password: ");
    if (!terminal.is_there() || !shows_what_is_typed()) return 1;
    return secret && secret->reveal() == "se cret" ? 0 : 2;
  });
  EXPECT_EQ(session.exit, 0);
  EXPECT_THAT(session.seen, AllOf(HasSubstr("Password: "), Not(HasSubstr("cret"))));
}

TEST(StandardTerminal, TakesOnlyAYesForAYes) {
  const auto answer = [](const std::string& keys) {
    return TerminalSession("[y/N] ", keys, [] { return StandardTerminal().confirm("Do this?") ? 0 : 1; })
        .exit;
  };
  EXPECT_EQ(answer("y\n"), 0);
  EXPECT_EQ(answer(" yes \n"), 0);
  EXPECT_EQ(answer("\n"), 1);
  EXPECT_EQ(answer("n\n"), 1);
  EXPECT_EQ(answer("yesterday\n"), 1);
  EXPECT_EQ(answer("\x04"), 1) << "end of input";
}

// Standard input is a pipe with this text in it.
Result<Secret> read_from_pipe(const std::string& text) {
  int fds[2];
  EXPECT_EQ(::pipe(fds), 0);
  EXPECT_EQ(::write(fds[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ::close(fds[1]);
  const UniqueFd before(::dup(STDIN_FILENO));
  ::dup2(fds[0], STDIN_FILENO);
  ::close(fds[0]);
  auto secret = StandardTerminal().read_secret();
  EXPECT_FALSE(StandardTerminal().is_there());
  ::dup2(before.get(), STDIN_FILENO);
  return secret;
}

TEST(StandardTerminal, ReadsOneLineFromAPipe) {
  EXPECT_EQ(read_from_pipe("secret\r\nmore\n")->reveal(), "secret");
  EXPECT_EQ(read_from_pipe("secret")->reveal(), "secret");
  EXPECT_EQ(read_from_pipe("").error().message, "standard input ended before a line came");
  EXPECT_THAT(read_from_pipe(std::string(2000, 'x')).error().message, HasSubstr("too long"));
}

}  // namespace
}  // namespace caretaker::ctl
