// SPDX-License-Identifier: MIT
#include "docker/conversation.h"

#include <algorithm>
#include <chrono>

#include "base/http_client.h"
#include "base/parse.h"
#include "base/pause.h"

namespace caretaker {
namespace {

constexpr int too_many_requests = 429;
constexpr const char* retry_header = "retry-after";
constexpr std::chrono::seconds throttle_wait_default{1};

// How long a question waits that was held back. A change does not: what it was decided on may be over by
// then.
std::optional<std::chrono::seconds> throttle_wait(const EngineRequest& request,
                                                  const EngineResult<EngineAnswer>& answer) {
  if (!answer || answer->status != too_many_requests || request.method != "GET") return std::nullopt;
  const auto header = answer->headers.find(retry_header);
  if (header == answer->headers.end()) return throttle_wait_default;
  const auto seconds = parse_number<std::uint32_t>(header->second);
  return seconds ? std::min(std::chrono::seconds(*seconds), throttle_wait_max) : throttle_wait_default;
}

EngineResult<EngineAnswer> checked(const EngineRequest& request, bool one_object,
                                   EngineResult<EngineAnswer> answer) {
  if (answer && !is_http_success(answer->status)) {
    return std::unexpected(
        status_error(request_name(request), answer->status, answer->error_body, one_object));
  }
  return answer;
}

}  // namespace

EngineResult<EngineAnswer> Conversation::send(const EngineRequest& request, const AnswerSink& sink,
                                              const std::stop_token& stop) {
  auto answer = transport_.send(request, sink, stop);
  for (std::size_t waits = 0; waits < throttle_waits_max; ++waits) {
    const auto wait = throttle_wait(request, answer);
    if (!wait || !pause_for(*wait, stop)) break;
    answer = transport_.send(request, sink, stop);
  }
  return answer;
}

EngineResult<EngineAnswer> Conversation::stream(const Question& question, JsonSplitter& splitter,
                                                const std::stop_token& stop, std::function<void()> accepted) {
  const AnswerSink sink{.accepted = std::move(accepted),
                        .take = [&](std::string_view bytes) { return splitter.push(bytes); }};
  auto answer = checked(question.request, question.one_object, send(question.request, sink, stop));
  if (!answer) return answer;
  if (const Result<> whole = splitter.finish(); !whole) {
    return std::unexpected(engine_error(EngineProblem::garbage, request_name(question.request),
                                        whole.error().message, answer->status));
  }
  return answer;
}

EngineResult<EngineAnswer> Conversation::status(const Question& question, const std::stop_token& stop) {
  const AnswerSink sink{.accepted = {}, .take = [](std::string_view) -> Result<> { return {}; }};
  return checked(question.request, question.one_object, send(question.request, sink, stop));
}

EngineError Conversation::no_content(const Question& question, const EngineAnswer& answer) {
  return engine_error(EngineProblem::garbage, request_name(question.request), "the answer lacks its content",
                      answer.status);
}

}  // namespace caretaker
