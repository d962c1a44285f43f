// SPDX-License-Identifier: MIT
#include "bench/recorded_host.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/text.h"

namespace caretaker::bench {
namespace {

namespace fs = std::filesystem;

// With these, every number of at least so many digits grows by a thousandth per second. Gauges among them do
// no harm.
constexpr const char* growing_files[] = {"stat",         "vmstat",          "diskstats",
                                         "uptime",       "1/net/dev",       "self/stat",
                                         "pressure/cpu", "pressure/memory", "pressure/io"};
constexpr std::size_t growing_digits_min = 4;
constexpr std::size_t growing_digits_max = 12;  // no overflow within a day
constexpr std::uint64_t growth_divisor = 1'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::uint64_t number_of(std::string_view digits) {
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

void append_grown(std::string& out, std::string_view text, std::uint64_t seconds) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    const std::string_view digits = text.substr(at, end - at);
    if (digits.size() >= growing_digits_min && digits.size() <= growing_digits_max) {
      const std::uint64_t number = number_of(digits);
      fmt::format_to(std::back_inserter(out), "{}", number + seconds * (number / growth_divisor));
    } else {
      if (end == at) ++end;
      out.append(text, at, end - at);
    }
    at = end;
  }
}

std::string recorded_text(const std::string& path) {
  auto text = read_file(path);
  if (!text) throw std::runtime_error(text.error().message);
  return std::move(*text);
}

// Folders in the places of the mounts, so that there is something to measure (proc_pid_mountinfo(5)).
void make_mount_points(const HostPaths& paths) {
  constexpr int words_before = 4;
  const std::string table = recorded_text(paths.proc("1/mountinfo"));
  std::string_view rest = table;
  while (!rest.empty()) {
    std::string_view line = take_line(rest);
    for (int i = 0; i < words_before; ++i) take_word(line);
    fs::create_directories(paths.root(take_word(line)));
  }
}

}  // namespace

RecordedHost::RecordedHost(const fs::path& recorded, const fs::path& work)
    : paths_{.procfs = work / "proc", .sysfs = work / "sys", .rootfs = work / "root"} {
  for (const char* folder : {"proc", "sys"}) {
    fs::remove_all(work / folder);
    fs::create_directories(work / folder);
    fs::copy(recorded / folder, work / folder, fs::copy_options::recursive);
  }
  make_mount_points(paths_);
  for (const char* name : growing_files) {
    const std::string path = paths_.proc(name);
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd.valid()) throw std::runtime_error("cannot write " + path);
    growing_.push_back({std::move(fd), recorded_text(path)});
  }
}

void RecordedHost::set_second(std::uint64_t second) {
  for (const File& file : growing_) {
    text_.clear();
    append_grown(text_, file.recorded, second);
    const ssize_t written = ::pwrite(file.fd.get(), text_.data(), text_.size(), 0);
    if (written != static_cast<ssize_t>(text_.size()) || ::ftruncate(file.fd.get(), written) != 0)
      throw std::runtime_error("cannot write a kernel file");
  }
}

}  // namespace caretaker::bench
