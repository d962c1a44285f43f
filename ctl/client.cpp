// SPDX-License-Identifier: MIT
#include "ctl/client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "base/parse.h"
#include "ctl/answers.h"

namespace caretaker::ctl {
namespace {

constexpr std::size_t answer_bytes_max = 64U << 20;
constexpr std::size_t socket_path_bytes_max = sizeof(sockaddr_un::sun_path) - 1;
constexpr long status_ok_first = 200;
constexpr long status_ok_last = 299;

void* new_handle() {
  // Once per process; never undone, since the process ends with its only command.
  if (::curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK) throw std::bad_alloc();
  void* handle = ::curl_easy_init();
  if (handle == nullptr) throw std::bad_alloc();
  return handle;
}

}  // namespace

struct Client::Response {
  long status = 0;
  std::string body;
};

struct Client::Transfer {
  std::string body;
  bool too_large = false;

  static std::size_t append(char* data, std::size_t size, std::size_t count, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    const std::size_t bytes = size * count;
    if (transfer.body.size() + bytes > answer_bytes_max) {
      transfer.too_large = true;
      return 0;
    }
    transfer.body.append(data, bytes);
    return bytes;
  }
};

Client::Client(std::string socket, std::chrono::milliseconds timeout)
    : socket_(std::move(socket)), timeout_(timeout), curl_(new_handle(), &::curl_easy_cleanup) {}

Client::~Client() = default;

Answer<std::string> Client::get(const std::string& target) {
  return send(Method::get, target);
}

Answer<std::string> Client::post(const std::string& target) {
  return send(Method::post, target);
}

Answer<std::string> Client::send(Method method, const std::string& target) {
  if (socket_.empty() || socket_.size() > socket_path_bytes_max) {
    return std::unexpected(Failure{.exit = ExitCode::usage,
                                   .code = "socket_path",
                                   .message = fmt::format("the socket's path must have 1 to {} bytes, not {}",
                                                          socket_path_bytes_max, socket_.size())});
  }
  Answer<Response> response = perform(method, target);
  if (!response) return std::unexpected(std::move(response.error()));
  if (response->status < status_ok_first || response->status > status_ok_last) {
    return std::unexpected(parse_failure(static_cast<int>(response->status), response->body));
  }
  if (Answer<> object = check_json_object(response->body); !object) {
    return std::unexpected(std::move(object.error()));
  }
  return std::move(response->body);
}

Answer<Client::Response> Client::perform(Method method, const std::string& target) {
  CURL* curl = curl_.get();
  const std::string url = "http://localhost" + target;
  Transfer transfer;
  ::curl_easy_reset(curl);
  ::curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
  ::curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);  // a job may be named ".."
  ::curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");    // whatever http_proxy says
  ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
  ::curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);  // curl repeats a request on a reused connection
  ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_.count()));
  ::curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout_.count()));
  ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::append);
  ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  if (method == Method::post) {
    ::curl_easy_setopt(curl, CURLOPT_POST, 1L);
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, 0L);
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
  }
  const CURLcode code = ::curl_easy_perform(curl);
  long system_error = 0;
  ::curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &system_error);
  if (code != CURLE_OK) return std::unexpected(transfer_failure(transfer, code, system_error));
  long status = 0;
  ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return Response{.status = status, .body = std::move(transfer.body)};
}

Failure Client::transfer_failure(const Transfer& transfer, int curl_code, long system_error) const {
  if (transfer.too_large) {
    return {.code = "answer_too_large",
            .message = fmt::format("the daemon's answer is larger than {}",
                                   caretaker::format_bytes(answer_bytes_max)),
            .hint = "ask for less with --limit or a narrower pattern"};
  }
  switch (curl_code) {
    case CURLE_COULDNT_CONNECT:
      return connect_failure(system_error);
    case CURLE_OPERATION_TIMEDOUT:
      return {.exit = ExitCode::timeout,
              .code = "timeout",
              .message = fmt::format("the daemon at {} gave no answer within {}", socket_,
                                     format_duration(timeout_)),
              .hint = "wait longer with --timeout"};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return {.code = "bad_answer",
              .message = fmt::format("what listens at {} does not speak HTTP", socket_)};
    default:
      return {.code = "bad_answer",
              .message = fmt::format("the daemon's answer broke off ({})",
                                     ::curl_easy_strerror(static_cast<CURLcode>(curl_code)))};
  }
}

Failure Client::connect_failure(long system_error) const {
  const int error = static_cast<int>(system_error);
  if (error == EACCES || error == EPERM) {
    return {.exit = ExitCode::not_permitted,
            .code = "not_permitted",
            .message = fmt::format("this user may not connect to {}", socket_),
            .hint = "run as root or join the group caretaker"};
  }
  std::string reason = fmt::format("{}: {}", socket_, std::strerror(error));
  if (error == ENOENT) reason = fmt::format("no socket at {}", socket_);
  if (error == ECONNREFUSED) reason = fmt::format("{} is left over, nobody listens", socket_);
  return {.exit = ExitCode::no_daemon,
          .code = "no_daemon",
          .message = fmt::format("no daemon is running ({})", reason),
          .hint = "start it with: systemctl start caretaker"};
}

std::string url_encode(std::string_view text) {
  constexpr std::string_view unreserved = "-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (is_alphanumeric || unreserved.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

}  // namespace caretaker::ctl
