// SPDX-License-Identifier: MIT
#include "ctl/local_machine.h"

#include <grp.h>
#include <pwd.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <span>

#include "base/identity.h"

namespace caretaker::ctl {
namespace {

constexpr std::chrono::seconds bus_timeout{3};
constexpr int groups_max = 1024;  // of one account

std::vector<gid_t> own_groups() {
  std::vector<gid_t> groups(groups_max);
  const int count = ::getgroups(groups_max, groups.data());
  groups.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return groups;
}

// The rights of an account while it lives; root's again afterwards. Without root's rights back nothing after
// it would be true, so the process ends.
class ActingAs {
 public:
  explicit ActingAs(const Account& account) : groups_(own_groups()), gid_(::getegid()), uid_(::geteuid()) {
    std::vector<gid_t> groups = account.groups;
    groups.push_back(account.gid);
    failed_ = ::setgroups(groups.size(), groups.data()) != 0 || ::setegid(account.gid) != 0 ||
              ::seteuid(account.uid) != 0;
    if (failed_) error_ = errno;
  }
  ActingAs(const ActingAs&) = delete;
  ActingAs& operator=(const ActingAs&) = delete;
  ~ActingAs() {
    const bool restored =
        ::seteuid(uid_) == 0 && ::setegid(gid_) == 0 && ::setgroups(groups_.size(), groups_.data()) == 0;
    if (!restored) std::abort();
  }

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] int error() const { return error_; }

 private:
  std::vector<gid_t> groups_;
  gid_t gid_;
  uid_t uid_;
  bool failed_ = false;
  int error_ = 0;
};

}  // namespace

bool LocalMachine::is_root() const {
  return ::geteuid() == 0;
}

std::optional<Account> LocalMachine::find_account(const std::string& name) {
  const passwd* entry = ::getpwnam(name.c_str());
  if (entry == nullptr) return std::nullopt;
  Account account{.name = name, .uid = entry->pw_uid, .gid = entry->pw_gid, .groups = {}};
  account.groups.resize(groups_max);
  int count = groups_max;
  if (::getgrouplist(name.c_str(), account.gid, account.groups.data(), &count) < 0) count = 0;
  account.groups.resize(static_cast<std::size_t>(count));
  return account;
}

std::optional<gid_t> LocalMachine::find_group(const std::string& name) {
  const group* entry = ::getgrnam(name.c_str());
  if (entry == nullptr) return std::nullopt;
  return entry->gr_gid;
}

bool LocalMachine::may_act_as(const Account& account) const {
  return is_root() || ::geteuid() == account.uid;
}

Result<> LocalMachine::act_as(const Account& account, const std::function<Result<>()>& action) {
  if (::geteuid() == account.uid) return action();
  const ActingAs acting(account);
  if (acting.failed()) return fail_errno(acting.error(), "become the user " + account.name);
  return action();
}

Result<UnitFacts> LocalMachine::unit(const std::string& name) {
  return read_unit_facts(name, bus_timeout);
}

Result<ClockFacts> LocalMachine::clock() {
  timex state{};
  const int result = ::adjtimex(&state);
  if (result < 0) return fail_errno(errno, "adjtimex");
  return ClockFacts{.synchronised = result != TIME_ERROR && (state.status & STA_UNSYNC) == 0,
                    .error_max_us = state.maxerror};
}

Result<FilesystemSpace> LocalMachine::space(const std::string& folder) {
  return read_filesystem_space(folder);
}

MysqlDiagnosis LocalMachine::diagnose_mysql(const MysqlConfig& config, const Secret& password) {
  return caretaker::diagnose_mysql(config, password, read_host_identity(paths).id);
}

}  // namespace caretaker::ctl
