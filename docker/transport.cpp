// SPDX-License-Identifier: MIT
#include "docker/transport.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>
#include <system_error>
#include <utility>

#include "base/parse.h"
#include "base/text.h"
#include "docker/engine_failure.h"
#include "docker/engine_socket.h"
#include "docker/request_rules.h"
#include "docker/request_target.h"

namespace caretaker {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t socket_path_bytes_max = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::size_t header_bytes_max = 64U << 10;
constexpr std::size_t error_body_bytes_max = 64U << 10;
constexpr std::chrono::milliseconds poll_max{60'000};
constexpr int status_ok_first = 200;
constexpr int status_ok_last = 299;

using Easy = std::unique_ptr<CURL, void (*)(CURL*)>;
using HeaderList = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

void* new_multi() {
  // Once per process and never undone; the library's TLS is not used here.
  static const CURLcode ready = ::curl_global_init(CURL_GLOBAL_NOTHING);
  void* multi = ready == CURLE_OK ? ::curl_multi_init() : nullptr;
  if (multi == nullptr) throw std::bad_alloc();
  return multi;
}

int delete_multi(void* multi) {
  return ::curl_multi_cleanup(multi);
}

void append_header(HeaderList& list, const std::string& line) {
  curl_slist* longer = ::curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());  // is the front of the longer one
  list.reset(longer);
}

// What base64url, with or without padding, is made of: nothing that could end a header line.
bool is_header_value(std::string_view value) {
  return std::ranges::all_of(value, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '=' || c == '+' || c == '/';
  });
}

}  // namespace

std::string request_name(const EngineRequest& request) {
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  return (request.method + ' ').append(without_api_version(path));
}

// One request under way. The library's callbacks only store; what may throw or take time happens in step().
struct Transport::Exchange {
  Exchange(const EngineRequest& sent, const AnswerSink& to) : request(sent), sink(to) {}

  const EngineRequest& request;
  const AnswerSink& sink;
  EngineAnswer answer;
  std::string arrived;  // body bytes that the sink has not taken yet
  std::size_t header_bytes = 0;
  std::size_t body_bytes = 0;
  bool header_over = false;
  bool accepted_told = false;
  const char* broken = nullptr;  // why a callback stopped the transfer
  Clock::time_point last_byte = Clock::now();

  [[nodiscard]] bool ok() const {
    return answer.status >= status_ok_first && answer.status <= status_ok_last;
  }

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* context) noexcept {
    auto& self = *static_cast<Exchange*>(context);
    const std::size_t bytes = size * count;
    try {
      return self.take_header({data, bytes}) ? bytes : 0;
    } catch (const std::exception&) {
      self.broken = "no memory for the header";
      return 0;
    }
  }

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* context) noexcept {
    auto& self = *static_cast<Exchange*>(context);
    const std::size_t bytes = size * count;
    try {
      return self.take_body({data, bytes}) ? bytes : 0;
    } catch (const std::exception&) {
      self.broken = "no memory for the body";
      return 0;
    }
  }

  bool take_header(std::string_view line) {
    last_byte = Clock::now();
    header_bytes += line.size();
    if (header_bytes > header_bytes_max) {
      broken = "its header is too large";
      return false;
    }
    if (header_over) return true;  // a trailer
    line = trim(line);
    if (line.starts_with("HTTP/")) {  // also behind an interim answer
      answer = {};
      take_word(line);
      answer.status = parse_number<int>(take_word(line)).value_or(0);
    } else if (line.empty()) {
      header_over = answer.status >= status_ok_first;
    } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
      std::string name(line.substr(0, colon));
      std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      });
      answer.headers.insert_or_assign(std::move(name), std::string(trim(line.substr(colon + 1))));
    }
    return true;
  }

  bool take_body(std::string_view bytes) {
    last_byte = Clock::now();
    body_bytes += bytes.size();
    if (request.answer_bytes != 0 && body_bytes > request.answer_bytes) {
      broken = "its answer is too large";
      return false;
    }
    if (ok()) {
      arrived.append(bytes);
    } else {
      answer.error_body.append(bytes.substr(0, error_body_bytes_max - answer.error_body.size()));
    }
    return true;
  }

  // Hands on what has come.
  Result<> step() {
    if (header_over && ok() && !accepted_told) {
      accepted_told = true;
      if (sink.accepted) sink.accepted();
    }
    if (arrived.empty()) return {};
    Result<> result = sink.take(arrived);
    arrived.clear();
    last_byte = Clock::now();  // the time that the sink took was not the engine's
    return result;
  }

  void prepare(CURL* easy, const std::string& socket, const std::string& url, curl_slist* headers,
               std::chrono::milliseconds connect_timeout) {
    ::curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
    ::curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    ::curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    ::curl_easy_setopt(easy, CURLOPT_PROXY, "");  // whatever http_proxy says
    ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
    ::curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    ::curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    ::curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout.count()));
    ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    if (request.method == "POST") {
      ::curl_easy_setopt(easy, CURLOPT_POST, 1L);
      ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L);
      ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
    } else if (request.method != "GET") {
      ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Exchange::on_header);
    ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Exchange::on_body);
    ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  }

  // How the transfer's end by the library reads for our callers.
  [[nodiscard]] EngineError transfer_error(CURLcode code, CURL* easy, const std::string& socket) const {
    const std::string name = request_name(request);
    if (broken != nullptr) return engine_error(EngineProblem::garbage, name, broken, answer.status);
    long system_error = 0;
    ::curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_error);
    const char* why = ::curl_easy_strerror(code);
    switch (code) {
      case CURLE_COULDNT_CONNECT: {
        const bool denied = system_error == EACCES || system_error == EPERM;
        return engine_error(
            denied ? EngineProblem::forbidden : EngineProblem::unreachable, socket,
            system_error == 0 ? why : std::generic_category().message(static_cast<int>(system_error)));
      }
      case CURLE_OPERATION_TIMEDOUT:
        return engine_error(EngineProblem::timeout, socket, "does not accept connections");
      case CURLE_OUT_OF_MEMORY:
      case CURLE_FAILED_INIT:
        return engine_error(EngineProblem::failed, name, why);
      case CURLE_GOT_NOTHING:
      case CURLE_SEND_ERROR:
      case CURLE_RECV_ERROR:
      case CURLE_PARTIAL_FILE:
        // What is endless ends so, when the engine is killed.
        if (answer.status == 0 || request.endless) {
          return engine_error(EngineProblem::unreachable, name, "the engine closed the connection");
        }
        [[fallthrough]];
      default:
        return engine_error(EngineProblem::garbage, name, fmt::format("the answer is broken ({})", why),
                            answer.status);
    }
  }
};

