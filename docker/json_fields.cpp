// SPDX-License-Identifier: MIT
#include "docker/json_fields.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "docker/timestamp.h"

namespace caretaker {

using nlohmann::json;

Result<json> parse_json_object(std::string_view text) {
  json object = json::parse(text, nullptr, false);
  if (object.is_discarded()) return fail("not JSON");
  if (!object.is_object()) return fail("not a JSON object");
  return object;
}

const json* JsonFields::find(const char* key) const {
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void JsonFields::mistake(std::string message) {
  if (mistake_.empty()) mistake_ = std::string(what_) + ": " + std::move(message);
}

void JsonFields::merge(const JsonFields& part) {
  if (mistake_.empty()) mistake_ = part.mistake_;
}

void JsonFields::wrong_type(const char* key, const char* wanted) {
  mistake(std::string(key) + " is not " + wanted);
}

std::string JsonFields::text(const char* key) {
  const json* field = find(key);
  if (field == nullptr) return {};
  if (!field->is_string()) {
    wrong_type(key, "a text");
    return {};
  }
  return field->get_ref<const std::string&>();
}

std::string JsonFields::needed_text(const char* key) {
  std::string value = text(key);
  if (value.empty()) mistake(std::string(key) + " is missing");
  return value;
}

std::optional<std::int64_t> JsonFields::number(const char* key) {
  const json* field = find(key);
  if (field == nullptr) return std::nullopt;
  if (!field->is_number_integer()) {
    wrong_type(key, "a whole number");
    return std::nullopt;
  }
  // What does not fit into 63 bits is absurd in every field that we read.
  if (field->is_number_unsigned() &&
      field->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return field->get<std::int64_t>();
}

std::optional<std::uint64_t> JsonFields::amount(const char* key) {
  const auto value = number(key);
  if (!value || *value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

bool JsonFields::flag(const char* key, bool when_missing) {
  const json* field = find(key);
  if (field == nullptr) return when_missing;
  if (!field->is_boolean()) {
    wrong_type(key, "true or false");
    return when_missing;
  }
  return field->get<bool>();
}

std::int64_t JsonFields::seconds_as_ms(const char* key) {
  return seconds_to_ms(number(key).value_or(0));
}

std::int64_t JsonFields::timestamp_as_ms(const char* key) {
  const std::string value = text(key);
  if (value.empty()) return 0;
  const auto ms = parse_timestamp_ms(value);
  if (!ms) wrong_type(key, "a time");
  return ms.value_or(0);
}

Labels JsonFields::labels(const char* key) {
  Labels labels;
  const json* field = object(key);
  if (field == nullptr) return labels;
  for (const auto& [name, value] : field->items()) {
    if (value.is_string()) {
      labels.emplace(name, value.get_ref<const std::string&>());
    } else {
      wrong_type(key, "a map of texts");
    }
  }
  return labels;
}

std::vector<std::string> JsonFields::texts(const char* key) {
  std::vector<std::string> texts;
  const json* field = array(key);
  if (field == nullptr) return texts;
  texts.reserve(field->size());
  for (const json& value : *field) {
    if (value.is_string()) {
      texts.push_back(value.get_ref<const std::string&>());
    } else {
      wrong_type(key, "a list of texts");
    }
  }
  return texts;
}

const json* JsonFields::object(const char* key) {
  const json* field = find(key);
  if (field == nullptr || field->is_object()) return field;
  wrong_type(key, "an object");
  return nullptr;
}

const json* JsonFields::array(const char* key) {
  const json* field = find(key);
  if (field == nullptr || field->is_array()) return field;
  wrong_type(key, "a list");
  return nullptr;
}

}  // namespace caretaker
