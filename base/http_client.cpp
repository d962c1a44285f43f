// SPDX-License-Identifier: MIT
#include "base/http_client.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cerrno>
#include <limits>
#include <optional>

#include "base/pause.h"
#include "base/text.h"
#include "base/unix_socket.h"

namespace caretaker {
namespace {

namespace beast = boost::beast;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t read_bytes = 16U << 10;
constexpr std::size_t interim_answers_max = 10;  // 1xx
constexpr int final_status_first = 200;
constexpr milliseconds connect_again_after{20};
constexpr milliseconds poll_max{60'000};

HttpFailure failure(HttpProblem problem, std::string reason, int system_error = 0) {
  return {.problem = problem, .system_error = system_error, .reason = std::move(reason)};
}

bool is_visible(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; });
}

// Nothing in it ends a line, or begins another request.
bool is_sound(const HttpRequest& request) {
  return is_visible(request.method) && is_visible(request.target) &&
         std::ranges::all_of(request.headers, [](const auto& header) {
           return is_visible(header.first) && is_visible(header.second);
         });
}

std::string text_of(const HttpRequest& request) {
  std::string text = request.method + ' ' + request.target + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const auto& [name, value] : request.headers)
    text.append(name).append(": ").append(value).append("\r\n");
  if (request.method == "POST") text += "Content-Length: 0\r\n";
  return text + "\r\n";
}

// One answer, interim or final, as Boost.Beast reads it.
class AnswerParser final : public beast::http::basic_parser<false> {
 public:
  AnswerParser(const HttpLimits& limits, const HttpSink& sink) : limits_(limits), sink_(sink) {
    eager(true);
    header_limit(static_cast<std::uint32_t>(http_header_bytes_max));
    body_limit(std::numeric_limits<std::uint64_t>::max());  // take() has the limit
  }

  [[nodiscard]] bool has_status() const { return head_.status != 0; }
  [[nodiscard]] bool is_interim() const { return head_.status < final_status_first; }
  // Why a callback has ended the exchange.
  [[nodiscard]] const std::optional<HttpFailure>& ended() const { return ended_; }

 private:
  using Error = beast::error_code;
  using Text = beast::string_view;

  static std::string_view view(Text text) { return {text.data(), text.size()}; }

  void end(HttpFailure why, Error& error) {
    ended_ = std::move(why);
    error = beast::http::make_error_code(beast::http::error::end_of_stream);
  }

  std::size_t take(Text bytes, Error& error) {
    body_bytes_ += bytes.size();
    if (limits_.body_bytes != 0 && body_bytes_ > limits_.body_bytes) {
      end(failure(HttpProblem::too_large, "its answer is too large"), error);
    } else if (Result<> taken = sink_.body(view(bytes)); !taken) {
      end(failure(HttpProblem::refused, std::move(taken.error().message)), error);
    }
    return bytes.size();
  }

  void on_request_impl(beast::http::verb, Text, Text, int, Error&) override {}
  void on_response_impl(int status, Text, int, Error&) override { head_.status = status; }
  void on_field_impl(beast::http::field, Text name, Text value, Error&) override {
    if (!header_over_) head_.headers.insert_or_assign(lower_ascii(view(name)), std::string(view(value)));
  }
  void on_header_impl(Error&) override {
    header_over_ = true;  // what comes behind the body are trailers
    if (!is_interim()) sink_.head(head_);
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(Text bytes, Error& error) override { return take(bytes, error); }
  void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, Error& error) override {
    return take(bytes, error);
  }
  void on_finish_impl(Error&) override {}

  const HttpLimits& limits_;
  const HttpSink& sink_;
  HttpHead head_;
  bool header_over_ = false;
  std::size_t body_bytes_ = 0;
  std::optional<HttpFailure> ended_;
};

class Exchange {
 public:
  Exchange(const HttpLimits& limits, const HttpSink& sink, const std::stop_token& stop)
      : limits_(limits), sink_(sink), stop_(stop) {
    parser_.emplace(limits_, sink_);
  }

  std::optional<HttpFailure> run(const std::string& socket, std::string request) {
    unsent_ = std::move(request);
    const UniqueFd stop_fd(::eventfd(0, EFD_CLOEXEC));
    if (!stop_fd.valid()) return failure(HttpProblem::failed, "eventfd", errno);
    const std::stop_callback wake(stop_, [fd = stop_fd.get()] { (void)::eventfd_write(fd, 1); });
    if (auto failed = connect(socket)) return failed;
    last_byte_ = Clock::now();
    while (!over_) {
      if (auto failed = wait(stop_fd.get())) return failed;
      send();
      if (auto failed = receive()) return failed;
    }
    return std::nullopt;
  }

 private:
  // A Unix socket whose queue is full cannot be waited for (connect(2), EAGAIN).
  std::optional<HttpFailure> connect(const std::string& socket) {
    while (true) {
      if (stop_.stop_requested()) return failure(HttpProblem::stopped, "stopped by us");
      Result<UniqueFd> connected = connect_unix_socket(socket, SOCK_NONBLOCK);
      if (connected) {
        socket_ = std::move(*connected);
        return std::nullopt;
      }
      if (connected.error().code != EAGAIN) {
        return failure(HttpProblem::connect, std::move(connected.error().message), connected.error().code);
      }
      if (auto expired = total_expired()) return expired;
      if (limits_.connect.count() != 0 && Clock::now() - begin_ >= limits_.connect) {
        return failure(HttpProblem::full, "does not accept connections");
      }
      (void)pause_for(connect_again_after, stop_);
    }
  }

