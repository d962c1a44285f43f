// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "config/config.h"
#include "ctl/commands.h"
#include "ctl/credential_store.h"
#include "sql/mysql_provision.h"

namespace caretaker::ctl {

// Which password the account will have, and what has to happen for that.
struct PasswordChoice {
  Secret password;
  AccountChange change = AccountChange::keep;
  bool store = false;                           // it is not yet what the service reads
  CredentialKind kind = CredentialKind::plain;  // of what is stored already; without `store`
  std::string origin;                           // "generated", "read from FILE", "kept in FILE"
};

// 40 random characters of the kernel: letters, digits, '-' and '_', at least one of each class that password
// policies ask for. Needs quotes nowhere.
[[nodiscard]] Secret new_password();

// An account that is missing gets the password of --password-file, or one that a run that was cut off has
// staged, or a new one. One that exists keeps its own if any of those that we have gets in, so that other
// hosts with the same account go on; else a person has to choose (--password-file, --rotate, --user).
[[nodiscard]] Answer<PasswordChoice> choose_password(const Session& session, const MysqlConfig& agent,
                                                     const ProvisionRequest& request,
                                                     const ProvisionState& state,
                                                     const CredentialStore& credentials,
                                                     std::vector<std::string>& notes);

// The first line of the file, or of standard input for "-".
[[nodiscard]] Answer<Secret> read_password_file(const Session& session, const std::string& file);

}  // namespace caretaker::ctl
