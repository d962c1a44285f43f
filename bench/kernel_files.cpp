// SPDX-License-Identifier: MIT
#include "bench/kernel_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "base/file.h"
#include "base/host_paths.h"
#include "base/parse.h"
#include "base/text.h"

namespace caretaker::bench {
namespace {

constexpr std::size_t read_buffer_bytes = 1U << 16;

}  // namespace

std::vector<std::string> open_kernel_files() {
  const HostPaths paths;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(paths.proc("self/fd"))) {
    std::error_code error;
    const std::string target = std::filesystem::read_symlink(entry.path(), error);
    const bool kernel = target.starts_with(paths.procfs + "/") || target.starts_with(paths.sysfs + "/");
    if (kernel && std::filesystem::is_regular_file(target, error)) files.push_back(target);
  }
  std::ranges::sort(files);
  return files;
}

BareReads::BareReads(const std::vector<std::string>& files) : buffer_(read_buffer_bytes) {
  for (const std::string& file : files) {
    descriptors_.emplace_back(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptors_.back().valid()) throw std::runtime_error("open " + file);
  }
}

std::size_t BareReads::run() {
  std::size_t bytes = 0;
  for (const UniqueFd& fd : descriptors_) {
    const auto size = ::pread(fd.get(), buffer_.data(), buffer_.size(), 0);
    if (size < 0) throw std::runtime_error("pread");
    bytes += static_cast<std::size_t>(size);
  }
  return bytes;
}

std::uint64_t bytes_read_so_far() {
  static std::uint64_t of_these_calls = 0;
  const auto text = read_file(HostPaths().proc("self/io"));
  if (!text) throw std::runtime_error(text.error().message);
  std::string_view rest = *text;
  std::string_view line = take_line(rest);
  if (take_word(line) != "rchar:") throw std::runtime_error("no rchar in " + HostPaths().proc("self/io"));
  const auto bytes = parse_number<std::uint64_t>(take_word(line));
  if (!bytes) throw std::runtime_error("no number in " + HostPaths().proc("self/io"));
  const std::uint64_t others = *bytes - of_these_calls;
  of_these_calls += text->size();
  return others;
}

}  // namespace caretaker::bench
