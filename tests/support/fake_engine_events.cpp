// SPDX-License-Identifier: MIT
#include "support/fake_engine_events.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/parse.h"

namespace caretaker::fake {
namespace {

constexpr std::array<std::string_view, 3> actions_with_tail = {"health_status", "exec_create", "exec_start"};

bool action_matches(const std::string& wanted, const std::string& action) {
  if (wanted == action) return true;
  const bool has_tail = std::ranges::find(actions_with_tail, wanted) != actions_with_tail.end();
  return has_tail && action.starts_with(wanted);
}

bool actor_matches(const std::string& type, const std::string& wanted, const EngineEvent& event) {
  if (event.type != type) return false;
  const auto name = event.attributes.find("name");
  return event.actor_id.starts_with(wanted) || (name != event.attributes.end() && name->second == wanted);
}

bool label_matches(const std::string& wanted, const EngineEvent& event) {
  const std::size_t equals = wanted.find('=');
  const auto found = event.attributes.find(wanted.substr(0, equals));
  if (found == event.attributes.end()) return false;
  return equals == std::string::npos || found->second == wanted.substr(equals + 1);
}

bool one_matches(const std::string& key, const std::string& wanted, const EngineEvent& event) {
  if (key == "type") return wanted == event.type;
  if (key == "event") return action_matches(wanted, event.action);
  if (key == "label") return label_matches(wanted, event);
  if (key == "scope") return wanted == "local";
  return actor_matches(key, wanted, event);
}

bool matches(const Filters& filters, const EngineEvent& event) {
  return std::ranges::all_of(filters, [&](const auto& filter) {
    const auto& [key, values] = filter;
    return values.empty() || std::ranges::any_of(values, [&](const std::string& value) {
             return one_matches(key, value, event);
           });
  });
}

std::int64_t now_ns() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::optional<Filters> parse_filters(std::string_view text) {
  Filters filters;
  if (text.empty()) return filters;
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  for (const auto& [key, values] : json.items()) {
    std::vector<std::string>& list = filters[key];
    if (!values.is_array() && !values.is_object()) return std::nullopt;
    for (const auto& [name, value] : values.items()) {
      if (values.is_object()) {
        list.push_back(name);
      } else if (value.is_string()) {
        list.push_back(value.get<std::string>());
      } else {
        return std::nullopt;
      }
    }
  }
  return filters;
}

std::optional<std::int64_t> parse_timestamp_ns(std::string_view text) {
  constexpr std::int64_t ns_per_second = 1'000'000'000;
  const std::size_t dot = text.find('.');
  const auto seconds = parse_number<std::int64_t>(text.substr(0, dot));
  if (!seconds) return std::nullopt;
  if (dot == std::string_view::npos) return *seconds * ns_per_second;
  std::string digits(text.substr(dot + 1));
  digits.resize(9, '0');
  const auto fraction = parse_number<std::uint32_t>(digits);
  if (!fraction) return std::nullopt;
  return *seconds * ns_per_second + *fraction;
}

void EventLog::raise(EngineEvent event) {
  const std::scoped_lock lock(mutex_);
  if (event.time_ns == 0) event.time_ns = last_ns_ = std::max(now_ns(), last_ns_ + 1);
  for (const std::weak_ptr<Subscription>& weak : subscriptions_) {
    const std::shared_ptr<Subscription> subscription = weak.lock();
    if (subscription && matches(subscription->filters, event)) subscription->waiting.push_back(event);
  }
  std::erase_if(subscriptions_, [](const auto& weak) { return weak.expired(); });
  ring_.push_back(std::move(event));
  if (ring_.size() > ring_size) ring_.pop_front();
  changed_.notify_all();
}

std::shared_ptr<EventLog::Subscription> EventLog::subscribe(Filters filters,
                                                            std::optional<std::int64_t> since_ns) {
  auto subscription =
      std::make_shared<Subscription>(Subscription{.filters = std::move(filters), .waiting = {}});
  const std::scoped_lock lock(mutex_);
  for (const EngineEvent& event : ring_) {
    if (since_ns && event.time_ns >= *since_ns && matches(subscription->filters, event)) {
      subscription->waiting.push_back(event);
    }
  }
  subscriptions_.push_back(subscription);
  return subscription;
}

std::optional<EngineEvent> EventLog::next(Subscription& subscription, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const auto deadline = std::chrono::system_clock::now() + patience;
  if (!changed_.wait_until(lock, deadline, [&] { return !subscription.waiting.empty(); }))
    return std::nullopt;
  EngineEvent event = std::move(subscription.waiting.front());
  subscription.waiting.pop_front();
  return event;
}

std::size_t EventLog::listeners() {
  const std::scoped_lock lock(mutex_);
  std::erase_if(subscriptions_, [](const auto& weak) { return weak.expired(); });
  return subscriptions_.size();
}

void EventLog::clear() {
  const std::scoped_lock lock(mutex_);
  ring_.clear();
}

}  // namespace caretaker::fake
