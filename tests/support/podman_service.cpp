// SPDX-License-Identifier: MIT
#include "support/podman_service.h"

#include <string>

namespace caretaker {

PodmanService::PodmanService() {
  const auto line = [](const std::string& key, const std::string& value) {
    return key + " = \"" + value + "\"\n";
  };
  // Where it keeps its state below the root is its own choice: podman container cleanup, which it calls,
  // knows no other.
  dir().write("containers.conf", "[engine]\n" + line("cgroup_manager", "cgroupfs") +
                                     line("events_logger", "file") + line("runtime", "runc") +
                                     line("tmp_dir", dir().path("tmp")) + "conmon_path = [\"" +
                                     program("conmon") + "\"]\n[engine.runtimes]\nrunc = [\"" +
                                     program("runc") + "\"]\n[network]\n" + line("network_backend", "cni") +
                                     line("network_config_dir", dir().path("networks")) + "[containers]\n" +
                                     line("log_driver", "k8s-file"));
  dir().write("storage.conf", "[storage]\n" + line("driver", "vfs") + line("graphroot", root()) +
                                  line("runroot", dir().path("exec")));
  dir().write("registries.conf", "[[registry]]\n" + line("location", "127.0.0.1") +
                                     line("prefix", "127.0.0.1") + "insecure = true\n");
  dir().write(".config/containers/policy.json", R"({"default": [{"type": "insecureAcceptAnything"}]})");
  start();
}

Words PodmanService::command() const {
  return {program("podman"), "system", "service", "--time=0", "unix://" + socket()};
}

Words PodmanService::environment() const {
  return {"CONTAINERS_CONF=" + dir().path("containers.conf"),
          "CONTAINERS_STORAGE_CONF=" + dir().path("storage.conf"),
          "CONTAINERS_REGISTRIES_CONF=" + dir().path("registries.conf")};
}

}  // namespace caretaker
