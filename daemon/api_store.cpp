// SPDX-License-Identifier: MIT
#include "daemon/api_store.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/parse.h"
#include "daemon/status_json.h"
#include "sql/store_reader.h"

namespace caretaker {
namespace {

using nlohmann::json;

constexpr std::size_t history_points_max = 100'000;

struct HistoryQuestion {
  std::string metric;
  LabelFilter labels;
  std::int64_t since_ms = 0;
  std::size_t limit = history_points_max;
};

Result<std::string> read_history(StoreReader& reader, const HistoryQuestion& question) {
  const auto points = reader.history(question.metric, question.labels, question.since_ms, question.limit + 1);
  if (!points) return std::unexpected(points.error());
  const bool truncated = points->size() > question.limit;
  json list = json::array();
  for (std::size_t i = truncated ? 1 : 0; i < points->size(); ++i) {
    json point = to_json((*points)[i]);
    list.push_back({{"time_ms", point["time_ms"]}, {"labels", point["labels"]}, {"value", point["value"]}});
  }
  return dump({{"metric", question.metric},
               {"unit", points->empty() ? "" : points->front().unit},
               {"points", std::move(list)},
               {"truncated", truncated}});
}

Result<HistoryQuestion> parse_history(const Request& request) {
  HistoryQuestion question;
  const std::string* metric = request.query_value("metric");
  if (metric == nullptr || metric->empty()) return fail("metric= is missing");
  question.metric = *metric;
  for (const std::string& label : request.query_values("label")) {
    const std::size_t equals = label.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail("label=" + label + " is not of the form name=value");
    question.labels.emplace_back(label.substr(0, equals), label.substr(equals + 1));
  }
  if (const std::string* since = request.query_value("since_ms")) {
    const auto number = parse_number<std::int64_t>(*since);
    if (!number) return fail("since_ms=" + *since + " is not a number of milliseconds since 1970, UTC");
    question.since_ms = *number;
  }
  if (const std::string* limit = request.query_value("limit")) {
    const auto number = parse_number<std::size_t>(*limit);
    if (!number || *number == 0 || *number > history_points_max) {
      return fail(fmt::format("limit={} is not a number from 1 to {}", *limit, history_points_max));
    }
    question.limit = *number;
  }
  return question;
}

}  // namespace

void ask_store(QueryThread& queries, const Responder& responder, QueryThread::Query query) {
  const bool asked = queries.ask(std::move(query), [responder](const Result<std::string>& answer) {
    if (answer) {
      responder.answer({.status = 200, .json = *answer});
    } else {
      responder.answer(error_reply(503, "store_unavailable", answer.error().message));
    }
  });
  if (!asked) responder.answer(error_reply(503, "busy", "too many queries wait already", "try again"));
}

void answer_metrics(QueryThread& queries, const Request& request, const Responder& responder) {
  const std::string* glob = request.query_value("glob");
  ask_store(queries, responder, [glob = glob ? *glob : "*"](StoreReader& reader) -> Result<std::string> {
    const auto points = reader.latest(glob);
    if (!points) return std::unexpected(points.error());
    json list = json::array();
    for (const MetricPoint& point : *points) list.push_back(to_json(point));
    return dump({{"metrics", std::move(list)}});
  });
}

void answer_history(QueryThread& queries, const Request& request, const Responder& responder) {
  auto question = parse_history(request);
  if (!question) {
    responder.answer(error_reply(400, "bad_query", question.error().message));
    return;
  }
  ask_store(queries, responder, [question = std::move(*question)](StoreReader& reader) {
    return read_history(reader, question);
  });
}

}  // namespace caretaker
