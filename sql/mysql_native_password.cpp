// SPDX-License-Identifier: MIT
#include "sql/mysql_native_password.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace caretaker {
namespace {

using Digest = std::array<std::uint8_t, 20>;
using State = std::array<std::uint32_t, 5>;

constexpr std::size_t block_bytes = 64;
constexpr std::size_t length_bytes = 8;

std::uint32_t read_big_endian(std::span<const std::uint8_t> bytes) {
  std::uint32_t word = 0;
  for (const std::uint8_t byte : bytes) word = (word << 8) | byte;
  return word;
}

struct Round {
  std::uint32_t mixed;
  std::uint32_t constant;
};

Round round_of(std::size_t t, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  if (t < 20) return {(b & c) | (~b & d), 0x5a827999};
  if (t < 40) return {b ^ c ^ d, 0x6ed9eba1};
  if (t < 60) return {(b & c) | (b & d) | (c & d), 0x8f1bbcdc};
  return {b ^ c ^ d, 0xca62c1d6};
}

void add_block(State& state, std::span<const std::uint8_t> block) {
  std::array<std::uint32_t, 80> words{};
  for (std::size_t t = 0; t < 16; ++t) words[t] = read_big_endian(block.subspan(4 * t, 4));
  for (std::size_t t = 16; t < words.size(); ++t) {
    words[t] = std::rotl(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1);
  }
  auto [a, b, c, d, e] = state;
  for (std::size_t t = 0; t < words.size(); ++t) {
    const Round round = round_of(t, b, c, d);
    const std::uint32_t next = std::rotl(a, 5) + round.mixed + e + round.constant + words[t];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  const State added = {a, b, c, d, e};
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += added[i];
}

// FIPS 180-4, section 6.1.
Digest sha1(std::span<const std::uint8_t> text) {
  State state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  const std::size_t blocks = (text.size() + 1 + length_bytes + block_bytes - 1) / block_bytes;
  std::string padded(text.begin(), text.end());
  padded.push_back(static_cast<char>(0x80));
  padded.resize(blocks * block_bytes, '\0');
  const std::uint64_t bits = std::uint64_t{text.size()} * 8;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    padded[padded.size() - 1 - i] = static_cast<char>(bits >> (8 * i) & 0xffU);
  }
  const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(padded.data()),
                                            padded.size());
  for (std::size_t at = 0; at < bytes.size(); at += block_bytes) {
    add_block(state, bytes.subspan(at, block_bytes));
  }
  Digest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  }
  return digest;
}

}  // namespace

std::string mysql_native_password(std::string_view password) {
  const Digest once = sha1({reinterpret_cast<const std::uint8_t*>(password.data()), password.size()});
  std::string text = "*";
  for (const std::uint8_t byte : sha1(once)) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    text += digits[byte >> 4];
    text += digits[byte & 15U];
  }
  return text;
}

}  // namespace caretaker
