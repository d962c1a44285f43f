// SPDX-License-Identifier: MIT
#include "ctl/json_reader.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace caretaker::ctl {

using nlohmann::ordered_json;

namespace {

// A Node is an ordered_json under a name that needs no heavy header: only converted here, both ways.
const JsonReader::Node* to_node(const ordered_json* value) {
  return reinterpret_cast<const JsonReader::Node*>(value);
}

const ordered_json* to_json(const JsonReader::Node* node) {
  return reinterpret_cast<const ordered_json*>(node);
}

std::optional<std::int64_t> as_integer(const ordered_json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  constexpr auto integer_max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > integer_max) return std::nullopt;
  return value.get<std::int64_t>();
}

std::optional<std::uint64_t> as_count(const ordered_json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (value.is_number_integer() && value.get<std::int64_t>() >= 0) return value.get<std::uint64_t>();
  return std::nullopt;
}

}  // namespace

JsonReader::JsonReader(const Node* object, std::string place, std::string& error)
    : object_(object), place_(std::move(place)), error_(&error) {}

std::string JsonReader::text(std::string_view name) const {
  const ordered_json* member = to_json(required(name));
  if (member == nullptr) return {};
  if (member->is_string()) return member->get<std::string>();
  note(name, "is not a text");
  return {};
}

bool JsonReader::boolean(std::string_view name) const {
  const ordered_json* member = to_json(required(name));
  if (member == nullptr) return false;
  if (member->is_boolean()) return member->get<bool>();
  note(name, "is not true or false");
  return false;
}

std::int64_t JsonReader::integer(std::string_view name) const {
  if (required(name) == nullptr) return 0;
  return optional_integer(name).value_or(0);
}

std::uint64_t JsonReader::count(std::string_view name) const {
  const ordered_json* member = to_json(required(name));
  if (member == nullptr) return 0;
  const std::optional<std::uint64_t> count = as_count(*member);
  if (!count) note(name, "is not a whole number from 0 on");
  return count.value_or(0);
}

double JsonReader::number(std::string_view name) const {
  if (required(name) == nullptr) return 0;
  return optional_number(name).value_or(0);
}

std::string JsonReader::optional_text(std::string_view name) const {
  return find(name) == nullptr ? std::string() : text(name);
}

std::optional<std::int64_t> JsonReader::optional_integer(std::string_view name) const {
  const ordered_json* member = to_json(find(name));
  if (member == nullptr) return std::nullopt;
  const std::optional<std::int64_t> integer = as_integer(*member);
  if (!integer) note(name, "is not a whole number of 64 bits");
  return integer;
}

std::optional<double> JsonReader::optional_number(std::string_view name) const {
  const ordered_json* member = to_json(find(name));
  if (member == nullptr) return std::nullopt;
  if (member->is_number()) return member->get<double>();
  note(name, "is not a number");
  return std::nullopt;
}

JsonReader JsonReader::object(std::string_view name) const {
  const ordered_json* member = to_json(required(name));
  if (member != nullptr && !member->is_object()) {
    note(name, "is not an object");
    member = nullptr;
  }
  return {to_node(member), place_of(name), *error_};
}

std::optional<JsonReader> JsonReader::optional_object(std::string_view name) const {
  if (find(name) == nullptr) return std::nullopt;
  return object(name);
}

std::string JsonReader::object_text(std::string_view name) const {
  const JsonReader member = object(name);
  return member.object_ == nullptr ? std::string() : to_json(member.object_)->dump();
}

std::vector<JsonReader> JsonReader::objects(std::string_view name) const {
  const ordered_json* member = to_json(required(name));
  std::vector<JsonReader> readers;
  if (member == nullptr) return readers;
  if (!member->is_array()) {
    note(name, "is not a list");
    return readers;
  }
  for (const ordered_json& element : *member) {
    const std::string element_name = fmt::format("{}[{}]", name, readers.size());
    if (!element.is_object()) {
      note(element_name, "is not an object");
      return {};
    }
    readers.emplace_back(to_node(&element), place_of(element_name), *error_);
  }
  return readers;
}

std::vector<std::string> JsonReader::texts(std::string_view name) const {
  const ordered_json* member = to_json(required(name));
  std::vector<std::string> texts;
  if (member == nullptr) return texts;
  if (!member->is_array()) {
    note(name, "is not a list");
    return texts;
  }
  for (const ordered_json& element : *member) {
    if (!element.is_string()) {
      note(fmt::format("{}[{}]", name, texts.size()), "is not a text");
      return {};
    }
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

std::vector<std::string> JsonReader::optional_texts(std::string_view name) const {
  return find(name) == nullptr ? std::vector<std::string>() : texts(name);
}

std::vector<std::pair<std::string, std::uint64_t>> JsonReader::counts_by_name(std::string_view name) const {
  const JsonReader members = object(name);
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  if (members.object_ == nullptr) return counts;
  for (const auto& item : to_json(members.object_)->items()) {
    counts.emplace_back(item.key(), members.count(item.key()));
  }
  return counts;
}

std::vector<std::pair<std::string, std::string>> JsonReader::texts_by_name(std::string_view name) const {
  const JsonReader members = object(name);
  std::vector<std::pair<std::string, std::string>> texts;
  if (members.object_ == nullptr) return texts;
  for (const auto& item : to_json(members.object_)->items())
    texts.emplace_back(item.key(), members.text(item.key()));
  return texts;
}

const JsonReader::Node* JsonReader::find(std::string_view name) const {
  if (object_ == nullptr) return nullptr;
  const ordered_json& object = *to_json(object_);
  const auto member = object.find(std::string(name));
  return member == object.end() || member->is_null() ? nullptr : to_node(&*member);
}

const JsonReader::Node* JsonReader::required(std::string_view name) const {
  const Node* member = find(name);
  if (member == nullptr) note(name, "is missing");
  return member;
}

std::string JsonReader::place_of(std::string_view name) const {
  return place_.empty() ? std::string(name) : fmt::format("{}.{}", place_, name);
}

void JsonReader::note(std::string_view name, std::string_view what) const {
  if (error_->empty()) *error_ = fmt::format("{} {}", place_of(name), what);
}

Result<JsonDocument> JsonDocument::parse(std::string_view text) {
  const auto value =
      std::make_shared<const ordered_json>(ordered_json::parse(text, nullptr, /*allow_exceptions=*/false));
  if (value->is_discarded()) return fail("it is not JSON");
  if (!value->is_object()) return fail("it is not a JSON object");
  return JsonDocument(std::shared_ptr<const JsonReader::Node>(value, to_node(value.get())));
}

}  // namespace caretaker::ctl
