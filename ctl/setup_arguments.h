// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace caretaker::ctl {

struct Arguments;

// What only `setup mysql` and `setup docker` have. Empty: see the help text.
struct SetupArguments {
  bool yes = false;
  std::string root;  // the system that is set up; empty: this one

  std::vector<std::string> hosts;  // setup mysql, from here on
  std::string server_socket;
  std::string admin_user = "root";
  std::string admin_password_file;  // "-": standard input
  std::string database;
  std::string account_host;
  std::string tls;  // one of the words of [mysql] tls
  std::string tls_ca;
  bool rotate = false;
  bool may_maintain = false;

  std::string engine;  // setup docker
};

void add_setup_options(CLI::App& command, std::string_view name, Arguments& arguments);

}  // namespace caretaker::ctl
