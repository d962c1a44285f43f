// SPDX-License-Identifier: MIT
#include "ctl/json_reader.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace caretaker::ctl {

using nlohmann::ordered_json;

namespace {

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

JsonReader::JsonReader(const ordered_json* value, std::string place, std::string& error)
    : value_(value), place_(std::move(place)), error_(&error) {}

std::string JsonReader::text(std::string_view name) const {
  const ordered_json* member = required(name);
  if (member == nullptr) return {};
  if (member->is_string()) return member->get<std::string>();
  note(name, "is not a text");
  return {};
}

bool JsonReader::boolean(std::string_view name) const {
  const ordered_json* member = required(name);
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
  const ordered_json* member = required(name);
  if (member == nullptr) return 0;
  const std::optional<std::uint64_t> count = as_count(*member);
  if (!count) note(name, "is not a whole number from 0 on");
  return count.value_or(0);
}

std::string JsonReader::optional_text(std::string_view name) const {
  return find(name) == nullptr ? std::string() : text(name);
}

std::optional<std::int64_t> JsonReader::optional_integer(std::string_view name) const {
  const ordered_json* member = find(name);
  if (member == nullptr) return std::nullopt;
  const std::optional<std::int64_t> integer = as_integer(*member);
  if (!integer) note(name, "is not a whole number of 64 bits");
  return integer;
}

std::optional<double> JsonReader::optional_number(std::string_view name) const {
  const ordered_json* member = find(name);
  if (member == nullptr) return std::nullopt;
  if (member->is_number()) return member->get<double>();
  note(name, "is not a number");
  return std::nullopt;
}

JsonReader JsonReader::object(std::string_view name) const {
  const ordered_json* member = required(name);
  if (member != nullptr && !member->is_object()) {
    note(name, "is not an object");
    member = nullptr;
  }
  return {member, place_of(name), *error_};
}

std::vector<JsonReader> JsonReader::objects(std::string_view name) const {
  const ordered_json* member = required(name);
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
    readers.push_back({&element, place_of(element_name), *error_});
  }
  return readers;
}

std::vector<std::string> JsonReader::texts(std::string_view name) const {
  const ordered_json* member = required(name);
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

std::vector<std::pair<std::string, std::uint64_t>> JsonReader::counts_by_name(std::string_view name) const {
  const JsonReader members = object(name);
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  if (members.value_ == nullptr) return counts;
  for (const auto& item : members.value_->items()) {
    counts.emplace_back(item.key(), members.count(item.key()));
  }
  return counts;
}

std::vector<std::pair<std::string, std::string>> JsonReader::texts_by_name(std::string_view name) const {
  const JsonReader members = object(name);
  std::vector<std::pair<std::string, std::string>> texts;
  if (members.value_ == nullptr) return texts;
  for (const auto& item : members.value_->items()) texts.emplace_back(item.key(), members.text(item.key()));
  return texts;
}

const ordered_json* JsonReader::find(std::string_view name) const {
  if (value_ == nullptr) return nullptr;
  const auto member = value_->find(std::string(name));
  return member == value_->end() || member->is_null() ? nullptr : &*member;
}

const ordered_json* JsonReader::required(std::string_view name) const {
  const ordered_json* member = find(name);
  if (member == nullptr) note(name, "is missing");
  return member;
}

std::string JsonReader::place_of(std::string_view name) const {
  return place_.empty() ? std::string(name) : fmt::format("{}.{}", place_, name);
}

void JsonReader::note(std::string_view name, std::string_view what) const {
  if (error_->empty()) *error_ = fmt::format("{} {}", place_of(name), what);
}

}  // namespace caretaker::ctl