Transport::Transport(std::string socket, std::chrono::milliseconds connect_timeout)
    : socket_(std::move(socket)), connect_timeout_(connect_timeout), multi_(new_multi(), &delete_multi) {}

Transport::~Transport() = default;

EngineResult<EngineAnswer> Transport::send(const EngineRequest& request, const AnswerSink& sink,
                                           const std::stop_token& stop) {
  const std::string name = request_name(request);
  if (Result<> allowed = check_engine_request(request.method, request.target); !allowed) {
    return std::unexpected(engine_error(EngineProblem::not_allowed, name, allowed.error().message));
  }
  if (!is_header_value(request.registry_auth)) {
    return std::unexpected(
        engine_error(EngineProblem::not_allowed, name, "X-Registry-Auth is not base64url"));
  }
  const std::string socket = engine_socket(socket_).path;
  if (!socket.starts_with('/') || socket.size() > socket_path_bytes_max) {
    const std::string why = fmt::format("is no absolute path of at most {} bytes", socket_path_bytes_max);
    return std::unexpected(engine_error(EngineProblem::unreachable, "socket " + socket, why));
  }
  return exchange(socket, request, sink, stop);
}

EngineResult<EngineAnswer> Transport::exchange(const std::string& socket, const EngineRequest& request,
                                               const AnswerSink& sink, const std::stop_token& stop) {
  const std::string url = "http://localhost" + request.target;
  HeaderList headers(nullptr, &::curl_slist_free_all);
  append_header(headers, "Accept: application/json");
  append_header(headers, "Content-Type:");
  if (!request.registry_auth.empty()) append_header(headers, "X-Registry-Auth: " + request.registry_auth);
  Exchange exchange(request, sink);
  Easy easy(::curl_easy_init(), &::curl_easy_cleanup);
  if (!easy) throw std::bad_alloc();
  exchange.prepare(easy.get(), socket, url, headers.get(), connect_timeout_);

  CURLM* multi = multi_.get();
  if (::curl_multi_add_handle(multi, easy.get()) != CURLM_OK) throw std::bad_alloc();
  const auto detach = [multi](CURL* attached) { ::curl_multi_remove_handle(multi, attached); };
  const std::unique_ptr<CURL, decltype(detach)> attached(easy.get(), detach);
  const std::stop_callback wake(stop, [multi] { ::curl_multi_wakeup(multi); });

  const std::string name = request_name(request);
  while (!stop.stop_requested()) {
    int running = 0;
    ::curl_multi_perform(multi, &running);
    if (const Result<> taken = exchange.step(); !taken) {
      return std::unexpected(
          engine_error(EngineProblem::garbage, name, taken.error().message, exchange.answer.status));
    }
    int left = 0;
    if (const CURLMsg* message = ::curl_multi_info_read(multi, &left); message != nullptr) {
      const CURLcode code = message->data.result;
      if (code == CURLE_OK) return std::move(exchange.answer);
      return std::unexpected(exchange.transfer_error(code, easy.get(), socket));
    }
    std::chrono::milliseconds wait = poll_max;
    if (!request.endless || !exchange.header_over) {
      const auto silent =
          std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - exchange.last_byte);
      if (silent >= request.inactivity_timeout) {
        return std::unexpected(
            engine_error(EngineProblem::timeout, name,
                         "the engine was silent for " + format_duration(request.inactivity_timeout)));
      }
      wait = std::min(wait, request.inactivity_timeout - silent);
    }
    ::curl_multi_poll(multi, nullptr, 0, static_cast<int>(wait.count()) + 1, nullptr);
  }
  return std::unexpected(engine_error(EngineProblem::stopped, name, "stopped by us"));
}

}  // namespace caretaker
