// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "docker/engine_objects.h"

namespace caretaker {

// Parses one JSON object; anything else is an error.
[[nodiscard]] Result<nlohmann::json> parse_json_object(std::string_view text);

// Reads the fields of one JSON object. A field that is missing or null is empty; a field of another type than
// asked for is a mistake, because it may say something about use that would be lost. The first mistake is
// kept. The object must outlive this.
class JsonFields {
 public:
  // `what`: "image", for messages.
  JsonFields(const nlohmann::json& object, std::string_view what) : object_(object), what_(what) {}

  [[nodiscard]] std::string text(const char* key);
  [[nodiscard]] std::string needed_text(const char* key);  // empty is a mistake
  [[nodiscard]] std::optional<std::int64_t> number(const char* key);
  // Negative means unknown to the engine.
  [[nodiscard]] std::optional<std::uint64_t> amount(const char* key);
  [[nodiscard]] bool flag(const char* key, bool when_missing);
  [[nodiscard]] std::int64_t seconds_as_ms(const char* key);    // 1700000000
  [[nodiscard]] std::int64_t timestamp_as_ms(const char* key);  // "2024-02-29T23:59:59Z"
  [[nodiscard]] Labels labels(const char* key);
  [[nodiscard]] std::vector<std::string> texts(const char* key);
  // The object or array, nullptr where there is none.
  [[nodiscard]] const nlohmann::json* object(const char* key);
  [[nodiscard]] const nlohmann::json* array(const char* key);

  void mistake(std::string message);
  // Takes over the mistake of a part of this object.
  void merge(const JsonFields& part);

  template <class T>
  [[nodiscard]] Result<T> finish(T value) const {
    if (!mistake_.empty()) return fail(mistake_);
    return value;
  }

 private:
  [[nodiscard]] const nlohmann::json* find(const char* key) const;
  void wrong_type(const char* key, const char* wanted);

  const nlohmann::json& object_;
  std::string_view what_;
  std::string mistake_;
};

}  // namespace caretaker
