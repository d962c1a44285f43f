// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace caretaker {

struct RawAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // lower case names
  std::string body;
  bool whole = false;  // false: the connection ended before the answer did
};

// One connection that sends what it is told and reads answers byte for byte: a test's own eye on a server.
class RawHttpClient {
 public:
  explicit RawHttpClient(const std::string& socket) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.size() >= sizeof address.sun_path) throw std::runtime_error("the socket's path is too long");
    std::ranges::copy(socket, address.sun_path);
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    set_patience_s(40);
  }

  [[nodiscard]] bool connected() const { return connected_; }

  // A read that takes longer ends like the connection.
  void set_patience_s(int seconds, int microseconds = 0) const {
    const timeval time{.tv_sec = seconds, .tv_usec = microseconds};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  }

  void send(std::string_view bytes) const { ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  [[nodiscard]] RawAnswer ask(std::string_view method, std::string_view target,
                              std::string_view more_headers = "") {
    send_request(method, target, more_headers);
    return read_answer(method == "HEAD");
  }

  void send_request(std::string_view method, std::string_view target,
                    std::string_view more_headers = "") const {
    std::string request(method);
    request.append(" ").append(target).append(" HTTP/1.1\r\nHost: engine\r\n").append(more_headers);
    send(request.append("\r\n"));
  }

  [[nodiscard]] RawAnswer read_answer(bool head_only = false) {
    RawAnswer answer = read_head();
    if (answer.status == 0) return answer;
    if (head_only || answer.status == 204) {
      answer.whole = true;
    } else if (answer.headers.contains("content-length")) {
      std::size_t size = 0;
      const std::string& text = answer.headers["content-length"];
      std::from_chars(text.data(), text.data() + text.size(), size);
      answer.whole = read_bytes(size, answer.body);
    } else {
      while (read_chunk(answer.body, answer.whole)) {
      }
    }
    return answer;
  }

  // Status and headers alone: the body is read by next_chunk().
  [[nodiscard]] RawAnswer read_head() {
    RawAnswer answer;
    std::string line;
    if (!read_line(line) || !line.starts_with("HTTP/1.1 ")) return answer;
    std::from_chars(line.data() + 9, line.data() + line.size(), answer.status);
    while (read_line(line) && !line.empty()) {
      const std::size_t colon = line.find(": ");
      if (colon == std::string::npos) continue;
      std::string name = line.substr(0, colon);
      std::ranges::transform(name, name.begin(),
                             [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      answer.headers[name] = line.substr(colon + 2);
    }
    return answer;
  }

  // The next chunk of a body, or "" at its end.
  [[nodiscard]] std::string next_chunk() {
    std::string chunk;
    bool end = false;
    static_cast<void>(read_chunk(chunk, end));
    return chunk;
  }

  // Whatever comes until the connection ends.
  [[nodiscard]] std::string read_rest() {
    while (receive()) {
    }
    return std::exchange(buffer_, {});
  }

 private:
  bool receive() {
    std::array<char, 65536> bytes{};
    const ssize_t count = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    if (count <= 0) return false;
    buffer_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }

  bool read_line(std::string& line) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n", position_)) == std::string::npos) {
      if (!receive()) return false;
    }
    line = buffer_.substr(position_, end - position_);
    position_ = end + 2;
    forget();
    return true;
  }

  // Appends what there is, also when it is less than `size`.
  bool read_bytes(std::size_t size, std::string& out) {
    while (buffer_.size() - position_ < size && receive()) {
    }
    const std::string_view bytes = std::string_view(buffer_).substr(position_, size);
    const bool whole = bytes.size() == size;
    out.append(bytes);
    position_ += bytes.size();
    forget();
    return whole;
  }

  // `end` becomes true with the last, empty chunk.
  bool read_chunk(std::string& out, bool& end) {
    std::string line;
    if (!read_line(line)) return false;
    std::size_t size = 0;
    std::from_chars(line.data(), line.data() + line.size(), size, 16);
    const bool read = read_bytes(size, out) && read_line(line);
    end = read && size == 0;
    return read && !end;
  }

  void forget() {
    if (position_ < (1U << 20) && position_ < buffer_.size()) return;
    buffer_.erase(0, position_);
    position_ = 0;
  }

  UniqueFd fd_;
  bool connected_ = false;
  std::string buffer_;
  std::size_t position_ = 0;
};

}  // namespace caretaker
