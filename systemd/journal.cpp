// SPDX-License-Identifier: MIT
#include "systemd/journal.h"

#include <sys/stat.h>
#include <sys/uio.h>
#define SD_JOURNAL_SUPPRESS_LOCATION  // the place of this file's call would be the same for every entry
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/parse.h"
#include "base/text.h"

namespace caretaker {
namespace {

constexpr std::size_t name_bytes_max = 64;

bool is_upper_or_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// What journald would drop without a word.
bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= name_bytes_max && name[0] >= 'A' && name[0] <= 'Z' &&
         std::ranges::all_of(name, is_upper_or_digit);
}

bool is_stream(int fd, dev_t device, ino_t inode) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

}  // namespace

bool journal_available() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  if (stream == nullptr) return false;
  const std::vector<std::string_view> parts = split(stream, ':');
  if (parts.size() != 2) return false;
  const auto device = parse_number<dev_t>(parts[0]);
  const auto inode = parse_number<ino_t>(parts[1]);
  if (!device || !inode) return false;
  return is_stream(STDERR_FILENO, *device, *inode) || is_stream(STDOUT_FILENO, *device, *inode);
}

Result<> journal_send(int priority, std::string_view message, std::span<const JournalField> fields) {
  std::vector<std::string> entries;
  entries.reserve(fields.size() + 2);
  entries.push_back("MESSAGE=" + std::string(message));
  entries.push_back("PRIORITY=" + std::to_string(priority));
  for (const JournalField& field : fields) {
    if (!is_field_name(field.name)) return fail("journal field '" + std::string(field.name) + "': bad name");
    entries.push_back(std::string(field.name) + "=" + std::string(field.value));
  }
  std::vector<iovec> parts;
  parts.reserve(entries.size());
  for (std::string& entry : entries) parts.push_back({.iov_base = entry.data(), .iov_len = entry.size()});
  const int result = sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
  if (result < 0) return fail_errno(-result, "sd_journal_sendv");
  return {};
}

}  // namespace caretaker
