// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/systemd_container.h"

namespace caretaker {

inline constexpr const char* unit = "caretaker.service";
inline constexpr const char* local_store = "/var/lib/caretaker/metrics.db";

// Boots the machine that all tests of this program share; without one they are skipped.
class Machine : public testing::Environment {
 public:
  void SetUp() override;
  void TearDown() override;
  [[nodiscard]] static SystemdContainer& get();
  [[nodiscard]] static const std::string& hindrance() { return hindrance_; }  // why there is none

 private:
  static std::unique_ptr<SystemdContainer> container_;
  static std::string hindrance_;
};

[[nodiscard]] std::string package();  // the file that ./dev package made; empty in builds that know none
void install_service(const std::string& package_file);
void purge_service();
[[nodiscard]] bool is_installed();

[[nodiscard]] std::set<std::string> lines_of(const std::string& text);

// The installed service, neither enabled nor running, with a configuration that samples five times a second
// and without a store, drop-ins or credentials. When a test fails the journal of its time is printed.
class ServiceTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  [[nodiscard]] static SystemdContainer& machine() { return Machine::get(); }

  static ChildResult systemctl(Words words);
  static void start() { must({"systemctl", "start", unit}); }
  static void stop() { must({"systemctl", "stop", unit}); }
  // Throws when it fails.
  static std::string must(const Words& command) { return machine().output(command); }

  // `systemctl show`, one property.
  [[nodiscard]] static std::string property(const std::string& name, const std::string& of = unit);
  [[nodiscard]] static std::int64_t number(const std::string& name, const std::string& of = unit);
  [[nodiscard]] static ChildResult ctl(Words words, const std::string& user = "root");
  [[nodiscard]] static nlohmann::json ctl_json(Words words);

  // config.d/NAME.ini, or a drop-in of the unit (and daemon-reload).
  static void configure(const std::string& name, std::string_view text);
  static void drop_in(const std::string& name, std::string_view text);

  // What the unit and systemd about it wrote to the journal since the test began, oldest first.
  [[nodiscard]] std::vector<nlohmann::json> journal() const;
  [[nodiscard]] bool journal_says(std::string_view text) const;

  // Every file of the machine but those that others change: logs, caches, what runs, and lists of packages.
  [[nodiscard]] static std::set<std::string> files();
  // What has come ("+ PATH") and gone ("- PATH").
  [[nodiscard]] static std::set<std::string> files_changed_since(const std::set<std::string>& before);

  // SQL on the local store, as anybody's sqlite3 would read it: one value.
  [[nodiscard]] static std::int64_t stored(const std::string& sql);
  [[nodiscard]] static std::int64_t batches() { return stored("SELECT COUNT(*) FROM batches"); }
  // collected = delivered + pending + expired + dropped, nothing is dropped, what is there is there once.
  static void expect_nothing_lost();

 private:
  std::string journal_cursor_;
};

}  // namespace caretaker
