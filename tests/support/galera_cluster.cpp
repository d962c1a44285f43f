// SPDX-License-Identifier: MIT
#include "support/galera_cluster.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "base/text.h"

namespace caretaker {
namespace {

constexpr std::chrono::seconds sync_deadline{60};

std::string local(std::uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

// Where PATH finds it; empty when nowhere.
std::filesystem::path find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  for (const std::string_view folder : split(path == nullptr ? "" : path, ':')) {
    const auto program = std::filesystem::path(folder) / name;
    if (std::filesystem::exists(program)) return program;
  }
  return {};
}

}  // namespace

GaleraCluster::CopyScripts::CopyScripts() {
  const std::filesystem::path found = find_program("wsrep_sst_rsync");
  if (found.empty()) throw std::runtime_error("PATH has no wsrep_sst_rsync: ./dev test gets it");
  for (const char* name : {"wsrep_sst_rsync", "wsrep_sst_common"}) {
    std::filesystem::copy_file(found.parent_path() / name, dir.path(name));
    ::chmod(dir.path(name).c_str(), 0755);
  }
  ::chmod(dir.path().c_str(), 0755);
  ::setenv("PATH", (dir.path() + ":" + std::getenv("PATH")).c_str(), 1);
}

// They are made as servers of their own, which then become a cluster.
GaleraCluster::GaleraCluster() {
  for (Node& node : nodes_) {
    node.server.stop();
    node.server.leave_root();
  }
  nodes_[0].server.start(arguments(0, true));
  for (std::size_t index = 1; index < size; ++index) start(index);
}

void GaleraCluster::start(std::size_t index) {
  node(index).start(arguments(index, false));
  wait_until_synced(index);
}

void GaleraCluster::wait_until_synced(std::size_t index) {
  const auto deadline = std::chrono::steady_clock::now() + sync_deadline;
  // A node that joins may cut its clients off.
  const auto synced = [&] {
    try {
      return node(index).query("SHOW GLOBAL STATUS LIKE 'wsrep_local_state_comment'").at(0).at(1) == "Synced";
    } catch (const std::runtime_error&) {
      return false;
    }
  };
  while (!synced()) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("the node does not join: " + node(index).log());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::vector<std::string> GaleraCluster::arguments(std::size_t index, bool founds) const {
  const Node& node = nodes_.at(index);
  std::string cluster = "--wsrep-cluster-address=gcomm://";
  for (const Node& peer : nodes_) {
    if (founds || !peer.server.running() || &peer == &node) continue;
    cluster.append(local(peer.group_port)).append(",");
  }
  return {"--wsrep-on=ON",
          "--wsrep-provider=/usr/lib/galera/libgalera_smm.so",
          "--binlog-format=ROW",
          "--default-storage-engine=InnoDB",
          "--innodb-autoinc-lock-mode=2",
          "--wsrep-cluster-name=caretaker",
          "--wsrep-sst-method=rsync",
          "--wsrep-node-address=" + local(node.group_port),
          "--wsrep-sst-receive-address=" + local(node.copy_port),
          "--wsrep-provider-options=base_port=" + std::to_string(node.group_port) +
              ";gmcast.listen_addr=tcp://" + local(node.group_port) +
              ";ist.recv_addr=" + local(node.increment_port) + ";gcache.size=16M",
          cluster};
}

}  // namespace caretaker
