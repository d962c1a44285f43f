// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"

namespace caretaker {

// The kinds of values a key can have, each with its limits. `optional`: may be left empty.
struct TextType {
  std::size_t bytes_max;
  bool optional = false;
};
struct PathType {  // absolute
  std::size_t bytes_max;
  bool optional = false;
};
struct BoolType {};
struct IntegerType {
  std::int64_t min;
  std::int64_t max;
};
struct DurationType {
  milliseconds min;
  milliseconds max;
  bool zero = false;  // 0 is allowed too and has a meaning of its own
};
struct BytesType {
  std::uint64_t min;
  std::uint64_t max;
};
struct ChoiceType {  // in the order of the enum
  std::span<const std::string_view> words;
};
struct GlobsType {};        // a list, may continue on indented lines
struct EnvironmentType {};  // a list of NAME=value
struct CommandType {};      // an argv
struct HostsType {          // a list of what parse_mysql_host() reads
  std::size_t items_max;
};
struct ImagesType {  // a list of what parse_image_reference() reads
  std::size_t items_max;
};
struct SecretType {};

using ValueType = std::variant<TextType, PathType, BoolType, IntegerType, DurationType, BytesType, ChoiceType,
                               GlobsType, EnvironmentType, CommandType, HostsType, ImagesType, SecretType>;

// The member of a Config that a key sets.
using Target =
    std::variant<std::string*, bool*, int*, std::uint16_t*, std::uint64_t*, milliseconds*, TlsMode*,
                 LogLevel*, CleanupMode*, ImagePolicy*, VolumePolicy*, std::vector<std::string>*, Secret*>;

// Whether the value may continue on indented lines.
[[nodiscard]] bool is_list(const ValueType& type);

// Sets the target to what `text` says, or fails and leaves it alone. Messages never contain the text. Type
// and target must fit (std::bad_variant_access otherwise: the key table is wrong).
[[nodiscard]] Result<> set_value(const ValueType& type, std::string_view text, const Target& target);

// Adds the items of one more line to a list.
[[nodiscard]] Result<> append_values(const ValueType& type, std::string_view text, const Target& target);

// The target's present value as set_value() reads it; lists with one blank between the items.
[[nodiscard]] std::string format_value(const ValueType& type, const Target& target);

// Type and limits for people: "duration, 100ms to 1d".
[[nodiscard]] std::string describe(const ValueType& type);

}  // namespace caretaker
