// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "ctl/credential_store.h"
#include "ctl/setup_files.h"
#include "ctl/setup_mysql_config.h"
#include "ctl/setup_mysql_password.h"
#include "ctl/setup_steps.h"
#include "sql/mysql_provision.h"

namespace caretaker::ctl {

inline constexpr std::string_view mysql_unit_drop_in =
    "/etc/systemd/system/caretaker.service.d/mysql-password.conf";

// Everything that the steps of `setup mysql` work with. Outlives them, and stays where it is.
struct MysqlSetup {
  const Session& session;
  SetupFiles files;
  MysqlTarget target;
  ProvisionRequest request;
  ProvisionState state;
  std::optional<MysqlAdministrator> admin;
  CredentialStore credentials;
  PasswordChoice password;
  CredentialKind stored_as = CredentialKind::plain;  // known once it is stored
  bool restart_needed = false;
  bool offline = false;  // another root: nothing runs there

  [[nodiscard]] std::string account() const { return account_name(request.user, request.account_host); }
};

// The steps from what was found to a service that delivers, and what to know about them.
[[nodiscard]] SetupPlan make_mysql_plan(MysqlSetup& setup);

}  // namespace caretaker::ctl
