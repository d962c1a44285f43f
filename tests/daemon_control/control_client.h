// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace caretaker {

struct HttpAnswer {
  int status = 0;  // 0: the connection ended without an answer
  std::string headers;
  std::string body;
};

// A client that sends exactly the bytes it is told to. Every wait has a deadline of 30 s.
class ControlClient {
 public:
  explicit ControlClient(const std::string& socket_path);

  void send(std::string_view bytes) const;
  // One whole answer off the connection.
  [[nodiscard]] HttpAnswer receive();
  [[nodiscard]] HttpAnswer get(std::string_view target) { return request("GET", target); }
  [[nodiscard]] HttpAnswer request(std::string_view method, std::string_view target,
                                   std::string_view body = {});
  [[nodiscard]] bool has_data() const;     // right now
  [[nodiscard]] bool is_closed_by_peer();  // waits
  void hang_up() { fd_.reset(); }

 private:
  bool fill();

  UniqueFd fd_;
  std::string buffer_;
};

}  // namespace caretaker
