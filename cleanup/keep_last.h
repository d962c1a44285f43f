// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace caretaker {

// [cleanup.docker] keep_last: so many images of every repository stay, those in use first, then the most
// recently used, then the newest. Borrows the repositories' names.
class KeepLast {
 public:
  explicit KeepLast(int keep_last) : number_(keep_last > 0 ? static_cast<std::size_t>(keep_last) : 0) {}

  struct Member {
    bool in_use = false;
    std::int64_t last_used_ms = 0;
    std::int64_t created_ms = 0;
    std::size_t image = 0;  // lower ones win where all else is equal
  };
  void add(const std::string& repository, const Member& member);
  // After the last member.
  void choose(std::size_t images);
  // The first repository, by name, that keeps the image; null: none does.
  [[nodiscard]] const std::string* find(std::size_t image) const { return kept_by_[image]; }

 private:
  struct Entry {
    const std::string* repository = nullptr;
    Member member;
  };
  std::size_t number_;
  std::vector<Entry> entries_;
  std::vector<const std::string*> kept_by_;
};

}  // namespace caretaker
