// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <utility>

#include "base/file.h"
#include "config/secrets.h"
#include "ctl/doctor.h"
#include "ctl/installed.h"
#include "docker/engine_socket.h"

namespace caretaker::ctl {
namespace {

// The service manager puts the unit's credentials there while it runs, and takes them from the others.
constexpr const char* credential_folders[] = {"/run/credentials/caretaker.service", "/run/credstore",
                                              "/etc/credstore"};

Patient::Options with_defaults(Patient::Options options) {
  if (options.config_file.empty()) options.config_file = config_file_default;
  return options;
}

}  // namespace

Patient::Patient(Options options, Machine& machine)
    : options_(with_defaults(std::move(options))), machine_(machine), socket_(options_.socket) {}

const LoadResult& Patient::configuration() {
  if (!configuration_) {
    configuration_ = load_config(options_.config_file, {.collector_names = options_.collector_names});
  }
  return *configuration_;
}

const Result<UnitFacts>& Patient::unit() {
  if (!unit_) unit_ = machine_.unit(service_unit);
  return *unit_;
}

std::string Patient::user_name() {
  return unit() && !unit()->user.empty() ? unit()->user : service_user;
}

const std::optional<Account>& Patient::account() {
  if (!account_) {
    account_ = machine_.find_account(user_name());
    if (*account_ && unit()) {
      for (const std::string& group : unit()->groups) {
        if (const auto gid = machine_.find_group(group)) (*account_)->groups.push_back(*gid);
      }
    }
  }
  return *account_;
}

bool Patient::unit_is_active() {
  return unit() && unit()->active_state == "active";
}

const std::string& Patient::socket() {
  if (socket_.empty()) socket_ = config().control.socket;
  return socket_;
}

Answer<std::string> Patient::ask(const std::string& target) {
  return Client(socket(), doctor_answer_time).get(target);
}

const Answer<StatusAnswer>& Patient::status() {
  if (!status_) {
    const Answer<std::string> body = ask("/v1/status");
    status_ = body ? parse_status(*body) : std::unexpected(body.error());
  }
  return *status_;
}

const Result<Secret>& Patient::mysql_password() {
  if (!password_) {
    if (std::getenv("CREDENTIALS_DIRECTORY") == nullptr) {
      for (const char* folder : credential_folders) {
        const std::string place = machine_.paths.root(folder);
        if (!path_exists(place + "/mysql-password")) continue;
        ::setenv("CREDENTIALS_DIRECTORY", place.c_str(), 1);
        break;
      }
    }
    password_ = resolve_mysql_password(config().mysql);
  }
  return *password_;
}

const MysqlDiagnosis& Patient::mysql() {
  if (!mysql_) {
    const Secret password = mysql_password().value_or(Secret());
    // A server that knows us by our user needs the right one.
    const auto diagnose = [&]() -> Result<> {
      mysql_ = machine_.diagnose_mysql(config().mysql, password);
      return {};
    };
    const bool acted =
        account() && machine_.may_act_as(*account()) && machine_.act_as(*account(), diagnose).has_value();
    if (!acted) (void)diagnose();
  }
  return *mysql_;
}

std::string Patient::engine_socket() {
  const DefaultSockets usual;
  return caretaker::engine_socket(
             config().docker_cleanup.socket,
             {.gate = machine_.paths.root(usual.gate), .engine = machine_.paths.root(usual.engine)})
      .path;
}

}  // namespace caretaker::ctl
