// SPDX-License-Identifier: MIT
#include "ctl/setup_mysql_password.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "config/secrets.h"

namespace caretaker::ctl {
namespace {

constexpr std::size_t password_length = 40;
constexpr int attempts_max = 1000;  // four of five are good at once
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static_assert(alphabet.size() == 64, "a power of two: every character is equally likely");

bool has_all_classes(std::string_view text) {
  const auto has = [text](auto is_in) { return std::ranges::any_of(text, is_in); };
  return has([](char c) { return c >= 'A' && c <= 'Z'; }) &&
         has([](char c) { return c >= 'a' && c <= 'z'; }) &&
         has([](char c) { return c >= '0' && c <= '9'; }) && has([](char c) { return c == '-' || c == '_'; });
}

// Those that the account may have, the likeliest first.
struct Candidate {
  Secret password;
  std::string origin;
  bool stored = false;  // and in its place already
  CredentialKind kind = CredentialKind::plain;
};

Answer<std::vector<Candidate>> candidates(const Session& session, const CredentialStore& credentials,
                                          std::vector<std::string>& notes) {
  std::vector<Candidate> found;
  const std::string& file = session.arguments.mysql_password_file;
  if (!file.empty()) {
    auto given = read_password_file(session, file);
    if (!given) return std::unexpected(given.error());
    found.push_back({.password = std::move(*given), .origin = "read from " + file});
  }
  for (KeptPassword& kept : credentials.kept(notes)) {
    // Of a stored password that equals the given one only its place matters.
    if (!file.empty() && kept.password != found.front().password) continue;
    if (!file.empty() && kept.staged) continue;
    Candidate candidate{.password = std::move(kept.password),
                        .origin = "kept in " + kept.path,
                        .stored = !kept.staged,
                        .kind = kept.kind};
    if (!file.empty()) {
      found.front() = std::move(candidate);
    } else {
      found.push_back(std::move(candidate));
    }
  }
  return found;
}

PasswordChoice changed(AccountChange change, const std::vector<Candidate>& known, bool may_reuse) {
  // Only what is not in use yet: a given password, or a staged one.
  if (!known.empty() && (may_reuse || !known.front().stored)) {
    const Candidate& first = known.front();
    return {.password = first.password,
            .change = change,
            .store = !first.stored,
            .kind = first.kind,
            .origin = first.origin};
  }
  return {.password = new_password(), .change = change, .store = true, .origin = "generated"};
}

std::unexpected<Failure> account_exists(const Session& session, const ProvisionState& state,
                                        const std::string& account, bool has_candidates) {
  const std::string hosts = state.other_hosts.empty()
                                ? ""
                                : fmt::format("; these hosts deliver to this database and may use it: {}",
                                              fmt::join(state.other_hosts, ", "));
  const bool given = !session.arguments.mysql_password_file.empty();
  return std::unexpected(Failure{
      .code = "account_exists",
      .message = fmt::format("the account {} exists, and {}{}", account,
                             given            ? "the password of --password-file does not get in"
                             : has_candidates ? "no password that is stored here gets in"
                                              : "its password is not stored here",
                             hosts),
      .hint = "give its password with --password-file, or take another account with --user, or give it a new "
              "password with --rotate, which locks out whoever has the old one"});
}

}  // namespace

Secret new_password() {
  std::random_device kernel("getentropy");
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    std::string text;
    for (std::size_t i = 0; i < password_length; ++i) text += alphabet[kernel() % alphabet.size()];
    if (has_all_classes(text)) return Secret(std::move(text));
  }
  throw std::logic_error("no password with all classes of characters");
}

Answer<Secret> read_password_file(const Session& session, const std::string& file) {
  auto secret = file == "-" ? session.terminal.read_secret() : [&file]() -> Result<Secret> {
    const auto text = read_file(file, password_bytes_max);
    if (!text) return std::unexpected(text.error());
    std::string_view rest = *text;
    return Secret(std::string(trim(take_line(rest))));
  }();
  if (secret && secret->empty())
    secret = fail((file == "-" ? "standard input" : file) + " holds no password");
  if (secret && secret->reveal().find_first_of("'\"\\\n") != std::string::npos) {
    secret =
        fail("a password with quotes or backslashes is not taken: they mean different things in SQL modes");
  }
  if (secret) return *secret;
  return std::unexpected(
      Failure{.exit = ExitCode::usage, .code = "no_password", .message = secret.error().message});
}

Answer<PasswordChoice> choose_password(const Session& session, const MysqlConfig& agent,
                                       const ProvisionRequest& request, const ProvisionState& state,
                                       const CredentialStore& credentials, std::vector<std::string>& notes) {
  const auto known = candidates(session, credentials, notes);
  if (!known) return std::unexpected(known.error());
  const bool given = !session.arguments.mysql_password_file.empty();
  if (!state.account_exists) return changed(AccountChange::create, *known, given);
  const Candidate* works = nullptr;
  for (const Candidate& candidate : *known) {
    const auto works_now = mysql_login_works(agent, candidate.password);
    if (!works_now)
      return std::unexpected(Failure{.code = "mysql_failed", .message = works_now.error().message});
    if (!*works_now) continue;
    works = &candidate;
    break;
  }
  // A staged password that gets in already is the end of a rotation that was cut off: no other one follows.
  const bool rotated = works != nullptr && !works->stored;
  if (session.arguments.setup.rotate && !rotated) return changed(AccountChange::set_password, *known, given);
  if (works == nullptr) {
    return account_exists(session, state, account_name(request.user, request.account_host), !known->empty());
  }
  return PasswordChoice{
      .password = works->password, .store = !works->stored, .kind = works->kind, .origin = works->origin};
}

}  // namespace caretaker::ctl
