// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "ctl/setup_files.h"

namespace caretaker::ctl {

enum class CredentialKind : std::uint8_t { encrypted, plain };

// A password that is kept for the service, and where.
struct KeptPassword {
  Secret password;
  std::string path;
  CredentialKind kind = CredentialKind::plain;
  bool staged = false;  // put aside by a run that did not come to its end
};

// The credential mysql-password of caretaker.service, see systemd-creds(1): encrypted with a key of this
// machine where systemd-creds works, else as a file that only root reads. A new password is first staged
// beside the one in use and takes its place when the server knows it, so that a run that is cut off leaves
// either the old password, which works, or the new one, which the next run finds. One thread; runs
// systemd-creds and waits.
//
// What systemd 252 does: LoadCredential=ID without a path takes /etc/credstore/ID, and its absence is no
// error. LoadCredentialEncrypted=ID takes /etc/credstore.encrypted/ID, else /etc/credstore/ID, which it fails
// to decrypt (the start ends with 243/CREDENTIALS). Of both lines with one ID the later one counts. With a
// path, absence is an error.
class CredentialStore {
 public:
  // `systemd_creds`: the program; empty where it cannot be used, for the reason `why_plain`.
  CredentialStore(const SetupFiles& files, std::string systemd_creds, std::string why_plain = "");

  // Where a new password goes unless systemd-creds refuses.
  [[nodiscard]] CredentialKind kind() const { return kind_; }
  [[nodiscard]] const std::string& why_plain() const { return why_plain_; }
  [[nodiscard]] static std::string path(CredentialKind kind);

  // The newest first. What cannot be read or decrypted is left out, with a line in `problems`.
  [[nodiscard]] std::vector<KeptPassword> kept(std::vector<std::string>& problems) const;

  // Changes kind() to plain where systemd-creds refuses.
  [[nodiscard]] Result<> stage(const Secret& password);
  // Puts what was staged as `kind` in place, and removes the password of the other kind.
  [[nodiscard]] Result<> commit(CredentialKind kind) const;
  // What a run put aside that went another way later.
  [[nodiscard]] Result<> discard_staged() const;

 private:
  [[nodiscard]] Result<std::string> run(const std::vector<std::string>& arguments,
                                        std::string_view input) const;
  [[nodiscard]] Result<std::string> encrypt(const Secret& password) const;
  [[nodiscard]] Result<Secret> decrypt(std::string_view text) const;

  const SetupFiles& files_;
  std::string systemd_creds_;
  std::string why_plain_;
  CredentialKind kind_;
};

}  // namespace caretaker::ctl
