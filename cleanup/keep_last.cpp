// SPDX-License-Identifier: MIT
#include "cleanup/keep_last.h"

#include <algorithm>

namespace caretaker {

void KeepLast::add(const std::string& repository, const Member& member) {
  if (number_ > 0) entries_.push_back({.repository = &repository, .member = member});
}

void KeepLast::choose(std::size_t images) {
  kept_by_.assign(images, nullptr);
  std::ranges::sort(entries_, [](const Entry& a, const Entry& b) {
    if (const int order = a.repository->compare(*b.repository); order != 0) return order < 0;
    if (a.member.in_use != b.member.in_use) return a.member.in_use;
    if (a.member.last_used_ms != b.member.last_used_ms) return a.member.last_used_ms > b.member.last_used_ms;
    if (a.member.created_ms != b.member.created_ms) return a.member.created_ms > b.member.created_ms;
    return a.member.image < b.member.image;
  });
  std::size_t rank = 0;
  const std::string* repository = nullptr;
  for (const Entry& entry : entries_) {
    rank = repository != nullptr && *repository == *entry.repository ? rank + 1 : 0;
    repository = entry.repository;
    const std::string*& kept_by = kept_by_[entry.member.image];
    if (rank < number_ && kept_by == nullptr) kept_by = repository;
  }
}

}  // namespace caretaker
