// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/sql_server.h"

namespace caretaker::chaos {

struct Options {
  Engine engine = Engine::mariadb;
  std::uint64_t seed = 0;
  std::chrono::seconds time{0};
  std::vector<std::string> only;  // kinds of faults; empty: all
  int faults_max = 0;             // 0: as many as fit
  int episode_faults = 20;        // between two checks
};

struct Figures {
  std::string server;  // "MariaDB 10.11.14"
  std::map<std::string, int> faults;
  std::chrono::seconds time{0};
  std::size_t samples = 0;
  std::size_t forgotten = 0;  // by restored stores
  int daemon_starts = 0;
  int server_starts = 0;
  int checks = 0;
  int back_offs_cut = 0;  // the daemon was restarted rather than waited for
  std::chrono::milliseconds recovery_max{0};
};

// Breaks one thing after the other and checks after every episode. Throws a Failure that tells everything
// which is needed to look into it; the files are then left behind.
[[nodiscard]] Figures run(const Options& options);

}  // namespace caretaker::chaos
