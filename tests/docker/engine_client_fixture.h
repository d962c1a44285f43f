// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "docker/engine_client.h"
#include "docker/scripted_engine.h"

namespace caretaker {

inline std::string version_body(const std::string& api, const std::string& min, bool podman = false) {
  return R"({"Components":[{"Name":")" + std::string(podman ? "Podman Engine" : "Engine") +
         R"("}],"Version":"9.9","ApiVersion":")" + api + R"(","MinAPIVersion":")" + min + "\"}";
}

// A client that has met an engine with that API, and the script for what comes then.
class EngineClientTest : public testing::Test {
 protected:
  EngineResult<EngineVersion> meet(const std::string& api, const std::string& min = "1.12") {
    engine_.answer(http_answer("OK", "200 OK", "Api-Version: " + api + "\r\n"));
    engine_.answer(http_answer(version_body(api, min)));
    return client_.negotiate({});
  }

  void meet_podman(const std::string& libpod = "4.3.1") {
    engine_.answer(http_answer("OK", "200 OK", "Libpod-API-Version: " + libpod + "\r\n"));
    engine_.answer(http_answer(version_body("1.41", "1.24", true)));
    ASSERT_TRUE(client_.negotiate({}).has_value());
  }

  // The first line of the last request, without method and protocol.
  std::string last_target() {
    const std::vector<std::string> requests = engine_.requests();
    const std::string& head = requests.back();
    const std::size_t begin = head.find(' ') + 1;
    return head.substr(begin, head.find(' ', begin) - begin);
  }

  ScriptedEngine engine_;
  EngineClient client_{{.socket = engine_.socket()}};
};

}  // namespace caretaker
