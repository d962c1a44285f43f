// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <climits>
#include <utility>

#include "ctl/installed.h"
#include "ctl/setup_mysql_steps.h"

namespace caretaker::ctl {
namespace {

constexpr int password_attempts_max = 3;

std::string own_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

std::unexpected<Failure> admin_refused(const MysqlSetup& setup, const Error& error) {
  const std::string& user = setup.session.arguments.setup.admin_user;
  return std::unexpected(
      Failure{.code = "admin_refused",
              .message = fmt::format("the server does not let {} in: {}", user, error.message),
              .hint = "give the administrator's account with --admin-user and its password with "
                      "--admin-password-file, or type it when asked"});
}

// Its password comes from a file, from a person, or is none: root over the Unix socket often needs none.
Answer<> connect_admin(MysqlSetup& setup) {
  const Session& session = setup.session;
  const SetupArguments& options = session.arguments.setup;
  MysqlConfig config = setup.target.agent;
  config.user = options.admin_user;
  Secret password;
  if (!options.admin_password_file.empty()) {
    auto given = read_password_file(session, options.admin_password_file);
    if (!given) return std::unexpected(given.error());
    password = std::move(*given);
  }
  const bool can_ask = options.admin_password_file.empty() && session.terminal.is_there();
  const std::string prompt = fmt::format("Password of the MySQL account {}: ", config.user);
  for (int attempt = 0;; ++attempt) {
    auto admin = MysqlAdministrator::connect(config, password);
    if (admin) {
      setup.admin.emplace(std::move(*admin));
      return {};
    }
    if (!is_wrong_mysql_password(admin.error())) {
      return std::unexpected(Failure{.code = "mysql_failed", .message = admin.error().message});
    }
    if (!can_ask || attempt == password_attempts_max) return admin_refused(setup, admin.error());
    auto typed = session.terminal.ask_secret(attempt == 0 ? prompt : "The server refuses it. " + prompt);
    if (!typed) return admin_refused(setup, admin.error());
    password = std::move(*typed);
  }
}

Answer<> look_at_server(MysqlSetup& setup) {
  auto state = setup.admin->look(setup.request);
  if (!state) {
    return std::unexpected(Failure{
        .code = "admin_rights",
        .message = "the administrator's account may not look at the accounts: " + state.error().message,
        .hint = "use one that may, with --admin-user"});
  }
  setup.state = std::move(*state);
  std::erase(setup.state.other_hosts, own_name());
  if (!setup.state.shadow.empty()) {
    return std::unexpected(Failure{
        .code = "account_shadowed",
        .message = fmt::format("the server at {} would take a login from here for {}, not for {}",
                               setup.state.address, setup.state.shadow, setup.account()),
        .hint =
            "servers choose the account with the most exact host: use --account-host with that host, another "
            "--user, or drop the account"});
  }
  if (setup.state.missing_rights.empty()) return {};
  return std::unexpected(Failure{
      .code = "admin_rights",
      .message = fmt::format("{} at {} lacks rights on {}: {}", setup.state.admin, setup.state.address,
                             setup.request.database, fmt::join(setup.state.missing_rights, ", ")),
      .hint = "use another account with --admin-user"});
}

Answer<> check_files(const MysqlSetup& setup) {
  const std::string targets[] = {setup.target.drop_in, std::string(mysql_unit_drop_in),
                                 CredentialStore::path(CredentialKind::plain)};
  for (const std::string& path : targets) {
    if (auto writable = setup.files.check_writable(path); !writable) {
      return std::unexpected(setup_failure(writable.error(), "nothing was done"));
    }
  }
  const auto group = setup.files.group_id(service_group);
  if (group) return {};
  return std::unexpected(Failure{.code = "not_installed",
                                 .message = group.error().message,
                                 .hint = "is Caretaker installed? systemd-sysusers makes the group"});
}

CredentialStore credential_store(const SetupFiles& files, const Session& session, bool offline) {
  if (offline) return {files, "", "an image has no key of its own yet"};
  const std::string& program = session.place.systemd_creds;
  if (::access(program.c_str(), X_OK) == 0) return {files, program};
  return {files, "", "there is no " + program};
}

}  // namespace

Answer<ExitCode> run_setup_mysql(const Session& session) {
  if (auto may = check_may_set_up(session); !may) return std::unexpected(may.error());
  const SetupArguments& options = session.arguments.setup;
  const bool offline = !options.root.empty();
  const SetupFiles files(offline ? options.root : session.place.root);
  auto target = choose_mysql_target(session, files);
  if (!target) return std::unexpected(target.error());
  const std::string host = target->agent.socket.empty() ? "%" : "localhost";
  ProvisionRequest request{.database = target->agent.database,
                           .user = target->agent.user,
                           .account_host = options.account_host.empty() ? host : options.account_host,
                           .may_maintain = options.may_maintain};
  MysqlSetup setup{.session = session,
                   .files = files,
                   .target = std::move(*target),
                   .request = std::move(request),
                   .state = {},
                   .admin = {},
                   .credentials = credential_store(files, session, offline),
                   .password = {},
                   .offline = offline};
  if (auto writable = check_files(setup); !writable) return std::unexpected(writable.error());
  if (auto connected = connect_admin(setup); !connected) return std::unexpected(connected.error());
  if (auto looked = look_at_server(setup); !looked) return std::unexpected(looked.error());
  std::vector<std::string> notes;
  auto password =
      choose_password(session, setup.target.agent, setup.request, setup.state, setup.credentials, notes);
  if (!password) return std::unexpected(password.error());
  setup.password = std::move(*password);
  setup.stored_as = setup.password.kind;
  SetupPlan plan = make_mysql_plan(setup);
  plan.notes.insert(plan.notes.end(), notes.begin(), notes.end());
  return carry_out(session, plan);
}

}  // namespace caretaker::ctl
