// SPDX-License-Identifier: MIT
// The few packets of MySQL's client/server protocol that a client needs to see.
#include "bench/ok_server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace caretaker::bench {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t header_bytes = 4;
constexpr std::size_t packet_bytes_max = 1U << 24;
constexpr char query_command = 3;
constexpr std::string_view ok = "\0\1\0\2\0\0\0"sv;  // one row was changed
constexpr std::string_view end_of_rows = "\xFE\0\0\2\0"sv;
// Protocol 10, mysql_native_password, no TLS; in it are the connection's number and 20 bytes of salt.
constexpr std::string_view greeting =
    "\x0A"
    "8.0.40\0"
    "\7\0\0\0"
    "abcdefgh\0"
    "\1\xA2"  // LONG_PASSWORD, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION
    "\xFF\2\0"
    "\x08\0"  // PLUGIN_AUTH
    "\x15"
    "\0\0\0\0\0\0\0\0\0\0"
    "ijklmnopqrst\0"
    "mysql_native_password\0"sv;
// What the one SELECT of a new session asks for: version, account, max_allowed_packet.
constexpr std::array facts = {"8.0.40"sv, "guard@localhost"sv, "67108864"sv};

class Conversation {
 public:
  explicit Conversation(UniqueFd client) : client_(std::move(client)) {}

  void run() {
    send(greeting);
    if (!receive()) return;
    send(ok);
    while (const auto command = receive()) {
      if (command->empty() || command->front() != query_command) return;
      if (command->substr(1).starts_with("SELECT")) {
        send_facts();
      } else {
        send(ok);
      }
    }
  }

 private:
  bool receive_exactly(std::string& out, std::size_t size) {
    out.resize(size);
    for (std::size_t got = 0; got < size;) {
      const ssize_t bytes = ::recv(client_.get(), out.data() + got, size - got, 0);
      if (bytes <= 0) return false;
      got += static_cast<std::size_t>(bytes);
    }
    return true;
  }

  std::optional<std::string_view> receive() {
    std::string header;
    if (!receive_exactly(header, header_bytes)) return std::nullopt;
    std::size_t size = 0;
    for (const std::size_t i : {2U, 1U, 0U}) size = size << 8U | static_cast<unsigned char>(header[i]);
    sequence_ = static_cast<unsigned char>(header[3]) + 1U;
    if (size >= packet_bytes_max - 1 || !receive_exactly(payload_, size)) return std::nullopt;
    return payload_;
  }

  void send(std::string_view payload) {
    std::string packet;
    for (const unsigned shift : {0U, 8U, 16U}) packet += static_cast<char>((payload.size() >> shift) & 0xFFU);
    packet += static_cast<char>(sequence_++);
    packet += payload;
    (void)::send(client_.get(), packet.data(), packet.size(), MSG_NOSIGNAL);
  }

  void send_facts() {
    send(std::string(1, static_cast<char>(facts.size())));
    std::string row;
    for (const std::string_view fact : facts) {
      send("\3def\0\0\0\1c\0\x0C\x2D\0\0\1\0\0\xFD\0\0\0\0\0"sv);
      row += static_cast<char>(fact.size());
      row += fact;
    }
    send(end_of_rows);
    send(row);
    send(end_of_rows);
  }

  UniqueFd client_;
  std::string payload_;
  unsigned sequence_ = 0;
};

void serve(int listener) {
  for (;;) {
    UniqueFd client(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.valid()) return;
    Conversation(std::move(client)).run();
  }
}

}  // namespace

OkServer::OkServer(const std::string& socket_path)
    : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) throw std::runtime_error("too long: " + socket_path);
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), 1) != 0) {
    throw std::runtime_error("cannot listen on " + socket_path);
  }
  thread_ = std::thread(serve, listener_.get());
}

OkServer::~OkServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  thread_.join();
}

}  // namespace caretaker::bench
