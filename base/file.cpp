// SPDX-License-Identifier: MIT
#include "base/file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace caretaker {
namespace {

constexpr std::size_t buffer_size_initial = 4096;
constexpr std::size_t kernel_buffer_size_min = 4096;

Result<UniqueFd> open_to_read(const std::string& path) {
  // O_NONBLOCK: opening a FIFO that was put in the file's place must not hang.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return fail_errno(errno, "open " + path);
  return UniqueFd(fd);
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t size_max) {
  PolledFile file(path, PolledFile::line_max_any, size_max);
  const auto text = file.read();
  if (!text) return std::unexpected(text.error());
  return std::string(*text);
}

bool path_exists(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0;
}

bool is_on_proc(int fd) {
  struct statfs place{};
  return ::fstatfs(fd, &place) == 0 && place.f_type == PROC_SUPER_MAGIC;
}

Result<> write_all(int fd, std::string_view bytes, const std::string& what) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno(errno, what);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

PolledFile::PolledFile(std::string path, std::size_t line_max, std::size_t size_max)
    : path_(std::move(path)), line_max_(line_max), size_max_(size_max) {}

Result<std::string_view> PolledFile::read() {
  if (!fd_.valid()) {
    auto fd = open_to_read(path_);
    if (!fd) return std::unexpected(fd.error());
    fd_ = std::move(*fd);
    on_proc_ = is_on_proc(fd_.get());
  }
  const auto size = fill();
  if (!size) {
    fd_.reset();
    return std::unexpected(size.error());
  }
  return std::string_view(buffer_).substr(0, *size);
}

bool PolledFile::may_have_changed() const {
  if (!fd_.valid() || !on_proc_) return true;
  pollfd change{.fd = fd_.get(), .events = POLLPRI, .revents = 0};
  return ::poll(&change, 1, 0) != 0;
}

Result<std::size_t> PolledFile::fill() {
  if (buffer_.empty()) buffer_.resize(buffer_size_initial);
  std::size_t size = 0;
  for (;;) {
    const ssize_t count =
        ::pread(fd_.get(), buffer_.data() + size, buffer_.size() - size, static_cast<off_t>(size));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "read " + path_);
    size += static_cast<std::size_t>(count);
    if (size > size_max_) return fail_errno(EFBIG, "read " + path_);
    const bool all =
        size < buffer_.size() && static_cast<std::size_t>(count) + line_max_ < kernel_buffer_size_min;
    if (count == 0 || all) return size;
    // Some room is always left, so that the pread that finds the end has a buffer.
    if (size == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  }
}

}  // namespace caretaker
