// SPDX-License-Identifier: MIT
#include "systemd_container/service_fixture.h"

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "base/text.h"
#include "support/eventually.h"

namespace caretaker {
namespace {

constexpr const char* package_file = "/root/caretaker.deb";
constexpr const char* drop_ins = "/etc/systemd/system/caretaker.service.d";

}  // namespace

std::unique_ptr<SystemdContainer> Machine::container_;
std::string Machine::hindrance_;

void Machine::SetUp() {
  hindrance_ =
      package().empty() ? "CARETAKER_PACKAGE is not set: ./dev test sets it" : SystemdContainer::hindrance();
  if (!hindrance_.empty()) return;
  const auto begun = std::chrono::steady_clock::now();
  container_ = std::make_unique<SystemdContainer>();
  container_->boot();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::cout << "the machine is up after " << took.count() << " s" << std::endl;
}

void Machine::TearDown() {
  container_.reset();
}

SystemdContainer& Machine::get() {
  if (!container_) throw std::runtime_error("no machine");
  return *container_;
}

std::string package() {
  return CARETAKER_PACKAGE;
}

std::set<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::set<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.insert(line);
  return lines;
}

bool is_installed() {
  return Machine::get().exists("/usr/sbin/caretakerd");
}

void install_service(const std::string& file) {
  Machine::get().copy_in(file, package_file);
  Machine::get().output({"dpkg", "--install", package_file});
}

void purge_service() {
  Machine::get().output({"dpkg", "--purge", "caretaker"});
}

void ServiceTest::SetUp() {
  if (!Machine::hindrance().empty()) GTEST_SKIP() << "No machine of its own: " << Machine::hindrance();
  if (!is_installed()) install_service(package());
  (void)systemctl({"disable", "--now", unit});
  for (const char* path : {drop_ins, "/etc/caretaker/config.d", "/etc/credstore", "/etc/credstore.encrypted",
                           "/var/lib/caretaker"}) {
    machine().remove(path);
  }
  must({"systemctl", "daemon-reload"});
  (void)systemctl({"reset-failed"});
  configure("00-test", "[service]\ninterval = 200ms\n[store]\ncommit_interval = 100ms\n");
  journal_cursor_ = must({"journalctl", "--lines=0", "--show-cursor", "--quiet"});
  journal_cursor_ = journal_cursor_.substr(journal_cursor_.find("s="));
}

void ServiceTest::TearDown() {
  if (!HasFailure() || !Machine::hindrance().empty()) return;
  std::cout << machine()
                   .run({"journalctl", "--no-pager", "--output=short-monotonic",
                         "--after-cursor=" + journal_cursor_})
                   .standard_output
            << std::endl;
}

ChildResult ServiceTest::systemctl(Words words) {
  words.insert(words.begin(), "systemctl");
  return machine().run(words);
}

std::string ServiceTest::property(const std::string& name, const std::string& of) {
  return must({"systemctl", "show", "--property=" + name, "--value", of});
}

std::int64_t ServiceTest::number(const std::string& name, const std::string& of) {
  const std::string text = property(name, of);
  std::int64_t value = -1;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) {
    throw std::runtime_error(name + " is no number: " + text);
  }
  return value;
}

ChildResult ServiceTest::ctl(Words words, const std::string& user) {
  words.insert(words.begin(), "caretakerctl");
  return machine().run(words, user);
}

nlohmann::json ServiceTest::ctl_json(Words words) {
  words.emplace_back("--json");
  const ChildResult ended = ctl(words);
  if (ended.exit_status != 0) throw std::runtime_error(words.front() + ": " + ended.standard_error);
  return nlohmann::json::parse(ended.standard_output);
}

void ServiceTest::configure(const std::string& name, std::string_view text) {
  machine().write("/etc/caretaker/config.d/" + name + ".ini", text);
}

void ServiceTest::drop_in(const std::string& name, std::string_view text) {
  machine().write(std::string(drop_ins) + "/" + name + ".conf", text);
  must({"systemctl", "daemon-reload"});
}

std::vector<nlohmann::json> ServiceTest::journal() const {
  const std::string text = must(
      {"journalctl", "--output=json", "--after-cursor=" + journal_cursor_, std::string("--unit=") + unit});
  std::vector<nlohmann::json> entries;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    entries.push_back(nlohmann::json::parse(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return entries;
}

bool ServiceTest::journal_says(std::string_view text) const {
  for (const nlohmann::json& entry : journal()) {
    const auto message = entry.find("MESSAGE");
    if (message != entry.end() && message->is_string() &&
        message->get<std::string>().find(text) != std::string::npos) {
      return true;
    }
  }
  return false;
}

std::set<std::string> ServiceTest::files() {
  Words command = {"find", "/", "-xdev", "("};
  for (const char* folder : {"/var/cache", "/var/lib/apt", "/var/lib/dpkg", "/var/lib/mysql", "/var/log"}) {
    command.insert(command.end(), {"-path", folder, "-o"});
  }
  command.insert(command.end(), {"-false", ")", "-prune", "-o", "-print"});
  return lines_of(must(command));
}

std::set<std::string> ServiceTest::files_changed_since(const std::set<std::string>& before) {
  std::set<std::string> changes;
  const std::set<std::string> now = files();
  for (const std::string& file : now) {
    if (!before.contains(file)) changes.insert("+ " + file);
  }
  for (const std::string& file : before) {
    if (!now.contains(file)) changes.insert("- " + file);
  }
  return changes;
}

std::int64_t ServiceTest::stored(const std::string& sql) {
  const std::string text = must({"sqlite3", "-readonly", local_store, sql});
  std::int64_t value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void ServiceTest::expect_nothing_lost() {
  // One statement, so one committed state even while the daemon writes.
  const std::string row = must({"sqlite3", "-readonly", local_store,
                                "SELECT (SELECT value FROM counters WHERE name = 'collected') ="
                                " (SELECT SUM(value) FROM counters WHERE name IN ('delivered', 'pending')),"
                                " (SELECT SUM(value) FROM counters WHERE name IN ('delivered', 'pending')) = "
                                "(SELECT COUNT(*) FROM samples)"});
  EXPECT_EQ(row, "1|1") << must({"sqlite3", "-readonly", local_store, "SELECT * FROM counters"});
}

}  // namespace caretaker
