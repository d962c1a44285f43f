// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/machine.h"

namespace caretaker::ctl {

// The machine that this program runs on. act_as() changes the rights of the whole process meanwhile.
class LocalMachine final : public Machine {
 public:
  [[nodiscard]] bool is_root() const override;
  [[nodiscard]] std::optional<Account> find_account(const std::string& name) override;
  [[nodiscard]] std::optional<gid_t> find_group(const std::string& name) override;
  [[nodiscard]] bool may_act_as(const Account& account) const override;
  [[nodiscard]] Result<> act_as(const Account& account, const std::function<Result<>()>& action) override;
  [[nodiscard]] Result<UnitFacts> unit(const std::string& name) override;
  [[nodiscard]] Result<ClockFacts> clock() override;
  [[nodiscard]] Result<FilesystemSpace> space(const std::string& folder) override;
  [[nodiscard]] MysqlDiagnosis diagnose_mysql(const MysqlConfig& config, const Secret& password) override;
};

}  // namespace caretaker::ctl
