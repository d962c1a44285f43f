// SPDX-License-Identifier: MIT
#include "ctl/setup_mysql_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.h"
#include "config/ini_file.h"
#include "ctl/configuration.h"

namespace caretaker::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view drop_in_name = "50-mysql.ini";
// Debian's, and that of Oracle's packages.
constexpr std::array<std::string_view, 2> local_sockets = {"/run/mysqld/mysqld.sock",
                                                           "/var/lib/mysql/mysql.sock"};
constexpr std::array<std::pair<std::string_view, TlsMode>, 5> tls_words = {
    {{"off", TlsMode::off},
     {"preferred", TlsMode::preferred},
     {"required", TlsMode::required},
     {"verify-ca", TlsMode::verify_ca},
     {"verify-identity", TlsMode::verify_identity}}};

TlsMode tls_mode(std::string_view word) {
  const auto* const found = std::ranges::find(tls_words, word, &std::pair<std::string_view, TlsMode>::first);
  return found == tls_words.end() ? TlsMode::preferred : found->second;
}

std::string_view tls_word(TlsMode mode) {
  return std::ranges::find(tls_words, mode, &std::pair<std::string_view, TlsMode>::second)->first;
}

// A key of [mysql] with a value, in a file that is not ours.
struct SetKey {
  std::string key;
  std::string place;  // FILE:LINE
};

void add_keys_of(const std::string& file, std::vector<SetKey>& keys) {
  const auto text = read_file(file);
  if (!text) return;  // the loader has said so
  const IniFile ini = parse_ini(*text);
  for (const IniSection& section : ini.sections) {
    if (section.name != "mysql") continue;
    for (const IniEntry& entry : section.entries) {
      const IniLine& line = entry.values.front();
      if (!line.text.empty() || entry.values.size() > 1) {
        keys.push_back({entry.key, fmt::format("{}:{}", file, line.number)});
      }
    }
  }
}

std::vector<SetKey> keys_elsewhere(const std::string& config_file) {
  std::vector<SetKey> keys;
  add_keys_of(config_file, keys);
  std::error_code error;
  for (fs::directory_iterator it(fs::path(config_file).parent_path() / "config.d", error), end;
       !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.ends_with(".ini") && !name.starts_with('.') && name != drop_in_name) {
      add_keys_of(it->path().string(), keys);
    }
  }
  std::ranges::sort(keys, {}, &SetKey::place);
  return keys;
}

bool is_set(const std::vector<SetKey>& keys, std::string_view key) {
  return std::ranges::find(keys, key, &SetKey::key) != keys.end();
}

// What the command line makes of the configured server.
MysqlConfig with_arguments(MysqlConfig config, const Arguments& arguments) {
  const SetupArguments& setup = arguments.setup;
  if (!setup.hosts.empty()) {
    config.hosts = setup.hosts;
    config.socket.clear();
  }
  if (!setup.server_socket.empty()) {
    config.socket = setup.server_socket;
    config.hosts.clear();
  }
  if (!arguments.mysql_user.empty()) config.user = arguments.mysql_user;
  if (!setup.database.empty()) config.database = setup.database;
  if (!setup.tls.empty()) config.tls = tls_mode(setup.tls);
  if (!setup.tls_ca.empty()) config.tls_ca = setup.tls_ca;
  config.password = {};
  config.password_file.clear();
  return config;
}

// The keys whose value the command line changes, and those that would hide the stored password.
std::vector<std::string_view> keys_in_the_way(const MysqlConfig& now, const MysqlConfig& wanted) {
  std::vector<std::string_view> keys = {"password", "password_file"};
  if (now.hosts != wanted.hosts && now.enabled()) keys.emplace_back("host");
  if (now.socket != wanted.socket && now.enabled()) keys.emplace_back("socket");
  if (now.user != wanted.user) keys.emplace_back("user");
  if (now.database != wanted.database) keys.emplace_back("database");
  if (now.tls != wanted.tls) keys.emplace_back("tls");
  if (now.tls_ca != wanted.tls_ca) keys.emplace_back("tls_ca");
  return keys;
}

