// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caretaker {

// What a collector keeps from tick to tick for each key of a kernel file: a CPU, a device, a meminfo key.
// The kernel lists keys in the same order every time, so a look-up is one comparison and nothing is allocated
// until a key appears. Keys that a pass did not see are forgotten at its end. Not thread safe.
template <class State>
class KeyedStates {
 public:
  // A bound on memory and time when a file is not what it should be; NR_CPUS of the largest kernels.
  static constexpr std::size_t keys_max = 8192;

  void begin_pass() {
    ++pass_;
    next_ = 0;
  }

  // The state of `key`, made by `create()` when the key is new. Null when this pass has seen the key already
  // or there are too many: one key must not give two samples. Valid until the next call.
  template <class Create>
  State* find_or_add(std::string_view key, Create create) {
    std::size_t index = find(key);
    if (index == entries_.size()) {
      if (entries_.size() >= keys_max) return nullptr;
      index = next_;
      entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(index),
                      Entry{.key = std::string(key), .state = create(), .pass = 0});
    }
    next_ = index + 1;
    Entry& entry = entries_[index];
    if (std::exchange(entry.pass, pass_) == pass_) return nullptr;
    return &entry.state;
  }

  void end_pass() {
    std::erase_if(entries_, [this](const Entry& entry) { return entry.pass != pass_; });
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    State state;
    std::uint64_t pass = 0;
  };

  // From the expected place to the end, then from the start; size() when absent.
  [[nodiscard]] std::size_t find(std::string_view key) const {
    for (std::size_t i = next_; i < entries_.size(); ++i) {
      if (entries_[i].key == key) return i;
    }
    for (std::size_t i = 0; i < next_; ++i) {
      if (entries_[i].key == key) return i;
    }
    return entries_.size();
  }

  std::vector<Entry> entries_;  // in the order of the file
  std::size_t next_ = 0;
  std::uint64_t pass_ = 0;
};

}  // namespace caretaker
