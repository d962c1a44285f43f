// SPDX-License-Identifier: MIT
#include "cleanup/trigger.h"

#include <algorithm>

namespace caretaker {
namespace {

// Whether `wait` has passed since `then_ms`; also when that is in the future, because the clock went back.
bool passed(std::int64_t then_ms, std::chrono::milliseconds wait, std::int64_t now_ms) {
  return then_ms > now_ms || now_ms - then_ms >= wait.count();
}

}  // namespace

std::string_view to_string(Trigger trigger) {
  switch (trigger) {
    case Trigger::interval:
      return "interval";
    case Trigger::pressure:
      return "pressure";
    case Trigger::manual:
      return "manual";
    case Trigger::new_image:
      return "new_image";
  }
  return "unknown";
}

Triggers::Triggers(std::int64_t last_run_ms, std::int64_t now_ms)
    : last_run_ms_(last_run_ms > now_ms ? 0 : last_run_ms) {}

void Triggers::new_image(std::int64_t now_ms) {
  new_image_ms_ = now_ms;
}

std::optional<Trigger> Triggers::due(std::int64_t now_ms, bool pressure, const CleanupConfig& config) const {
  if (pressure && (last_pressure_ms_ == 0 || passed(last_pressure_ms_, pressure_retry_, now_ms))) {
    return Trigger::pressure;
  }
  if (config.on_new_image && new_image_ms_ != 0 && passed(new_image_ms_, new_image_quiet, now_ms)) {
    return Trigger::new_image;
  }
  if (last_run_ms_ == 0 || passed(last_run_ms_, config.interval, now_ms)) return Trigger::interval;
  return std::nullopt;
}

void Triggers::ran(Trigger trigger, std::int64_t now_ms, bool freed) {
  last_run_ms_ = now_ms;
  new_image_ms_ = 0;
  if (freed) pressure_retry_ = pressure_retry_min;
  if (trigger != Trigger::pressure) return;
  last_pressure_ms_ = now_ms;
  if (!freed) pressure_retry_ = std::min(2 * pressure_retry_, pressure_retry_max);
}

std::int64_t Triggers::next_interval_ms(const CleanupConfig& config) const {
  return last_run_ms_ == 0 ? 0 : last_run_ms_ + config.interval.count();
}

}  // namespace caretaker
