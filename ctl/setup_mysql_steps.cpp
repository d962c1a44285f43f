// SPDX-License-Identifier: MIT
#include "ctl/setup_mysql_steps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <thread>
#include <utility>

#include "base/text.h"
#include "ctl/answers.h"
#include "ctl/configuration.h"
#include "ctl/installed.h"

namespace caretaker::ctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view unit_drop_in_text =
    "# Written by caretakerctl setup mysql. In place of the unit's LoadCredential=: the password is in\n"
    "# /etc/credstore.encrypted/mysql-password. Without a path a file that is missing does not fail the "
    "start,\n"
    "# but a plain /etc/credstore/mysql-password alone does (243/CREDENTIALS): remove this file then.\n"
    "[Service]\n"
    "LoadCredentialEncrypted=mysql-password\n";
constexpr milliseconds unit_timeout{90'000};
constexpr milliseconds delivery_wait{60'000};
constexpr milliseconds delivery_poll{250};

std::vector<std::string> shown(const std::vector<ProvisionStatement>& statements) {
  std::vector<std::string> lines;
  for (const ProvisionStatement& statement : statements) lines.push_back(statement.shown);
  return lines;
}

// For steps that the server has to agree to.
Answer<std::string> mysql_answer(const Result<>& done, std::string said) {
  if (done) return said;
  return std::unexpected(Failure{.code = "mysql_failed", .message = done.error().message});
}

SetupStep database_step(MysqlSetup& setup) {
  return {.name = "database",
          .title = "make the database " + setup.request.database,
          .shown = shown(database_statements(setup.request, setup.state)),
          .run = [&setup] {
            return mysql_answer(setup.admin->make_database(setup.request, setup.state), "done");
          }};
}

SetupStep stage_step(MysqlSetup& setup) {
  const bool encrypted = setup.credentials.kind() == CredentialKind::encrypted;
  const std::string how =
      encrypted ? "encrypted with systemd-creds"
                : fmt::format("only root may read it; not encrypted: {}", setup.credentials.why_plain());
  return {.name = "stage_password",
          .title = "put the password aside until the server has it",
          .shown = {fmt::format("{}.new (0600 root), {}, {}", CredentialStore::path(setup.credentials.kind()),
                                setup.password.origin, how)},
          .run = [&setup]() -> Answer<std::string> {
            if (auto staged = setup.credentials.stage(setup.password.password); !staged) {
              return std::unexpected(setup_failure(staged.error(), "the password cannot be stored"));
            }
            setup.stored_as = setup.credentials.kind();
            if (setup.stored_as == CredentialKind::encrypted) return "encrypted";
            return "not encrypted: " + setup.credentials.why_plain();
          }};
}

SetupStep account_step(MysqlSetup& setup) {
  const AccountChange change = setup.password.change;
  const std::string verb = change == AccountChange::create         ? "make the account "
                           : change == AccountChange::set_password ? "give a new password to the account "
                                                                   : "give its rights to the account ";
  return {.name = "account",
          .title = verb + setup.account(),
          .shown = shown(account_statements(setup.request, setup.state, change, setup.password.password)),
          .run = [&setup, change]() -> Answer<std::string> {
            const auto plain =
                setup.admin->make_account(setup.request, setup.state, change, setup.password.password);
            if (!plain) return mysql_answer(std::unexpected(plain.error()), "");
            return *plain ? "done; the server checks passwords, so it was sent as it is" : "done";
          }};
}

// A login that fails right behind CREATE USER was taken for another account.
Failure login_failure(const MysqlSetup& setup, const Error& error) {
  Failure failure{.code = "mysql_failed", .message = error.message};
  if (!is_wrong_mysql_password(error)) return failure;
  failure.message = fmt::format("the server at {} does not let {} in", setup.state.address, setup.account());
  if (!setup.state.like_accounts.empty()) {
    failure.message +=
        fmt::format("; it may take the login for one of {}", fmt::join(setup.state.like_accounts, ", "));
  }
  failure.hint =
      "servers choose the account with the most exact host: try --account-host with the host that the "
      "server sees, or another --user";
  return failure;
}

SetupStep tables_step(MysqlSetup& setup) {
  return {.name = "tables",
          .title = "log in as that account, make the tables and check each of its rights",
          .shown = {},
          .run = [&setup]() -> Answer<std::string> {
            const auto check = prepare_and_check_agent(setup.target.agent, setup.password.password,
                                                       setup.request.may_maintain);
            if (!check) return std::unexpected(login_failure(setup, check.error()));
            return fmt::format("schema version {}, {}{}{}", check->schema_version,
                               !setup.target.agent.socket.empty() ? "Unix socket"
                               : check->tls.empty()               ? "not encrypted"
                                                                  : check->tls,
                               check->note.empty() ? "" : "; ", check->note);
          }};
}

SetupStep commit_step(MysqlSetup& setup) {
  return {.name = "store_password",
          .title = "put the password in place",
          .shown = {CredentialStore::path(setup.credentials.kind())},
          .run = [&setup]() -> Answer<std::string> {
            if (auto done = setup.credentials.commit(setup.stored_as); !done) {
              return std::unexpected(setup_failure(done.error(), "the password cannot be put in place"));
            }
            return "done";
          }};
}

SetupStep config_step(MysqlSetup& setup) {
  return {.name = "config",
          .title = "write " + setup.target.drop_in,
          .shown = lines_of(setup.target.drop_in_text),
          .run = [&setup]() -> Answer<std::string> {
            const auto group = setup.files.group_id(service_group);
            if (!group) return std::unexpected(setup_failure(group.error(), "group of the service"));
            const std::string folder = setup.target.drop_in.substr(0, setup.target.drop_in.rfind('/'));
            if (auto made = setup.files.make_folder(folder, 0755); !made) {
              return std::unexpected(setup_failure(made.error(), "the configuration cannot be written"));
            }
            if (auto written = setup.files.replace(setup.target.drop_in, setup.target.drop_in_text,
                                                   {.mode = 0640, .group = *group});
                !written) {
              return std::unexpected(setup_failure(written.error(), "the configuration cannot be written"));
            }
            return "written";
          }};
}

// The unit reads the encrypted password by a drop-in of its own, and fails to start with it if there is only
// a plain one.
SetupStep unit_step(MysqlSetup& setup) {
  const bool encrypted =
      (setup.password.store ? setup.credentials.kind() : setup.password.kind) == CredentialKind::encrypted;
  return {.name = "unit",
          .title = fmt::format("{} {}", encrypted ? "write" : "remove", mysql_unit_drop_in),
          .shown = encrypted ? lines_of(unit_drop_in_text) : std::vector<std::string>(),
          .run = [&setup]() -> Answer<std::string> {
            const bool keep = setup.stored_as == CredentialKind::encrypted;
            const std::string folder(mysql_unit_drop_in.substr(0, mysql_unit_drop_in.rfind('/')));
            auto made = keep ? setup.files.make_folder(folder, 0755) : Result<>();
            if (made) {
              made = keep ? setup.files.replace(mysql_unit_drop_in, unit_drop_in_text,
                                                {.mode = 0644, .group = {}})
                          : setup.files.remove(mysql_unit_drop_in);
            }
            if (!made) return std::unexpected(setup_failure(made.error(), "the unit's drop-in"));
            return keep ? "written" : "not needed";
          }};
}

SetupStep reload_step(MysqlSetup& setup) {
  return {.name = "reload",
          .title = "have systemd read its units again",
          .shown = {"systemctl daemon-reload"},
          .run = [&setup]() -> Answer<std::string> {
            if (auto done = setup.session.manager.reload(); !done) {
              return std::unexpected(setup_failure(done.error(), "systemd"));
            }
            return "done";
          }};
}

// All as the daemon will find it: its configuration from the files, its password from where it is stored.
Answer<std::string> check_as_stored(MysqlSetup& setup) {
  const std::string file = setup.files.real(config_file(setup.session.arguments));
  const LoadResult loaded = load_config(file, {.collector_names = setup.session.collector_names});
  if (!loaded.ok()) return std::unexpected(config_failure(file, loaded));
  std::vector<std::string> problems;
  for (const KeptPassword& kept : setup.credentials.kept(problems)) {
    if (kept.staged || kept.kind != setup.stored_as) continue;
    const auto check =
        prepare_and_check_agent(loaded.config.mysql, kept.password, setup.request.may_maintain);
    if (!check) return std::unexpected(login_failure(setup, check.error()));
    // The server has the stored password: what a run that went astray put aside is of no use any more.
    if (auto discarded = setup.credentials.discard_staged(); !discarded) {
      return std::unexpected(setup_failure(discarded.error(), "a password that is not needed"));
    }
    return fmt::format("works with {}", check->server);
  }
  return std::unexpected(
      Failure{.code = "no_password",
              .message = fmt::format("the stored password cannot be read: {}", fmt::join(problems, ", "))});
}

SetupStep check_step(MysqlSetup& setup) {
  return {.name = "check", .title = "check it as the service will find it", .shown = {}, .run = [&setup] {
            return check_as_stored(setup);
          }};
}

Answer<std::string> wait_for_delivery(const Session& session) {
  const auto deadline = steady_clock::now() + session.arguments.timeout.value_or(delivery_wait);
  std::string last;
  while (steady_clock::now() < deadline) {
    const auto body = session.client.get("/v1/status");
    const auto status = body ? parse_status(*body) : Answer<StatusAnswer>(std::unexpected(body.error()));
    if (status && status->mysql.connected && status->mysql.last_error.empty()) {
      return "restarted; connected with " + status->mysql.server;
    }
    last = status ? status->mysql.last_error : status.error().message;
    std::this_thread::sleep_for(delivery_poll);
  }
  return std::unexpected(Failure{
      .exit = ExitCode::timeout,
      .code = "no_delivery",
      .message = "the service does not deliver yet: " + (last.empty() ? "it has not connected so far" : last),
      .hint = "see caretakerctl status and journalctl -u caretaker"});
}

SetupStep restart_step(MysqlSetup& setup) {
  return {.name = "restart",
          .title = fmt::format("restart {} and wait until it delivers", service_unit),
          .shown = {"systemctl restart caretaker.service"},
          .run = [&setup]() -> Answer<std::string> {
            if (auto done = setup.session.manager.apply(UnitAction::restart, service_unit, unit_timeout);
                !done) {
              return std::unexpected(setup_failure(done.error(), "restart"));
            }
            return wait_for_delivery(setup.session);
          }};
}

// "127.0.0.1:3306": what does not leave the machine needs no encryption.
bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address.starts_with("localhost:") || address.starts_with("[::1]");
}

std::vector<std::string> notes_of(const MysqlSetup& setup) {
  std::vector<std::string> notes;
  const ProvisionState& state = setup.state;
  if (!state.encrypted && !is_loopback(state.address)) {
    notes.push_back(
        fmt::format("the connection to {} is not encrypted; --tls required refuses that", state.address));
  }
  if (setup.password.change == AccountChange::set_password && !state.other_hosts.empty()) {
    notes.push_back(fmt::format("whoever else uses {} needs the new password too; hosts in this database: {}",
                                setup.account(), fmt::join(state.other_hosts, ", ")));
  }
  return notes;
}

bool file_is(const SetupFiles& files, std::string_view path, std::string_view text) {
  const auto found = files.read(path);
  return found && *found && **found == text;
}

// Whether the service would read something else than before.
void add_service_steps(MysqlSetup& setup, SetupPlan& plan) {
  const bool encrypted =
      (setup.password.store ? setup.credentials.kind() : setup.password.kind) == CredentialKind::encrypted;
  bool changed = setup.password.store;
  if (setup.password.store) plan.steps.push_back(commit_step(setup));
  if (!setup.target.drop_in_text.empty() &&
      !file_is(setup.files, setup.target.drop_in, setup.target.drop_in_text)) {
    plan.steps.push_back(config_step(setup));
    changed = true;
  }
  const bool unit_changes = encrypted ? !file_is(setup.files, mysql_unit_drop_in, unit_drop_in_text)
                                      : setup.files.exists(mysql_unit_drop_in);
  if (unit_changes) {
    plan.steps.push_back(unit_step(setup));
    if (!setup.offline) plan.steps.push_back(reload_step(setup));
  }
  plan.steps.push_back(check_step(setup));
  if (setup.offline) return;
  const auto unit = setup.session.manager.condition(service_unit);
  if (unit && unit->active && (changed || unit_changes)) {
    plan.steps.push_back(restart_step(setup));
  } else if (unit && unit->active) {
    plan.after.emplace_back("the service goes on as it is: caretakerctl status");
  } else {
    plan.after.emplace_back("now start the service: systemctl enable --now caretaker");
  }
}

}  // namespace

SetupPlan make_mysql_plan(MysqlSetup& setup) {
  SetupPlan plan;
  plan.heading = fmt::format("Setting up {}, as {}", setup.state.server, setup.state.admin);
  plan.notes = notes_of(setup);
  if (!setup.state.database_exists) plan.steps.push_back(database_step(setup));
  if (setup.password.store) plan.steps.push_back(stage_step(setup));
  plan.steps.push_back(account_step(setup));
  plan.steps.push_back(tables_step(setup));
  add_service_steps(setup, plan);
  if (!setup.request.may_maintain) {
    plan.after.emplace_back(
        "this account may not remove old rows: caretaker-mysql-maintain.timer does that with another one "
        "(docs/sql.md, Rights), or run this again with --may-maintain");
  }
  return plan;
}

}  // namespace caretaker::ctl
