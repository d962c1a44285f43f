// SPDX-License-Identifier: MIT
#include "config/cross_check.h"

#include <sys/stat.h>

#include <string>
#include <utility>

namespace caretaker {
namespace {

bool is_world_readable(const std::string& file) {
  struct stat status{};
  return ::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

class CrossCheck {
 public:
  CrossCheck(const Config& config, const Locations& locations) : config_(config), locations_(locations) {}

  std::vector<Problem> run() {
    check_mysql();
    check_password();
    for (const auto& [name, job] : config_.command_jobs) {
      if (job.command.empty()) add(Severity::error, "job." + name, "command", "is missing");
    }
    for (const auto& [name, pull] : config_.pulls) {
      if (pull.images.empty()) add(Severity::error, "pull." + name, "images", "is missing");
    }
    check_cleanup();
    return std::move(problems_);
  }

 private:
  void check_mysql() {
    const MysqlConfig& mysql = config_.mysql;
    if (!mysql.enabled() && mysql != MysqlConfig{}) {
      add(Severity::warning, "mysql", "", "neither host nor socket is set: nothing is delivered to MySQL");
    }
  }

  void check_cleanup() {
    const CleanupConfig& cleanup = config_.cleanup;
    if (cleanup.pressure_low >= cleanup.pressure_high) {
      const bool low = locations_.contains({"cleanup", "pressure_low"});
      add(Severity::error, "cleanup", low ? "pressure_low" : "pressure_high",
          "pressure_low (" + std::to_string(cleanup.pressure_low) + ") must be below pressure_high (" +
              std::to_string(cleanup.pressure_high) + ")");
    }
  }

  void check_password() {
    const MysqlConfig& mysql = config_.mysql;
    if (!mysql.password.empty() && !mysql.password_file.empty()) {
      add(Severity::error, "mysql", "password_file", "is set, and so is password: keep one of both");
    }
    if (!mysql.password.empty() && is_world_readable(location("mysql", "password").file)) {
      add(Severity::warning, "mysql", "password",
          "everyone on this machine can read this file: chmod o-r it, or use password_file");
    }
    if (!mysql.password_file.empty() && is_world_readable(mysql.password_file)) {
      add(Severity::warning, "mysql", "password_file",
          "everyone on this machine can read that file: chmod o-r it");
    }
  }

  // The section's, when the key is nowhere.
  [[nodiscard]] const Location& location(const std::string& section, const std::string& key) const {
    const auto found = locations_.find({section, key});
    return found == locations_.end() ? locations_.at({section, ""}) : found->second;
  }

  void add(Severity severity, const std::string& section, const std::string& key, std::string message) {
    const Location& where = location(section, key);
    problems_.push_back({where.file, where.line, section, key, std::move(message), severity});
  }

  const Config& config_;
  const Locations& locations_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> cross_check(const Config& config, const Locations& locations) {
  return CrossCheck(config, locations).run();
}

}  // namespace caretaker
