// SPDX-License-Identifier: MIT
#include "support/mariadb_server.h"

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

// Without this the server refuses to run as root; the package's own user exists only where the service is
// installed.
std::vector<std::string> as_current_user(std::vector<std::string> arguments) {
  if (::geteuid() == 0) arguments.emplace_back("--user=root");
  return arguments;
}

}  // namespace

MariadbServer::MariadbServer(std::vector<std::string> arguments)
    : arguments_(std::move(arguments)), port_(free_port()) {
  install();
  start();
  // They would win over user@'%' for logins from this machine.
  execute("DELETE FROM mysql.global_priv WHERE User = ''");
  execute("FLUSH PRIVILEGES");
}

MariadbServer::~MariadbServer() {
  kill();
}

// A starting server removes what looks like left over temporary tables, also those of its neighbours.
std::string MariadbServer::tmpdir() const {
  return "--tmpdir=" + dir_.path();
}

void MariadbServer::install() {
  ::chmod(dir_.path().c_str(), 0777);
  const std::string log = dir_.path("install.log");
  const pid_t pid =
      spawn(as_current_user({"mariadb-install-db", "--no-defaults", "--datadir=" + dir_.path("data"),
                             tmpdir(), "--auth-root-authentication-method=normal", "--skip-test-db",
                             "--force",  // where the machine's own name does not resolve
                             "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0"}),
            log);
  int status = -1;
  if (::waitpid(pid, &status, 0) != pid || status != 0) {
    throw std::runtime_error("mariadb-install-db failed: " + text_of(log));
  }
}

void MariadbServer::start() {
  std::vector<std::string> command = as_current_user(
      {"mariadbd", "--no-defaults", "--datadir=" + dir_.path("data"), tmpdir(),
       "--port=" + std::to_string(port_), "--bind-address=127.0.0.1", "--socket=" + socket(),
       "--pid-file=" + dir_.path("pid"), "--innodb-log-file-size=8M", "--innodb-buffer-pool-size=32M"});
  command.insert(command.end(), arguments_.begin(), arguments_.end());
  const std::string log = dir_.path("server.log");
  pid_ = spawn(command, log);
  const auto deadline = std::chrono::steady_clock::now() + answer_deadline;
  MysqlConfig local;
  local.socket = socket();
  local.user = "root";
  while (!MysqlConnection::connect(local, Secret(root_password_))) {
    if (std::chrono::steady_clock::now() > deadline || ::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      throw std::runtime_error("mariadbd does not start: " + text_of(log));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void MariadbServer::end(int signal) {
  if (pid_ <= 0) return;
  ::kill(pid_, signal);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

MysqlConnection MariadbServer::root() const {
  MysqlConfig local;
  local.socket = socket();
  local.user = "root";
  auto connection = MysqlConnection::connect(local, Secret(root_password_));
  if (!connection) throw std::runtime_error(connection.error().message);
  return std::move(*connection);
}

void MariadbServer::set_root_password(const std::string& password) {
  execute("ALTER USER root@localhost IDENTIFIED BY '" + password + "'");
  root_password_ = password;
}

void MariadbServer::execute(const std::string& sql) {
  const auto done = root().execute(sql);
  if (!done) throw std::runtime_error(sql + ": " + done.error().message);
}

std::vector<SqlRow> MariadbServer::query(const std::string& sql) {
  auto rows = root().query(sql);
  if (!rows) throw std::runtime_error(sql + ": " + rows.error().message);
  return std::move(*rows);
}

std::string MariadbServer::value(const std::string& sql) {
  return query(sql).at(0).at(0).value_or("");
}

MysqlConfig MariadbServer::config(const std::string& user, const std::string& password,
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
