// SPDX-License-Identifier: MIT
#include "sql/mysql_backoff.h"

#include <algorithm>

namespace caretaker {
namespace {

using std::chrono::milliseconds;

constexpr unsigned doublings_max = 10;

struct Pace {
  milliseconds base;
  milliseconds cap;
};

Pace pace_of(MysqlErrorClass error_class) {
  constexpr Pace quick{std::chrono::seconds(1), std::chrono::seconds(60)};
  constexpr Pace patient{std::chrono::seconds(30), std::chrono::minutes(5)};
  switch (error_class) {
    case MysqlErrorClass::retry:
    case MysqlErrorClass::reconnect:
    case MysqlErrorClass::node:
    case MysqlErrorClass::too_large:
      return quick;
    case MysqlErrorClass::capacity:
    case MysqlErrorClass::full:
    case MysqlErrorClass::poison:
    case MysqlErrorClass::partition:
    case MysqlErrorClass::config:
    case MysqlErrorClass::unknown:
      break;
  }
  return patient;
}

}  // namespace

milliseconds MysqlBackoff::ceiling(MysqlErrorClass error_class, unsigned failures) {
  const Pace pace = pace_of(error_class);
  return std::min(pace.cap, pace.base * (1U << std::min(failures - 1, doublings_max)));
}

void MysqlBackoff::failed(MysqlErrorClass error_class, Clock::time_point now) {
  ++failures_;
  std::uniform_int_distribution<milliseconds::rep> wait(0, ceiling(error_class, failures_).count());
  until_ = now + milliseconds(wait(random_));
}

void MysqlBackoff::succeeded() {
  failures_ = 0;
  until_ = {};
}

}  // namespace caretaker
