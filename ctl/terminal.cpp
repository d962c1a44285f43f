// SPDX-License-Identifier: MIT
#include "ctl/terminal.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/text.h"

namespace caretaker::ctl {
namespace {

constexpr std::size_t line_bytes_max = 1024;

// Questions go to standard error: standard output may be a file.
void say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// Byte by byte: what follows the line belongs to others. Nothing of it stays in a buffer.
Result<std::string> read_line() {
  std::string line;
  for (;;) {
    char c = 0;
    const ssize_t count = ::read(STDIN_FILENO, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "standard input");
    if (count == 0 && line.empty()) return fail("standard input ended before a line came");
    if (count == 0 || c == '\n') break;
    if (line.size() == line_bytes_max) return fail("standard input has a line that is too long");
    line += c;
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

// While it lives, the terminal does not show what is typed.
class Silence {
 public:
  Silence() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    quiet.c_lflag |= ECHONL;
    active_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  ~Silence() {
    if (active_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool active_ = false;
};

Result<Secret> to_secret(Result<std::string> line) {
  if (!line) return std::unexpected(line.error());
  return Secret(std::move(*line));
}

}  // namespace

bool StandardTerminal::is_there() {
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
}

bool StandardTerminal::confirm(const std::string& question) {
  say(question + " [y/N] ");
  const auto line = read_line();
  if (!line) return false;
  const std::string_view answer = trim(*line);
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes";
}

Result<Secret> StandardTerminal::ask_secret(const std::string& prompt) {
  const Silence silence;  // first: what is typed at once must neither be shown nor lost
  say(prompt);
  return to_secret(read_line());
}

Result<Secret> StandardTerminal::read_secret() {
  return to_secret(read_line());
}

}  // namespace caretaker::ctl
