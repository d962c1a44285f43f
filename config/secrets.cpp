// SPDX-License-Identifier: MIT
#include "config/secrets.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"

namespace caretaker {
namespace {

constexpr std::string_view credential_name = "mysql-password";  // systemd.exec(5), LoadCredential=

Result<Secret> read_secret(const std::string& file) {
  auto text = read_file(file, password_bytes_max);
  if (!text) return std::unexpected(text.error());
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  if (text->empty()) return fail(file + " is empty: it should hold the password");
  if (text->contains('\0') || text->contains('\n')) {
    return fail(file + " should hold the password on one line and nothing else");
  }
  return Secret(std::move(*text));
}

// Empty where the service manager gave us no credentials.
std::string credential_file() {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  return folder == nullptr ? "" : std::string(folder) + "/" + std::string(credential_name);
}

}  // namespace

Result<Secret> resolve_mysql_password(const MysqlConfig& config) {
  if (!config.password.empty()) return config.password;
  if (!config.password_file.empty()) return read_secret(config.password_file);
  const std::string file = credential_file();
  if (file.empty()) return Secret();
  auto secret = read_secret(file);
  // The unit may have other credentials.
  if (!secret && secret.error().code == ENOENT) return Secret();
  return secret;
}

std::string describe_mysql_password(const MysqlConfig& config) {
  if (!config.password.empty()) return "[mysql] password, which a reload reads anew";
  if (!config.password_file.empty()) {
    return "password_file " + config.password_file + ", which is read at every connect";
  }
  const std::string file = credential_file();
  if (!file.empty() && ::access(file.c_str(), F_OK) == 0) {
    return "the systemd credential mysql-password, which only a restart of the service reads anew";
  }
  return "nowhere: set [mysql] password_file or password, or the systemd credential mysql-password";
}

}  // namespace caretaker
