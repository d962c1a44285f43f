// SPDX-License-Identifier: MIT
#include "ctl/failure.h"

#include "base/text.h"
#include "ctl/format.h"

namespace caretaker::ctl {

std::string failure_line(const Failure& failure) {
  std::string line = escape_text(failure.message);
  if (!failure.hint.empty()) line += "; " + escape_text(failure.hint);
  return line;
}

std::string failure_json(const Failure& failure) {
  std::string json = R"({"error":{"code":)";
  append_json_string(json, failure.code);
  json += R"(,"message":)";
  append_json_string(json, failure.message);
  json += R"(,"hint":)";
  append_json_string(json, failure.hint);
  json += '}';
  if (!failure.problems.empty()) {
    json += R"(,"problems":)";
    append_json_strings(json, failure.problems);
  }
  json += '}';
  return escape_json_controls(json);
}

}  // namespace caretaker::ctl
