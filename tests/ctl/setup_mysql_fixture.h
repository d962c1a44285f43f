// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ctl/run_program.h"
#include "ctl/setup_fixture.h"
#include "sql/mysql_agent_check.h"
#include "support/sql_server.h"

namespace caretaker::ctl {

// `setup mysql` against a real server, on a machine that is a folder.
class SetupMysqlServerTest : public SetupTest, public testing::WithParamInterface<Engine> {
 protected:
  static constexpr const char* encrypted = "etc/credstore.encrypted/mysql-password";
  static constexpr const char* plain = "etc/credstore/mysql-password";
  static constexpr const char* drop_in = "etc/caretaker/config.d/50-mysql.ini";
  static constexpr const char* unit = "etc/systemd/system/caretaker.service.d/mysql-password.conf";

  // Over the server's Unix socket.
  Ended setup(const std::vector<std::string>& words = {}) {
    return with({"--server-socket", server.socket()}, words);
  }
  Ended setup_over_tcp(const std::vector<std::string>& words = {}) {
    return with({"--host", "127.0.0.1:" + std::to_string(server.port())}, words);
  }

  [[nodiscard]] Secret stored() const {
    const std::string kept = text(encrypted);
    if (kept.empty()) return Secret(text(plain));
    return Secret(run_program({place.systemd_creds, "decrypt", "--name=mysql-password", "-", "-"}, kept,
                              std::chrono::seconds(30))
                      ->out);
  }
  [[nodiscard]] bool logs_in(const std::string& user, const Secret& password, bool over_tcp = false) const {
    MysqlConfig config = server.config(user, "", "");
    if (!over_tcp) config.socket = server.socket();
    return mysql_login_works(config, password).value();
  }

  SqlServer server{GetParam(), {"--general-log=1"}};

 private:
  Ended with(std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.begin(), {"setup", "mysql"});
    if (!terminal.there && std::ranges::find(more, "--dry-run") == more.end()) words.emplace_back("--yes");
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
};

}  // namespace caretaker::ctl
