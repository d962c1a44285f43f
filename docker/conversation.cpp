// SPDX-License-Identifier: MIT
#include "docker/conversation.h"

namespace caretaker {
namespace {

constexpr int status_ok_first = 200;
constexpr int status_ok_last = 299;

EngineResult<EngineAnswer> checked(const EngineRequest& request, bool one_object,
                                   EngineResult<EngineAnswer> answer) {
  if (answer && (answer->status < status_ok_first || answer->status > status_ok_last)) {
    return std::unexpected(
        status_error(request_name(request), answer->status, answer->error_body, one_object));
  }
  return answer;
}

}  // namespace

EngineResult<EngineAnswer> Conversation::stream(const Question& question, JsonSplitter& splitter,
                                                const std::stop_token& stop, std::function<void()> accepted) {
  const AnswerSink sink{.accepted = std::move(accepted),
                        .take = [&](std::string_view bytes) { return splitter.push(bytes); }};
  auto answer = checked(question.request, question.one_object, transport_.send(question.request, sink, stop));
  if (!answer) return answer;
  if (const Result<> whole = splitter.finish(); !whole) {
    return std::unexpected(engine_error(EngineProblem::garbage, request_name(question.request),
                                        whole.error().message, answer->status));
  }
  return answer;
}

EngineResult<EngineAnswer> Conversation::status(const Question& question, const std::stop_token& stop) {
  const AnswerSink sink{.accepted = {}, .take = [](std::string_view) -> Result<> { return {}; }};
  return checked(question.request, question.one_object, transport_.send(question.request, sink, stop));
}

EngineError Conversation::no_content(const Question& question, const EngineAnswer& answer) {
  return engine_error(EngineProblem::garbage, request_name(question.request), "the answer lacks its content",
                      answer.status);
}

}  // namespace caretaker
