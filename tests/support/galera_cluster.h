// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "support/sql_server.h"

namespace caretaker {

// Three MariaDB servers that form a Galera cluster on 127.0.0.1 (packages galera-4, rsync, lsof, socat).
// A node that was killed comes back with start(), as long as two others are there.
class GaleraCluster {
 public:
  static constexpr std::size_t size = 3;

  GaleraCluster();

  [[nodiscard]] SqlServer& node(std::size_t index) { return nodes_.at(index).server; }
  void kill(std::size_t index) { node(index).kill(); }
  // Joins the others and returns when it has all they have.
  void start(std::size_t index);
  void wait_until_synced(std::size_t index);

 private:
  // The scripts that copy a whole state, where the nodes' account may read them, in front of PATH.
  struct CopyScripts {
    TempDir dir;
    CopyScripts();
  };
  struct Node {
    SqlServer server{Engine::mariadb};
    std::uint16_t group_port = free_port();
    std::uint16_t copy_port = free_port();       // whole state
    std::uint16_t increment_port = free_port();  // what it missed
  };
  [[nodiscard]] std::vector<std::string> arguments(std::size_t index, bool founds) const;

  CopyScripts scripts_;
  std::array<Node, size> nodes_;
};

}  // namespace caretaker
