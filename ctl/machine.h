// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/filesystem_space.h"
#include "base/host_paths.h"
#include "base/result.h"
#include "config/config.h"
#include "sql/mysql_diagnosis.h"
#include "systemd/unit_facts.h"

namespace caretaker::ctl {

struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // beside gid
};

// The kernel's opinion of its clock (adjtimex(2)).
struct ClockFacts {
  bool synchronised = false;
  std::int64_t error_max_us = 0;
};

// What `doctor` looks at beside files and the daemon: what a test cannot have really. One thread; may block.
class Machine {
 public:
  Machine() = default;
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  virtual ~Machine() = default;

  [[nodiscard]] virtual bool is_root() const = 0;
  [[nodiscard]] virtual std::optional<Account> find_account(const std::string& name) = 0;
  [[nodiscard]] virtual std::optional<gid_t> find_group(const std::string& name) = 0;

  // Whether act_as() can succeed: as root, or as this very account.
  [[nodiscard]] virtual bool may_act_as(const Account& account) const = 0;
  // The result of `action` with the rights of `account`.
  [[nodiscard]] virtual Result<> act_as(const Account& account, const std::function<Result<>()>& action) = 0;

  [[nodiscard]] virtual Result<UnitFacts> unit(const std::string& name) = 0;
  [[nodiscard]] virtual Result<ClockFacts> clock() = 0;
  [[nodiscard]] virtual Result<FilesystemSpace> space(const std::string& folder) = 0;
  [[nodiscard]] virtual MysqlDiagnosis diagnose_mysql(const MysqlConfig& config, const Secret& password) = 0;

  HostPaths paths;
};

}  // namespace caretaker::ctl
