// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "systemd_container/service_fixture.h"

namespace caretaker {

// The service and MariaDB in one machine. The server is not running before start_server(); then it has the
// account `caretaker` with the password `secret`. The service is configured to deliver there, without a
// password.
class MysqlServiceTest : public ServiceTest {
 protected:
  void SetUp() override;
  void TearDown() override;

  static void start_server();
  static void start_empty_server();  // without the account
  static void start_server_again();  // with what it had
  static void stop_server();
  static std::string value(const std::string& sql);  // throws when it fails

  static void configure_delivery();
  static void store_password(const std::string& password);  // /etc/credstore/mysql-password

  [[nodiscard]] static nlohmann::json delivery();  // `mysql` of the status; empty while there is none
  [[nodiscard]] static bool something_is_delivered();
  // Up to the last batch that the ledger names, every sample of the local store is on the server, once, and
  // nothing else is; the others are pending. The service
  // must be stopped.
  static void expect_delivered_once();
};

}  // namespace caretaker
