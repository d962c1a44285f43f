// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace caretaker::ctl {

// One JSON object of an answer with its place in it. Members are read by name; the first one that is missing
// or has a wrong type is noted in the shared `error` ("store.size_bytes is missing") and reading goes on with
// empty values, so that the caller looks at `error` once, at the end. A null counts as missing.
class JsonReader {
 public:
  struct Node;  // one value of a JsonDocument

  // `object` and `error` must outlive the reader; `object` may be null: then everything is missing.
  JsonReader(const Node* object, std::string place, std::string& error);

  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] std::uint64_t count(std::string_view name) const;  // an integer from 0 on
  [[nodiscard]] double number(std::string_view name) const;

  // Empty where the member is missing or null; a wrong type is still an error.
  [[nodiscard]] std::string optional_text(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view name) const;
  [[nodiscard]] std::optional<double> optional_number(std::string_view name) const;

  [[nodiscard]] JsonReader object(std::string_view name) const;
  // Nothing where the member is missing or null.
  [[nodiscard]] std::optional<JsonReader> optional_object(std::string_view name) const;
  [[nodiscard]] std::string object_text(std::string_view name) const;  // as JSON
  [[nodiscard]] std::vector<JsonReader> objects(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> optional_texts(std::string_view name) const;
  // The members of the object `name`, in their order: all numbers, all texts.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counts_by_name(
      std::string_view name) const;
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> texts_by_name(std::string_view name) const;

 private:
  [[nodiscard]] const Node* find(std::string_view name) const;      // missing: null
  [[nodiscard]] const Node* required(std::string_view name) const;  // missing: an error
  [[nodiscard]] std::string place_of(std::string_view name) const;
  void note(std::string_view name, std::string_view what) const;

  const Node* object_;
  std::string place_;
  std::string* error_;
};

// A parsed JSON object; keeps the order of members. The library behind it is known to json_reader.cpp only.
class JsonDocument {
 public:
  [[nodiscard]] static Result<JsonDocument> parse(std::string_view text);

  // The document and `error` must outlive the reader.
  [[nodiscard]] JsonReader root(std::string& error) const { return {root_.get(), "", error}; }

 private:
  explicit JsonDocument(std::shared_ptr<const JsonReader::Node> root) : root_(std::move(root)) {}

  std::shared_ptr<const JsonReader::Node> root_;
};

}  // namespace caretaker::ctl
