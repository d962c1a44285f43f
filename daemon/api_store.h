// SPDX-License-Identifier: MIT
#pragma once

#include "daemon/http_message.h"
#include "daemon/query_thread.h"

// The commands of the control API that read the local store.
namespace caretaker {

// Has the query thread answer; `query` returns the JSON text of a 200.
void ask_store(QueryThread& queries, const Responder& responder, QueryThread::Query query);

// GET /v1/metrics: the newest value of every series.
void answer_metrics(QueryThread& queries, const Request& request, const Responder& responder);

// GET /v1/history: the points of one metric.
void answer_history(QueryThread& queries, const Request& request, const Responder& responder);

}  // namespace caretaker
