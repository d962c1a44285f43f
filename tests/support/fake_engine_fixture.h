// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/fake_engine.h"
#include "support/raw_http_client.h"

namespace caretaker {

// What a test of the fake engine asks, over one connection.
class AskedEngine {
 public:
  explicit AskedEngine(FakeEngineOptions options = {}) : engine(options), client(engine.socket()) {}

  RawAnswer ask(std::string_view method, std::string_view target) { return client.ask(method, target); }
  // The body of a 200.
  nlohmann::json get(std::string_view target);
  // The status, and the message of an error.
  std::string remove(std::string_view target);

  FakeEngine engine;
  RawHttpClient client;
};

[[nodiscard]] inline FakeEngineOptions podman_options() {
  return {.kind = EngineKind::podman,
          .version = "4.3.1",
          .api_max = {1, 41},
          .api_min = {1, 24},
          .store = ImageStore::podman,
          .root_dir = "/var/lib/containers/storage"};
}

[[nodiscard]] inline FakeEngineOptions graphdriver_options() {
  return {.version = "20.10.24", .api_max = {1, 41}, .api_min = {1, 12}, .store = ImageStore::graphdriver};
}

}  // namespace caretaker
