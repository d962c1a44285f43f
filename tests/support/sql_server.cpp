// SPDX-License-Identifier: MIT
#include "support/sql_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <ostream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/unique_fd.h"

namespace caretaker {
namespace {

constexpr std::chrono::seconds answer_deadline{60};

// Starts `arguments` with its output in `log`; it dies with the calling process.
pid_t spawn(const std::vector<std::string>& arguments, const std::string& log) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Without this the server refuses to run as root; the package's own user exists only where the service is
// installed.
constexpr const char* as_root = "--user=root";

// Throws when it fails.
void run(std::vector<std::string> arguments, const std::string& log) {
  const pid_t pid = spawn(arguments, log);
  int status = -1;
  if (::waitpid(pid, &status, 0) != pid || status != 0) {
    throw std::runtime_error(arguments.at(0) + " failed: " + text_of(log));
  }
}

#ifdef CARETAKER_ORACLE_MYSQL
constexpr const char* oracle_mysql = CARETAKER_ORACLE_MYSQL;
#else
constexpr const char* oracle_mysql = nullptr;
#endif

std::string oracle_path(const char* name) {
  if (oracle_mysql == nullptr) throw std::runtime_error("this build has no Oracle MySQL");
  return std::string(oracle_mysql) + "/" + name;
}

}  // namespace

std::vector<Engine> engines() {
  if (oracle_mysql == nullptr) return {Engine::mariadb};
  return {Engine::mariadb, Engine::mysql};
}

std::string name_of(Engine engine) {
  return engine == Engine::mariadb ? "MariaDB" : "MySQL";
}

void PrintTo(Engine engine, std::ostream* out) {
  *out << name_of(engine);
}

std::uint16_t free_port() {
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.get(), generic, size) != 0 || ::getsockname(listener.get(), generic, &size) != 0) {
    throw std::runtime_error("no free port on 127.0.0.1");
  }
  return ntohs(address.sin_port);
}

SqlServer::SqlServer(Engine engine, std::vector<std::string> arguments, std::uint64_t disk_bytes)
    : engine_(engine), arguments_(std::move(arguments)), disk_bytes_(disk_bytes), port_(free_port()) {
  install();
  start();
  if (engine_ == Engine::mysql) return;
  // They would win over user@'%' for logins from this machine.
  execute("DELETE FROM mysql.global_priv WHERE User = ''");
  execute("FLUSH PRIVILEGES");
}

void SqlServer::install() {
  ::chmod(dir_.path().c_str(), 0777);
  std::vector<std::string> install;
  if (engine_ == Engine::mysql) {
    install = {"cp", "-r", oracle_path("data"), data_dir()};
  } else {
    // --force: where the machine's own name does not resolve.
    install = {"mariadb-install-db",
               "--no-defaults",
               "--datadir=" + data_dir(),
               "--tmpdir=" + dir_.path(),
               "--auth-root-authentication-method=normal",
               "--skip-test-db",
               "--force",
               "--innodb-log-file-size=8M",
               "--innodb-flush-log-at-trx-commit=0"};
    if (root_) install.emplace_back(as_root);
  }
  run(std::move(install), dir_.path("install.log"));
}

std::vector<std::string> SqlServer::command() const {
  std::vector<std::string> command;
  if (engine_ == Engine::mysql) {
    command = {oracle_path("mysqld"), "--innodb-redo-log-capacity=16M", "--mysqlx=0",
               "--skip-log-bin",      "--performance-schema=OFF",       "--secure-file-priv="};
  } else {
    command = {"mariadbd", "--no-defaults", "--innodb-log-file-size=8M"};
  }
  // A starting server removes what looks like left over temporary tables, also those of its neighbours.
  command.insert(command.end(),
                 {"--datadir=" + data_dir(), "--tmpdir=" + dir_.path(), "--port=" + std::to_string(port_),
                  "--bind-address=127.0.0.1", "--socket=" + socket(), "--pid-file=" + dir_.path("pid"),
                  "--innodb-buffer-pool-size=32M"});
  if (root_) command.emplace_back(as_root);
  command.insert(command.end(), arguments_.begin(), arguments_.end());
  return command;
}

void SqlServer::start(const std::vector<std::string>& extra) {
  launch(extra);
  wait_until_it_answers();
}

