// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "docker/engine_error.h"
#include "docker/engine_failure.h"
#include "docker/json_splitter.h"
#include "docker/transport.h"

namespace caretaker {

inline constexpr std::size_t throttle_waits_max = 5;  // per question, when there are too many
inline constexpr std::chrono::seconds throttle_wait_max{10};
inline constexpr std::size_t document_bytes_max = 16U << 20;  // of one object that is asked for alone

// What may be asked, and how its answer is read.
struct Question {
  EngineRequest request;
  bool one_object = false;  // 404 means that it is gone
  // Of a list: the keys that lead to it, by engine; whether one must be there.
  std::vector<JsonSplitter::ArrayPath> paths = {JsonSplitter::ArrayPath{}};
  bool list_required = true;
  JsonSplitter::Limits limits{};
};

// Sends requests and turns their JSON answers into values: whole ones, or an error. A question that was held
// back (429) is asked again in time. For one thread.
class Conversation {
 public:
  Conversation(std::string socket, std::chrono::milliseconds connect_timeout)
      : transport_(std::move(socket), connect_timeout) {}

  // The 2xx body goes through `splitter`; any other status is an error.
  [[nodiscard]] EngineResult<EngineAnswer> stream(const Question& question, JsonSplitter& splitter,
                                                  const std::stop_token& stop,
                                                  std::function<void()> accepted = {});

  // The body of the answer, if any, says nothing that is needed.
  [[nodiscard]] EngineResult<EngineAnswer> status(const Question& question, const std::stop_token& stop);

  // One JSON object, read by parse(std::string_view) -> Result<T>.
  template <class Parse>
  [[nodiscard]] auto document(const Question& question, const std::stop_token& stop, const Parse& parse) {
    using Value = typename std::invoke_result_t<Parse, std::string_view>::value_type;
    std::optional<Value> value;
    JsonSplitter splitter = JsonSplitter::sequence({.object_bytes = document_bytes_max, .objects = 1},
                                                   [&](std::string_view object) -> Result<> {
                                                     auto parsed = parse(object);
                                                     if (!parsed)
                                                       return std::unexpected(std::move(parsed.error()));
                                                     value = std::move(*parsed);
                                                     return {};
                                                   });
    EngineResult<Value> result;
    if (auto answer = stream(question, splitter, stop); !answer) {
      result = std::unexpected(std::move(answer.error()));
    } else if (!value) {
      result = std::unexpected(no_content(question, *answer));
    } else {
      result = std::move(*value);
    }
    return result;
  }

  // A list, element by element; no part of it when anything is wrong.
  template <class Parse>
  [[nodiscard]] auto list(const Question& question, const std::stop_token& stop, const Parse& parse) {
    using Value = typename std::invoke_result_t<Parse, std::string_view>::value_type;
    std::vector<Value> values;
    JsonSplitter splitter =
        JsonSplitter::array(question.paths, question.limits, [&](std::string_view object) -> Result<> {
          auto parsed = parse(object);
          if (!parsed) return std::unexpected(std::move(parsed.error()));
          values.push_back(std::move(*parsed));
          return {};
        });
    EngineResult<std::vector<Value>> result;
    if (auto answer = stream(question, splitter, stop); !answer) {
      result = std::unexpected(std::move(answer.error()));
    } else if (question.list_required && !splitter.array_found()) {
      result = std::unexpected(no_content(question, *answer));
    } else {
      result = std::move(values);
    }
    return result;
  }

 private:
  [[nodiscard]] EngineResult<EngineAnswer> send(const EngineRequest& request, const AnswerSink& sink,
                                                const std::stop_token& stop);
  [[nodiscard]] static EngineError no_content(const Question& question, const EngineAnswer& answer);

  Transport transport_;
};

}  // namespace caretaker