  [[nodiscard]] bool inactivity_counts() const {
    return limits_.inactivity.count() != 0 && !(limits_.endless && parser_->is_header_done());
  }

  [[nodiscard]] std::optional<HttpFailure> total_expired() const {
    if (limits_.total.count() == 0 || Clock::now() - begin_ < limits_.total) return std::nullopt;
    return failure(HttpProblem::late, "no whole answer in time");
  }

  // Until something can be read, or sent where there is something left to send.
  std::optional<HttpFailure> wait(int stop_fd) {
    if (stop_.stop_requested()) return failure(HttpProblem::stopped, "stopped by us");
    if (auto expired = total_expired()) return expired;
    const Clock::time_point now = Clock::now();
    Clock::duration left = poll_max;
    if (limits_.total.count() != 0) left = std::min<Clock::duration>(left, begin_ + limits_.total - now);
    if (inactivity_counts()) {
      if (now - last_byte_ >= limits_.inactivity) return failure(HttpProblem::silent, "no byte in time");
      left = std::min<Clock::duration>(left, last_byte_ + limits_.inactivity - now);
    }
    const auto wanted = static_cast<short>(unsent_.empty() ? POLLIN : POLLIN | POLLOUT);
    std::array<pollfd, 2> watched{{{.fd = socket_.get(), .events = wanted, .revents = 0},
                                   {.fd = stop_fd, .events = POLLIN, .revents = 0}}};
    const auto timeout = std::chrono::ceil<milliseconds>(left);
    if (::poll(watched.data(), watched.size(), static_cast<int>(timeout.count())) < 0 && errno != EINTR) {
      return failure(HttpProblem::failed, "poll", errno);
    }
    return std::nullopt;
  }

  void send() {
    while (!unsent_.empty()) {
      const ssize_t sent = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        unsent_.erase(0, static_cast<std::size_t>(sent));
      } else if (errno != EINTR) {
        if (errno != EAGAIN) unsent_.clear();  // the other side may have answered before it closed
        return;
      }
    }
  }

  std::optional<HttpFailure> receive() {
    const std::size_t kept = unparsed_.size();
    unparsed_.resize(kept + read_bytes);
    const ssize_t got = ::recv(socket_.get(), unparsed_.data() + kept, read_bytes, 0);
    const int error = errno;
    unparsed_.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got > 0) {
      auto failed = parse();
      last_byte_ = Clock::now();
      return failed;
    }
    if (got < 0 && (error == EAGAIN || error == EINTR)) return std::nullopt;
    return end_of_connection();
  }

  std::optional<HttpFailure> end_of_connection() {
    if (!parser_->is_header_done()) return end_in_header();
    beast::error_code error;
    parser_->put_eof(error);
    if (error || !unparsed_.empty()) return failure(HttpProblem::cut, "cut off in the middle");
    over_ = true;
    return std::nullopt;
  }

  // What is too short for a header may still show that it never was one.
  [[nodiscard]] HttpFailure end_in_header() const {
    constexpr std::string_view begin = "HTTP/";
    if (!parser_->has_status() && !begin.starts_with(std::string_view(unparsed_).substr(0, begin.size()))) {
      return failure(HttpProblem::not_http, "no header of HTTP");
    }
    return failure(HttpProblem::closed, "the connection was closed");
  }

  std::optional<HttpFailure> parse() {
    while (!unparsed_.empty() && !over_) {
      beast::error_code error;
      const std::size_t used =
          parser_->put(boost::asio::const_buffer(unparsed_.data(), unparsed_.size()), error);
      unparsed_.erase(0, used);
      if (parser_->ended()) return parser_->ended();
      if (error == beast::http::error::need_more) break;
      if (error) return parse_failure(error);
      if (!parser_->is_done()) continue;
      if (auto failed = end_of_answer()) return failed;
    }
    if (unparsed_.size() >= http_header_bytes_max) {
      return failure(HttpProblem::garbage, "the header of a chunk is too large");
    }
    return std::nullopt;
  }

  // Of an interim one, after which another comes.
  std::optional<HttpFailure> end_of_answer() {
    over_ = !parser_->is_interim();
    if (over_) return std::nullopt;
    if (++interim_answers_ > interim_answers_max) {
      return failure(HttpProblem::garbage, "it announces an answer again and again");
    }
    parser_.emplace(limits_, sink_);
    return std::nullopt;
  }

  [[nodiscard]] HttpFailure parse_failure(const beast::error_code& error) const {
    if (error == beast::http::error::header_limit) {
      return failure(HttpProblem::garbage, "its header is too large");
    }
    return failure(parser_->is_header_done() ? HttpProblem::garbage : HttpProblem::not_http, error.message());
  }

  const HttpLimits& limits_;
  const HttpSink& sink_;
  const std::stop_token& stop_;
  const Clock::time_point begin_ = Clock::now();
  Clock::time_point last_byte_;
  UniqueFd socket_;
  std::string unsent_;
  std::string unparsed_;
  std::optional<AnswerParser> parser_;
  std::size_t interim_answers_ = 0;
  bool over_ = false;
};

}  // namespace

std::expected<void, HttpFailure> http_exchange(const std::string& socket, const HttpRequest& request,
                                               const HttpLimits& limits, const HttpSink& sink,
                                               const std::stop_token& stop) {
  if (!is_sound(request)) {
    return std::unexpected(failure(HttpProblem::failed, "the request has bytes that no header may contain"));
  }
  if (auto failed = Exchange(limits, sink, stop).run(socket, text_of(request))) {
    return std::unexpected(std::move(*failed));
  }
  return {};
}

}  // namespace caretaker
