// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace caretaker::bench {

// What the heap does during the life of this object: in all threads, and in C libraries too. A program that
// links allocations.cpp has malloc(3), calloc(3), realloc(3) and free(3) from there; operator new calls
// malloc, aligned memory is not counted. Nothing is counted, and next to nothing is spent, while no watch
// lives. One at a time.
class HeapWatch {
 public:
  HeapWatch();
  HeapWatch(const HeapWatch&) = delete;
  HeapWatch& operator=(const HeapWatch&) = delete;
  ~HeapWatch();

  [[nodiscard]] std::uint64_t allocations() const;  // calls that gave memory
  [[nodiscard]] std::size_t peak_bytes() const;     // most that was held at once, beyond what was held before
};

}  // namespace caretaker::bench