Answer<> check_nothing_in_the_way(const std::vector<SetKey>& keys, const MysqlConfig& now,
                                  const MysqlConfig& wanted) {
  const std::vector<std::string_view> in_the_way = keys_in_the_way(now, wanted);
  std::vector<std::string> places;
  for (const SetKey& set : keys) {
    if (std::ranges::find(in_the_way, set.key) == in_the_way.end()) continue;
    places.push_back(fmt::format("{}: [mysql] {} is set here", set.place, set.key));
  }
  if (places.empty()) return {};
  return std::unexpected(Failure{.exit = ExitCode::config_invalid,
                                 .code = "configured_otherwise",
                                 .message = "the configuration already says something else about MySQL",
                                 .hint = "remove these lines and run the command again, or leave out the "
                                         "options that differ; passwords are kept as a credential",
                                 .problems = std::move(places)});
}

std::string section_text(const std::vector<std::string>& lines) {
  std::string text =
      "# Written by caretakerctl setup mysql, which replaces this file when it runs again. The password is "
      "a\n"
      "# credential of the service (systemd-creds(1)). Other settings belong into another file.\n"
      "[mysql]\n";
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

}  // namespace

std::string mysql_drop_in_text(const MysqlConfig& agent, const KeysElsewhere& elsewhere) {
  std::vector<std::string> lines;
  if (!elsewhere.server && !agent.socket.empty()) lines.push_back("socket = " + agent.socket);
  if (!elsewhere.server && agent.socket.empty()) {
    for (const std::string& host : agent.hosts) lines.push_back((lines.empty() ? "host = " : "  ") + host);
    if (agent.port != MysqlConfig().port) lines.push_back(fmt::format("port = {}", agent.port));
  }
  if (!elsewhere.user) lines.push_back("user = " + agent.user);
  if (!elsewhere.database) lines.push_back("database = " + agent.database);
  if (!elsewhere.tls && agent.socket.empty()) lines.push_back(fmt::format("tls = {}", tls_word(agent.tls)));
  if (!elsewhere.tls_ca && !agent.tls_ca.empty()) lines.push_back("tls_ca = " + agent.tls_ca);
  return lines.empty() ? "" : section_text(lines);
}

Answer<MysqlTarget> choose_mysql_target(const Session& session, const SetupFiles& files) {
  const std::string file = config_file(session.arguments);
  const LoadResult loaded = load_config(files.real(file), {.collector_names = session.collector_names});
  if (!loaded.ok()) return std::unexpected(config_failure(files.real(file), loaded));
  MysqlTarget target;
  target.drop_in = (fs::path(file).parent_path() / "config.d" / drop_in_name).string();
  target.agent = with_arguments(loaded.config.mysql, session.arguments);
  for (const std::string_view socket : local_sockets) {
    if (!target.agent.enabled() && files.exists(socket)) target.agent.socket = socket;
  }
  if (!target.agent.enabled()) {
    return std::unexpected(
        Failure{.exit = ExitCode::usage,
                .code = "no_server",
                .message = fmt::format("no MySQL server is here (there is no {})", local_sockets.front()),
                .hint = "name it with --host or --server-socket"});
  }
  const std::vector<SetKey> keys = keys_elsewhere(files.real(file));
  if (auto free = check_nothing_in_the_way(keys, loaded.config.mysql, target.agent); !free) {
    return std::unexpected(free.error());
  }
  target.drop_in_text =
      mysql_drop_in_text(target.agent, {.server = is_set(keys, "host") || is_set(keys, "socket"),
                                        .user = is_set(keys, "user"),
                                        .database = is_set(keys, "database"),
                                        .tls = is_set(keys, "tls"),
                                        .tls_ca = is_set(keys, "tls_ca")});
  return target;
}

}  // namespace caretaker::ctl