void SqlServer::launch(const std::vector<std::string>& extra) {
  std::vector<std::string> whole = command();
  whole.insert(whole.end(), extra.begin(), extra.end());
  if (disk_bytes_ != 0) whole = on_own_disk(whole);
  if (::geteuid() == 0 && !root_) {
    whole.insert(whole.begin(),
                 {"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=kill"});
  }
  pid_ = spawn(whole, dir_.path("server.log"));
}

std::vector<std::string> SqlServer::on_own_disk(const std::vector<std::string>& command) const {
  constexpr const char* script =
      // Not unshare's own way, which fails in a chroot whose / is no mount point.
      "mount --make-rprivate / 2>/dev/null || true; set -e; disk=$1; shift; cd \"$1\"; shift;"
      "mv data installed; mkdir data; mount -t tmpfs -o size=\"$disk\" tmpfs data; cp -r installed/. data;"
      "exec \"$@\"";
  std::vector<std::string> whole = {"unshare",   "--mount", "--propagation",
                                    "unchanged", "sh",      "-c",
                                    script,      "sh",      std::to_string(disk_bytes_),
                                    dir_.path()};
  // Others may mount in a user namespace of their own, and are root there.
  if (::geteuid() != 0) whole.insert(whole.begin() + 1, "--map-root-user");
  whole.insert(whole.end(), command.begin(), command.end());
  if (::geteuid() != 0) whole.emplace_back(as_root);
  return whole;
}

std::string SqlServer::filler() const {
  return "/proc/" + std::to_string(pid_) + "/root" + data_dir() + "/filler";
}

void SqlServer::fill_disk() const {
  const UniqueFd file(::open(filler().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) throw std::runtime_error("no disk of its own");
  const std::vector<char> block(4096);
  while (::write(file.get(), block.data(), block.size()) > 0) continue;
}

void SqlServer::free_disk() const {
  if (::unlink(filler().c_str()) != 0) throw std::runtime_error("no filler");
}

void SqlServer::wait_until_it_answers() {
  const auto deadline = std::chrono::steady_clock::now() + answer_deadline;
  while (!MysqlConnection::connect(local(), Secret(root_password_))) {
    if (std::chrono::steady_clock::now() > deadline || ::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      throw std::runtime_error(name_of(engine_) + " does not start: " + log());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void SqlServer::leave_root() {
  if (::geteuid() != 0) return;
  run({"chown", "-R", "nobody:nogroup", dir_.path()}, dir_.path("install.log"));
  root_ = false;
}

void SqlServer::end(int signal) {
  if (pid_ <= 0) return;
  ::kill(pid_, signal);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string SqlServer::log() const {
  return text_of(dir_.path("server.log"));
}

MysqlConfig SqlServer::local() const {
  MysqlConfig local;
  local.socket = socket();
  local.user = "root";
  return local;
}

MysqlConnection SqlServer::root() const {
  auto connection = MysqlConnection::connect(local(), Secret(root_password_));
  if (!connection) throw std::runtime_error(connection.error().message);
  return std::move(*connection);
}

void SqlServer::set_root_password(const std::string& password) {
  execute("ALTER USER root@localhost IDENTIFIED BY '" + password + "'");
  root_password_ = password;
}

void SqlServer::execute(const std::string& sql) {
  const auto done = root().execute(sql);
  if (!done) throw std::runtime_error(sql + ": " + done.error().message);
}

std::vector<SqlRow> SqlServer::query(const std::string& sql) {
  auto rows = root().query(sql);
  if (!rows) throw std::runtime_error(sql + ": " + rows.error().message);
  return std::move(*rows);
}

std::string SqlServer::value(const std::string& sql) {
  return query(sql).at(0).at(0).value_or("");
}

int SqlServer::lock_waits() {
  return std::stoi(value("SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'"));
}

void SqlServer::set_read_only(bool on) {
  const std::string value = on ? "1" : "0";
  if (engine_ == Engine::mysql) execute("SET GLOBAL super_read_only = " + value);
  execute("SET GLOBAL read_only = " + value);
}

MysqlConfig SqlServer::config(const std::string& user, const std::string& password,
                              const std::string& database) const {
  MysqlConfig config;
  config.hosts = {"127.0.0.1"};
  config.port = port_;
  config.user = user;
  config.password = Secret(password);
  config.database = database;
  return config;
}

}  // namespace caretaker
