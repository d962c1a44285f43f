// SPDX-License-Identifier: MIT
#include "ctl/setup_arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "config/mysql_host.h"
#include "ctl/arguments.h"

namespace caretaker::ctl {
namespace {

constexpr std::size_t name_bytes_max = 64;   // as [mysql] user and database
constexpr std::size_t host_bytes_max = 255;  // of an account, as the servers allow
constexpr std::uint16_t port_any = 1;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Empty when `text` has only letters, digits and `others`. So it needs quotes neither in SQL nor in
// config.ini.
std::string check_characters(const std::string& text, std::string_view others, std::size_t bytes_max) {
  if (text.empty()) return "must not be empty";
  if (text.size() > bytes_max) return fmt::format("must have at most {} bytes", bytes_max);
  const bool fits = std::ranges::all_of(
      text, [others](char c) { return is_letter_or_digit(c) || others.find(c) != std::string_view::npos; });
  return fits ? "" : fmt::format("may have only letters, digits and {}", others);
}

std::string check_name(const std::string& text) {
  return check_characters(text, "_-.$", name_bytes_max);
}

std::string check_account_host(const std::string& text) {
  return check_characters(text, "_-.%:/", host_bytes_max);
}

std::string check_path(const std::string& text) {
  return text.starts_with('/') ? "" : fmt::format("'{}' is not an absolute path", text);
}

std::string check_host(const std::string& text) {
  const auto host = parse_mysql_host(text, port_any);
  return host ? "" : fmt::format("'{}' {}", text, host.error().message);
}

void add_path(CLI::App& command, const char* name, std::string& target, const std::string& help) {
  command.add_option(name, target, help)->type_name("PATH")->check(check_path);
}

void add_server_options(CLI::App& command, Arguments& arguments) {
  SetupArguments& setup = arguments.setup;
  CLI::Option* hosts =
      command
          .add_option("--host", setup.hosts,
                      "The server, or several of one cluster: NAME or NAME:PORT; may be given again")
          ->type_name("NAME")
          ->allow_extra_args(false)
          ->check(check_host);
  command
      .add_option("--server-socket", setup.server_socket,
                  "The server's Unix socket (default without --host: the one that is here)")
      ->type_name("PATH")
      ->check(check_path)
      ->excludes(hosts);
  command.add_option("--tls", setup.tls, "Encryption, as [mysql] tls (default preferred)")
      ->type_name("MODE")
      ->check(CLI::IsMember({"off", "preferred", "required", "verify-ca", "verify-identity"}));
  add_path(command, "--tls-ca", setup.tls_ca, "PEM file with the authorities to trust, as [mysql] tls_ca");
  command.add_option("--admin-user", setup.admin_user, "The administrator's account (default root)")
      ->type_name("NAME")
      ->check(check_name);
  command
      .add_option("--admin-password-file", setup.admin_password_file,
                  "The file with its password, - for standard input; without it you are asked where one is "
                  "needed")
      ->type_name("FILE");
}

void add_account_options(CLI::App& command, Arguments& arguments) {
  SetupArguments& setup = arguments.setup;
  command.add_option("--database", setup.database, "The database (default system_monitor)")
      ->type_name("NAME")
      ->check(check_name);
  command.add_option("--user", arguments.mysql_user, "The agent's account (default caretaker)")
      ->type_name("NAME")
      ->check(check_name);
  command
      .add_option("--account-host", setup.account_host,
                  "From where this account may log in: a name, an address or a pattern (default localhost "
                  "with a Unix socket, else %, which is anywhere)")
      ->type_name("HOST")
      ->check(check_account_host);
  command
      .add_option("--password-file", arguments.mysql_password_file,
                  "The file with this account's password, in place of a generated one")
      ->type_name("FILE");
  command.add_flag("--rotate", setup.rotate, "Give an account that exists a new password");
  command.add_flag("--may-maintain", setup.may_maintain,
                   "Let the agents remove old rows too: with the rights DELETE and DROP");
}

}  // namespace

void add_setup_options(CLI::App& command, std::string_view name, Arguments& arguments) {
  command.add_flag("--dry-run", arguments.dry_run, "Only show what would be done");
  command.add_flag("--yes", arguments.setup.yes, "Do it without asking");
  if (name == "setup mysql") {
    add_server_options(command, arguments);
    add_account_options(command, arguments);
    command.add_option("--config", arguments.config_file, "The configuration; without it the installed one")
        ->type_name("FILE");
    add_path(command, "--root", arguments.setup.root,
             "Set up the system in this folder, such as an image; starts nothing there");
  }
  if (name == "setup docker") {
    add_path(command, "--engine", arguments.setup.engine,
             "The engine's socket (default /var/run/docker.sock)");
  }
}

}  // namespace caretaker::ctl
