// SPDX-License-Identifier: MIT
#include "ctl/credential_store.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

#include "base/text.h"
#include "ctl/run_program.h"

namespace caretaker::ctl {
namespace {

constexpr std::string_view credential_name = "mysql-password";
constexpr std::string_view staged_suffix = ".new";
// A key in a TPM takes its time.
constexpr std::chrono::seconds systemd_creds_timeout{30};
constexpr mode_t folder_mode = 0700;
constexpr FileAccess only_root = {.mode = 0600, .group = std::nullopt};

std::string folder(CredentialKind kind) {
  return kind == CredentialKind::encrypted ? "/etc/credstore.encrypted" : "/etc/credstore";
}

CredentialKind other(CredentialKind kind) {
  return kind == CredentialKind::encrypted ? CredentialKind::plain : CredentialKind::encrypted;
}

std::string staged_path(CredentialKind kind) {
  return CredentialStore::path(kind).append(staged_suffix);
}

}  // namespace

CredentialStore::CredentialStore(const SetupFiles& files, std::string systemd_creds, std::string why_plain)
    : files_(files),
      systemd_creds_(std::move(systemd_creds)),
      why_plain_(std::move(why_plain)),
      kind_(systemd_creds_.empty() ? CredentialKind::plain : CredentialKind::encrypted) {}

std::string CredentialStore::path(CredentialKind kind) {
  return fmt::format("{}/{}", folder(kind), credential_name);
}

Result<std::string> CredentialStore::run(const std::vector<std::string>& arguments,
                                         std::string_view input) const {
  std::vector<std::string> command = {systemd_creds_};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto ended = run_program(command, input, systemd_creds_timeout);
  if (!ended) return std::unexpected(ended.error());
  if (ended->exit_status == 0) return std::move(ended->out);
  const std::string_view said = trim(ended->error);
  return fail(fmt::format("{} {} failed: {}", systemd_creds_, arguments.front(),
                          said.empty() ? "it does not say why" : said));
}

Result<std::string> CredentialStore::encrypt(const Secret& password) const {
  auto text = run({"encrypt", fmt::format("--name={}", credential_name), "-", "-"}, password.reveal());
  if (!text) return text;
  const auto back = decrypt(*text);
  if (!back) return std::unexpected(back.error());
  if (*back != password) return fail(systemd_creds_ + " decrypts to something else than it encrypted");
  return text;
}

Result<Secret> CredentialStore::decrypt(std::string_view text) const {
  if (systemd_creds_.empty()) return fail(why_plain_);
  auto password = run({"decrypt", fmt::format("--name={}", credential_name), "-", "-"}, text);
  if (!password) return std::unexpected(password.error());
  return Secret(std::move(*password));
}

std::vector<KeptPassword> CredentialStore::kept(std::vector<std::string>& problems) const {
  std::vector<KeptPassword> found;
  for (const bool staged : {true, false}) {
    for (const CredentialKind kind : {CredentialKind::encrypted, CredentialKind::plain}) {
      const std::string file = staged ? staged_path(kind) : path(kind);
      const auto text = files_.read(file);
      if (text && !*text) continue;
      Result<Secret> password = !text ? std::unexpected(text.error())
                                : kind == CredentialKind::encrypted
                                    ? decrypt(**text)
                                    : Result<Secret>(Secret(std::string(trim(**text))));
      if (password) {
        found.push_back({std::move(*password), file, kind, staged});
      } else {
        problems.push_back(fmt::format("{} cannot be used: {}", file, password.error().message));
      }
    }
  }
  return found;
}

Result<> CredentialStore::stage(const Secret& password) {
  std::string text = password.reveal();
  if (kind_ == CredentialKind::encrypted) {
    auto encrypted = encrypt(password);
    if (encrypted) {
      text = std::move(*encrypted);
    } else {
      why_plain_ = encrypted.error().message;
      kind_ = CredentialKind::plain;
    }
  }
  if (auto made = files_.make_folder(folder(kind_), folder_mode); !made) return made;
  if (auto cleared = files_.remove(staged_path(other(kind_))); !cleared) return cleared;
  return files_.replace(staged_path(kind_), text, only_root);
}

Result<> CredentialStore::commit(CredentialKind kind) const {
  if (auto renamed = files_.rename(staged_path(kind), path(kind)); !renamed) return renamed;
  return files_.remove(path(other(kind)));
}

Result<> CredentialStore::discard_staged() const {
  if (auto removed = files_.remove(staged_path(CredentialKind::encrypted)); !removed) return removed;
  return files_.remove(staged_path(CredentialKind::plain));
}

}  // namespace caretaker::ctl
