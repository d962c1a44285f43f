// SPDX-License-Identifier: MIT
#include "support/registry_process.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <stdexcept>

#include "base/unique_fd.h"
#include "support/container_engine.h"
#include "support/eventually.h"
#include "support/sql_server.h"

namespace caretaker {
namespace {

bool listens(std::uint16_t port) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

RegistryProcess::RegistryProcess(const std::string& htpasswd) : port_(free_port()) {
  const std::string auth =
      htpasswd.empty() ? ""
                       : "auth: {htpasswd: {realm: tests, path: " + dir_.write("htpasswd", htpasswd) + "}}\n";
  const std::string config =
      dir_.write("config.yml", "version: 0.1\nstorage: {filesystem: {rootdirectory: " + dir_.path("images") +
                                   "}}\nhttp: {addr: \"" + host() + "\"}\n" + auth);
  process_.start({ContainerEngine::program("docker-registry"), "serve", config}, {"HOME=" + dir_.path()},
                 dir_.path("log"));
  if (!eventually([this] { return listens(port_) || !process_.is_running(); }) || !process_.is_running()) {
    throw std::runtime_error("the registry does not start");
  }
}

std::string RegistryProcess::host() const {
  return "127.0.0.1:" + std::to_string(port_);
}

}  // namespace caretaker
