// SPDX-License-Identifier: MIT
#include "bench/allocations.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>

// glibc's own, behind the names that are defined here.
extern "C" {
void* libc_malloc(std::size_t size) asm("__libc_malloc");
void* libc_calloc(std::size_t count, std::size_t size) asm("__libc_calloc");
void* libc_realloc(void* memory, std::size_t size) asm("__libc_realloc");
void libc_free(void* memory) asm("__libc_free");
}

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

std::atomic<bool> watched = false;
std::atomic<std::uint64_t> allocations_seen = 0;
std::atomic<std::int64_t> held_bytes = 0;
std::atomic<std::int64_t> held_bytes_max = 0;

std::int64_t size_of(void* memory) {
  return static_cast<std::int64_t>(::malloc_usable_size(memory));
}

void note_given(void* memory) {
  if (memory == nullptr) return;
  allocations_seen.fetch_add(1, relaxed);
  const std::int64_t held = held_bytes.fetch_add(size_of(memory), relaxed) + size_of(memory);
  std::int64_t most = held_bytes_max.load(relaxed);
  while (held > most && !held_bytes_max.compare_exchange_weak(most, held, relaxed)) {
  }
}

void note_taken(void* memory) {
  if (memory != nullptr) held_bytes.fetch_sub(size_of(memory), relaxed);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
  void* memory = libc_malloc(size);
  if (watched.load(relaxed)) note_given(memory);
  return memory;
}

void* calloc(std::size_t count, std::size_t size) noexcept {
  void* memory = libc_calloc(count, size);
  if (watched.load(relaxed)) note_given(memory);
  return memory;
}

void* realloc(void* memory, std::size_t size) noexcept {
  const bool counted = watched.load(relaxed);
  if (counted) note_taken(memory);
  void* moved = libc_realloc(memory, size);
  if (counted) note_given(moved);
  return moved;
}

void free(void* memory) noexcept {
  if (watched.load(relaxed)) note_taken(memory);
  libc_free(memory);
}

}  // extern "C"

namespace caretaker::bench {

HeapWatch::HeapWatch() {
  allocations_seen = 0;
  held_bytes = held_bytes_max = 0;
  watched = true;
}

HeapWatch::~HeapWatch() {
  watched = false;
}

std::uint64_t HeapWatch::allocations() const {
  return allocations_seen.load();
}

std::size_t HeapWatch::peak_bytes() const {
  return static_cast<std::size_t>(std::max<std::int64_t>(held_bytes_max.load(), 0));
}

}  // namespace caretaker::bench
