// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "chaos/stand.h"

namespace caretaker::chaos {

// Compares what the local store has delivered with what the server has. It knows what a restored snapshot
// made the store forget: those rows stay on the server, once.
class Oracle {
 public:
  explicit Oracle(Stand& stand) : stand_(stand) {}

  // What is wrong, in plain words; empty when every promise holds. The daemon is down, and everything that it
  // had committed some time ago is delivered. Rows that an earlier call has found right are only counted
  // again, unless `all`.
  [[nodiscard]] std::vector<std::string> check(bool all);
  // Before the snapshot takes the store's place, right after a check.
  void forget_what_is_not_in(const std::string& snapshot);

  [[nodiscard]] std::size_t samples() const { return samples_; }        // on the server, at the last check
  [[nodiscard]] std::size_t forgotten() const { return lost_.size(); }  // by the store, not by the server

 private:
  using Samples = std::map<std::pair<std::int64_t, std::int64_t>, double>;  // (series id, UTC ms) -> value
  using Lines = std::set<std::string>;                                      // rows of small tables

  void compare_samples(std::int64_t since_ms);
  void compare_lines(const std::string& what, std::int64_t since_ms, const std::string& local,
                     const std::string& remote, const Lines& lost);
  void compare_headlines();
  void compare_rollups();
  void check_books();
  void check_output();
  void expect(bool right, const std::string& difference);

  [[nodiscard]] Samples local_samples(const std::string& where) const;
  [[nodiscard]] Samples server_samples(std::int64_t since_ms) const;
  [[nodiscard]] std::int64_t count(const std::string& of) const;
  [[nodiscard]] std::string sent() const;  // condition: the server has this batch

  Stand& stand_;
  std::vector<std::string> differences_;
  std::int64_t sent_seq_ = 0;
  std::int64_t checked_until_ms_ = 0;
  std::size_t samples_ = 0;

  Samples lost_;
  std::size_t lost_headlines_ = 0;
  Lines lost_events_;
  Lines lost_runs_;
  std::set<std::int64_t> minutes_with_losses_;
};

}  // namespace caretaker::chaos
