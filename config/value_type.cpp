// SPDX-License-Identifier: MIT
#include "config/value_type.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <iterator>
#include <type_traits>
#include <utility>

#include "base/parse.h"
#include "base/text.h"
#include "config/image_reference.h"
#include "config/mysql_host.h"
#include "config/words.h"

namespace caretaker {
namespace {

using std::string;
using std::string_view;

struct BoolWord {
  string_view word;
  bool value;
};
constexpr std::array bool_words = {BoolWord{"true", true}, BoolWord{"false", false}, BoolWord{"yes", true},
                                   BoolWord{"no", false},  BoolWord{"on", true},     BoolWord{"off", false},
                                   BoolWord{"1", true},    BoolWord{"0", false}};

string quoted_list(std::span<const string_view> words, string_view quote) {
  string text;
  for (const string_view word : words) {
    if (!text.empty()) text += word == words.back() ? " or " : ", ";
    text.append(quote).append(word).append(quote);
  }
  return text;
}

std::unexpected<Error> out_of_range(const ValueType& type) {
  const string description = describe(type);
  return fail("is out of range: " + description.substr(description.find(", ") + 2));
}

Result<> check_length(string_view text, std::size_t bytes_max, bool optional) {
  if (text.empty() && !optional) return fail("is empty");
  if (text.size() > bytes_max) return fail("is longer than " + std::to_string(bytes_max) + " bytes");
  return {};
}

// Each overload reads one kind of value.

Result<> set(const TextType& type, string_view text, const Target& target) {
  if (const auto length = check_length(text, type.bytes_max, type.optional); !length) return length;
  if (text.starts_with('"') || text.starts_with('\'')) return fail("is in quotes: write it without them");
  *std::get<string*>(target) = text;
  return {};
}

Result<> set(const PathType& type, string_view text, const Target& target) {
  if (const auto length = check_length(text, type.bytes_max, type.optional); !length) return length;
  if (!text.empty() && text.front() != '/') return fail("is not an absolute path: it must begin with '/'");
  *std::get<string*>(target) = text;
  return {};
}

Result<> set(BoolType, string_view text, const Target& target) {
  const auto* word = std::ranges::find(bool_words, text, &BoolWord::word);
  if (word == bool_words.end()) return fail("is neither true nor false");
  *std::get<bool*>(target) = word->value;
  return {};
}

Result<> set(const IntegerType& type, string_view text, const Target& target) {
  const auto number = parse_number<std::int64_t>(text);
  if (!number) return fail("is not a whole number");
  if (*number < type.min || *number > type.max) return out_of_range(type);
  if (const auto* port = std::get_if<std::uint16_t*>(&target)) {
    **port = static_cast<std::uint16_t>(*number);
  } else {
    *std::get<int*>(target) = static_cast<int>(*number);
  }
  return {};
}

Result<> set(const DurationType& type, string_view text, const Target& target) {
  const auto duration = parse_duration(text);
  if (!duration) return std::unexpected(duration.error());
  const bool zero = type.zero && *duration == milliseconds(0);
  if (!zero && (*duration < type.min || *duration > type.max)) return out_of_range(type);
  *std::get<milliseconds*>(target) = *duration;
  return {};
}

Result<> set(const BytesType& type, string_view text, const Target& target) {
  const auto bytes = parse_bytes(text);
  if (!bytes) return std::unexpected(bytes.error());
  if (*bytes < type.min || *bytes > type.max) return out_of_range(type);
  *std::get<std::uint64_t*>(target) = *bytes;
  return {};
}

Result<> set(const ChoiceType& type, string_view text, const Target& target) {
  const auto word = std::ranges::find(type.words, text);
  if (word == type.words.end()) {
    const auto nearest = nearest_word(text, type.words);
    return fail("is not one of " + quoted_list(type.words, "'") +
                (nearest ? " (did you mean '" + string(*nearest) + "'?)" : ""));
  }
  std::visit(
      [index = word - type.words.begin()](auto* member) {
        using Choice = std::decay_t<decltype(*member)>;
        if constexpr (std::is_enum_v<Choice>) {
          *member = static_cast<Choice>(index);
        } else {
          throw std::bad_variant_access();
        }
      },
      target);
  return {};
}

Result<> set(SecretType, string_view text, const Target& target) {
  *std::get<Secret*>(target) = Secret(string(text));
  return {};
}

bool is_environment_entry(string_view item) {
  const string_view name = item.substr(0, item.find('='));
  const auto is_name_byte = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() < item.size() && !(name.front() >= '0' && name.front() <= '9') &&
         std::ranges::all_of(name, is_name_byte);
}

bool has_commas(const ValueType& type) {
  return std::holds_alternative<GlobsType>(type) || std::holds_alternative<HostsType>(type) ||
         std::holds_alternative<ImagesType>(type);
}

Result<> check_item(const HostsType&, const string& item) {
  if (const auto host = parse_mysql_host(item, 0); !host) return std::unexpected(host.error());
  return {};
}

Result<> check_item(const ImagesType&, const string& item) {
  if (const auto image = parse_image_reference(item); !image) return std::unexpected(image.error());
  return {};
}

// `before`: of the same key, on the lines above.
template <class Type>
Result<> check_items(const Type& type, std::span<const string> items, std::size_t before) {
  if (before + items.size() > type.items_max) {
    return fail("has more than " + std::to_string(type.items_max) + " items");
  }
  for (const string& item : items) {
    const auto checked = check_item(type, item);
    if (checked) continue;
    const auto number = before + static_cast<std::size_t>(&item - items.data()) + 1;
    return fail("item " + std::to_string(number) + ' ' + checked.error().message);
  }
  return {};
}

Result<std::vector<string>> read_items(const ValueType& type, string_view text, std::size_t before) {
  auto items = split_words(text, has_commas(type) ? " \t," : " \t");
  Result<> checked;
  if (!items) return items;
  if (const auto* hosts = std::get_if<HostsType>(&type)) checked = check_items(*hosts, *items, before);
  if (const auto* images = std::get_if<ImagesType>(&type)) checked = check_items(*images, *items, before);
  if (!checked) return std::unexpected(checked.error());
  if (std::holds_alternative<EnvironmentType>(type) && !std::ranges::all_of(*items, is_environment_entry)) {
    return fail("has an item that is not NAME=value (a value with blanks in it needs quotes)");
  }
  return items;
}

template <class Type>
concept ListType =
    std::same_as<Type, GlobsType> || std::same_as<Type, EnvironmentType> || std::same_as<Type, CommandType> ||
    std::same_as<Type, HostsType> || std::same_as<Type, ImagesType>;

Result<> set(const ListType auto& type, string_view text, const Target& target) {
  auto items = read_items(type, text, 0);
  if (!items) return std::unexpected(items.error());
  *std::get<std::vector<string>*>(target) = std::move(*items);
  return {};
}

// A comment that inih leaves in the value. Passwords may well contain it.
bool has_hash_comment(string_view text) {
  return text.contains(" #") || text.contains("\t#");
}

string range(const string& min, const string& max) {
  return min + " to " + max;
}

string limits(const TextType& type) {
  return "text, at most " + std::to_string(type.bytes_max) + " bytes";
}
string limits(const PathType&) {
  return "absolute path";
}
string limits(BoolType) {
  return "`true` or `false`";
}
string limits(const IntegerType& type) {
  return "whole number, " + range(std::to_string(type.min), std::to_string(type.max));
}
string limits(const DurationType& type) {
  return "duration, " + range(format_duration(type.min), format_duration(type.max)) +
         (type.zero ? ", or 0s" : "");
}
string limits(const BytesType& type) {
  return "size, " + range(format_bytes(type.min), format_bytes(type.max));
}
string limits(const ChoiceType& type) {
  return quoted_list(type.words, "`");
}
string limits(GlobsType) {
  return "list of globs";
}
string limits(EnvironmentType) {
  return "list of NAME=value";
}
string limits(CommandType) {
  return "command line";
}
string limits(const HostsType& type) {
  return "list of NAME, NAME:PORT, IP address or [IPV6]:PORT, at most " + std::to_string(type.items_max);
}
string limits(const ImagesType& type) {
  return "list of images, NAME, NAME:TAG or NAME@DIGEST, at most " + std::to_string(type.items_max);
}
string limits(SecretType) {
  return "secret";
}

string join(const std::vector<string>& items) {
  string text;
  for (const string& item : items) text += (text.empty() ? "" : " ") + item;
  return text;
}

}  // namespace

bool is_list(const ValueType& type) {
  return std::visit([](const auto& t) { return ListType<std::decay_t<decltype(t)>>; }, type);
}

Result<> set_value(const ValueType& type, string_view text, const Target& target) {
  const bool may_hold_hash = is_list(type) || std::holds_alternative<SecretType>(type);
  if (!may_hold_hash && has_hash_comment(text)) {
    return fail("has a comment behind the value: write comments on lines of their own");
  }
  return std::visit([&](const auto& t) { return set(t, text, target); }, type);
}

Result<> append_values(const ValueType& type, string_view text, const Target& target) {
  auto& list = *std::get<std::vector<string>*>(target);
  auto items = read_items(type, text, list.size());
  if (!items) return std::unexpected(items.error());
  std::ranges::move(*items, std::back_inserter(list));
  return {};
}

string format_value(const ValueType& type, const Target& target) {
  return std::visit(
      [&](auto* value) -> string {
        using Value = std::decay_t<decltype(*value)>;
        if constexpr (std::is_same_v<Value, string>) {
          return *value;
        } else if constexpr (std::is_same_v<Value, bool>) {
          return *value ? "true" : "false";
        } else if constexpr (std::is_same_v<Value, milliseconds>) {
          return format_duration(*value);
        } else if constexpr (std::is_same_v<Value, std::uint64_t>) {
          return format_bytes(*value);
        } else if constexpr (std::is_enum_v<Value>) {
          return string(std::get<ChoiceType>(type).words[static_cast<std::size_t>(*value)]);
        } else if constexpr (std::is_same_v<Value, std::vector<string>>) {
          return join(*value);
        } else if constexpr (std::is_same_v<Value, Secret>) {
          return {};
        } else {
          return std::to_string(*value);
        }
      },
      target);
}

string describe(const ValueType& type) {
  return std::visit([](const auto& t) { return limits(t); }, type);
}

}  // namespace caretaker
