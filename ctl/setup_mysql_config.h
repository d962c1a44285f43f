// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "config/config.h"
#include "ctl/commands.h"
#include "ctl/setup_files.h"

namespace caretaker::ctl {

// What `setup mysql` is to reach, and the file that makes the daemon use it.
struct MysqlTarget {
  MysqlConfig agent;         // [mysql] as the daemon will have it, without a password
  std::string drop_in;       // path of config.d/50-mysql.ini
  std::string drop_in_text;  // empty: the other files say it all
};

// The command line wins over the configuration, which wins over the server that is here. Fails for a
// configuration with mistakes, where no server is known, and where a line that somebody else wrote says
// something else than the command line, or has a password: it would win over what is stored, or be a lie.
[[nodiscard]] Answer<MysqlTarget> choose_mysql_target(const Session& session, const SetupFiles& files);

// Pure. The drop-in's text with the keys that `is_set_elsewhere` does not have.
struct KeysElsewhere {
  bool server = false;
  bool user = false;
  bool database = false;
  bool tls = false;
  bool tls_ca = false;
};
[[nodiscard]] std::string mysql_drop_in_text(const MysqlConfig& agent, const KeysElsewhere& elsewhere);

}  // namespace caretaker::ctl
