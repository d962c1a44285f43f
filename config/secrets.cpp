// SPDX-License-Identifier: MIT
#include "config/secrets.h"

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

}  // namespace

Result<Secret> resolve_mysql_password(const MysqlConfig& config) {
  if (!config.password.empty()) return config.password;
  if (!config.password_file.empty()) return read_secret(config.password_file);
  const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
  if (credentials == nullptr) return Secret();
  auto secret = read_secret(std::string(credentials) + "/" + std::string(credential_name));
  // The unit may have other credentials.
  if (!secret && secret.error().code == ENOENT) return Secret();
  return secret;
}

}  // namespace caretaker
