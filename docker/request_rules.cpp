// SPDX-License-Identifier: MIT
#include "docker/request_rules.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "docker/request_target.h"

namespace caretaker {
namespace {

constexpr std::size_t target_bytes_max = 8192;
constexpr std::string_view placeholder = "{}";
constexpr std::string_view image_paths = "/images/";
constexpr char required_mark = '!';

constexpr std::array<RequestRule, 24> rules = {{
    {"GET", "/_ping", "", "who is there"},
    {"GET", "/version", "", "which API versions it speaks"},
    {"GET", "/info", "", "where it keeps images"},
    {"GET", "/events", "since filters", "what is used, as it happens"},
    {"GET", "/images/json", "all=0 shared-size=1", "inventory"},
    {"GET", "/images/{}/json", "", "a last look before a deletion"},
    {"GET", "/containers/json", "all=1", "inventory: what is in use"},
    {"GET", "/containers/{}/json", "", "when it ended, a last look before a deletion"},
    {"GET", "/volumes", "", "inventory"},
    {"GET", "/volumes/{}", "", "a last look before a deletion"},
    {"GET", "/networks", "", "inventory"},
    {"GET", "/networks/{}", "", "a last look before a deletion"},
    {"GET", "/services", "", "inventory: images that a swarm needs"},
    {"GET", "/system/df", "type=build-cache! verbose=1", "inventory; other types walk through whole volumes"},
    {"GET", "/libpod/_ping", "", "whether it is Podman"},
    {"GET", "/libpod/info", "", "where Podman keeps images"},
    {"GET", "/libpod/volumes/json", "", "inventory: which of Podman's volumes are anonymous"},
    {"GET", "/libpod/volumes/{}/json", "", "the same of one"},
    {"POST", "/images/create", "fromImage! tag! platform", "pulls one image; without a tag it were all tags"},
    {"POST", "/build/prune", "filters:until,unused-for!", "build cache that nobody used for some time"},
    {"DELETE", "/images/{}", "noprune=1!", "one tag or one image, its parents stay"},
    {"DELETE", "/volumes/{}", "", "one volume that nothing uses"},
    {"DELETE", "/networks/{}", "", "one network that nothing uses"},
    {"DELETE", "/containers/{}", "v=0", "one container that has ended; its volumes stay"},
}};

struct QueryKey {
  std::string_view name;
  std::string_view value;  // the only one, if any
  std::string_view words;  // of filters, if any
  bool required = false;
};

std::vector<QueryKey> query_keys(std::string_view text) {
  std::vector<QueryKey> keys;
  for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
    QueryKey key;
    key.required = word.ends_with(required_mark);
    if (key.required) word.remove_suffix(1);
    const std::size_t end = word.find_first_of("=:");
    key.name = word.substr(0, end);
    if (end != std::string_view::npos) (word[end] == '=' ? key.value : key.words) = word.substr(end + 1);
    keys.push_back(key);
  }
  return keys;
}

// "168h", "604800s": one number that does not begin with 0, and its unit.
bool is_positive_duration(std::string_view text) {
  constexpr std::string_view units = "smh";
  if (text.size() < 2 || units.find(text.back()) == std::string_view::npos || text.front() == '0')
    return false;
  text.remove_suffix(1);
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_bounded_filter(const std::string& text, std::string_view words) {
  const nlohmann::json filters = nlohmann::json::parse(text, nullptr, false);
  if (!filters.is_object() || filters.size() != 1) return false;
  const auto filter = filters.begin();
  const std::vector<std::string_view> allowed = split(words, ',');
  if (std::ranges::find(allowed, std::string_view(filter.key())) == allowed.end()) return false;
  const nlohmann::json& values = filter.value();
  return values.is_array() && values.size() == 1 && values[0].is_string() &&
         is_positive_duration(values[0].get_ref<const std::string&>());
}

bool is_plain_value(std::string_view value) {
  return !value.empty() && is_valid_utf8(value) && std::ranges::all_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7F;
  });
}

Result<> check_parameter(std::string_view parameter, const std::vector<QueryKey>& keys,
                         std::vector<std::string_view>& seen) {
  const std::size_t equals = parameter.find('=');
  if (equals == std::string_view::npos) return fail("a query key without a value");
  const std::string_view name = parameter.substr(0, equals);
  const auto key = std::ranges::find(keys, name, &QueryKey::name);
  if (key == keys.end()) return fail("the query key " + std::string(name));
  if (std::ranges::find(seen, name) != seen.end()) return fail("a repeated query key");
  seen.push_back(name);
  const auto value = percent_decode(parameter.substr(equals + 1));
  if (!value || !is_plain_value(*value)) return fail("the value of " + std::string(name));
  if (!key->value.empty() && *value != key->value) return fail("the value of " + std::string(name));
  if (!key->words.empty() && !is_bounded_filter(*value, key->words)) return fail("filters without a bound");
  return {};
}

Result<> check_query(std::string_view query, bool there, std::string_view allowed) {
  const std::vector<QueryKey> keys = query_keys(allowed);
  std::vector<std::string_view> seen;
  if (there) {
    for (const std::string_view parameter : split(query, '&')) {
      if (Result<> result = check_parameter(parameter, keys, seen); !result) return result;
    }
  }
  for (const QueryKey& key : keys) {
    if (key.required && std::ranges::find(seen, key.name) == seen.end()) {
      return fail("no " + std::string(key.name) + " in the query");
    }
  }
  return {};
}

bool path_matches(std::string_view path, std::string_view pattern) {
  const std::size_t at = pattern.find(placeholder);
  if (at == std::string_view::npos) return path == pattern;
  const std::string_view before = pattern.substr(0, at);
  const std::string_view after = pattern.substr(at + placeholder.size());
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) {
    return false;
  }
  path.remove_prefix(before.size());
  path.remove_suffix(after.size());
  const auto name = percent_decode(path);
  return name && is_plain_name(*name) && (before == image_paths || name->find('/') == std::string::npos);
}

// What has one meaning only: no '+' (a blank or itself), ';' (a separator or itself), no '#'.
bool is_plain_target(std::string_view target) {
  constexpr std::string_view marks = "-._~/:@%?&=";
  return target.starts_with('/') && target.size() <= target_bytes_max &&
         std::ranges::all_of(target, [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  marks.find(c) != std::string_view::npos;
         });
}

}  // namespace

std::span<const RequestRule> request_rules() {
  return rules;
}

Result<> check_engine_request(std::string_view method, std::string_view target) {
  if (!is_plain_target(target)) return fail("its text can be read in two ways");
  const std::size_t question = target.find('?');
  const bool has_query = question != std::string_view::npos;
  const std::string_view path = without_api_version(target.substr(0, question));
  const std::string_view query = has_query ? target.substr(question + 1) : std::string_view();
  for (const RequestRule& rule : rules) {
    if (rule.method != method || !path_matches(path, rule.path)) continue;
    return check_query(query, has_query, rule.query);
  }
  return fail("no such request is in the list");
}

}  // namespace caretaker
