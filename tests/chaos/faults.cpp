// SPDX-License-Identifier: MIT
#include "chaos/faults.h"

#include <array>
#include <filesystem>
#include <vector>

#include "base/fault_point.h"
#include "sql/mysql_connection.h"

namespace caretaker::chaos {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Side = WireProxy::Side;
using Wire = WireProxy::Fault;

constexpr seconds strike_limit{3};  // for what may not come at all, as while the daemon backs off
constexpr int passes_max = 12;
constexpr int packets_max = 60;
constexpr int connections_least = 10;  // that MariaDB takes
constexpr std::size_t crowd_max = 32;

void hold(Random& random, int longest_ms) {
  Stand::pause(milliseconds(random.between(0, longest_ms)));
}

void kill_daemon(Stand& stand, Random& random) {
  stand.kill_daemon();
  hold(random, 200);
  stand.start_daemon();
}

void kill_at_fault_point(Stand& stand, Random& random) {
  stand.kill_daemon();
  stand.start_doomed(fault_point_names.at(random.below(fault_point_names.size())),
                     random.between(1, passes_max));
  (void)stand.watch(strike_limit, [&] { return !stand.daemon.is_running(); });
  kill_daemon(stand, random);
}

void stop_daemon(Stand& stand, Random& random) {
  stand.stop_daemon();
  hold(random, 200);
  stand.start_daemon();
}

void kill_server(Stand& stand, Random& random) {
  hold(random, 300);
  stand.server.kill();
  hold(random, 500);
  stand.start_server();
}

void stop_server(Stand& stand, Random& random) {
  hold(random, 300);
  stand.server.stop();
  stand.start_server();
}

void kill_both(Stand& stand, Random& random) {
  hold(random, 300);
  stand.server.kill();
  stand.kill_daemon();
  if (random.coin()) stand.start_daemon();
  stand.start_server();
  if (!stand.daemon.is_running()) stand.start_daemon();
}

// Armed, struck or not, lasting for a while, and over.
void break_wire(Stand& stand, Random& random, int longest_ms) {
  (void)stand.watch(strike_limit, [&] { return stand.wire.broken(); });
  hold(random, longest_ms);
  stand.wire.heal();
}

void break_at_packet(Stand& stand, Random& random, Wire fault, int longest_ms) {
  stand.wire.heal();  // counts from here
  const Side side = random.coin() ? Side::client : Side::server;
  const int packet = random.between(1, packets_max);
  random.coin() ? stand.wire.break_after(side, packet, fault) : stand.wire.break_at(side, packet, fault);
  break_wire(stand, random, longest_ms);
}

void cut_wire(Stand& stand, Random& random) {
  break_at_packet(stand, random, Wire::cut, 200);
}

void stall_wire(Stand& stand, Random& random) {
  break_at_packet(stand, random, Wire::stall, 3000);
}

void leave_wire_half_open(Stand& stand, Random& random) {
  break_at_packet(stand, random, Wire::half_open, 3000);
}

void lose_commit_reply(Stand& stand, Random& random) {
  stand.wire.heal();
  stand.wire.break_at_commit_reply(random.coin() ? Wire::cut : Wire::stall);
  break_wire(stand, random, 1000);
}

void refuse_connections(Stand& stand, Random& random) {
  stand.wire.refuse();
  Stand::pause(milliseconds(random.between(200, 2000)));
  stand.wire.heal();
}

void turn_read_only(Stand& stand, Random& random) {
  stand.server.set_read_only(true);
  hold(random, 1500);
  stand.server.set_read_only(false);
}

MysqlConnection connect(const Stand& stand, const std::string& user) {
  auto connection = MysqlConnection::connect(stand.server.config(user, "", "monitor"), Secret());
  if (!connection) throw Failure(connection.error().message);
  return std::move(*connection);
}

void take_all_connections(Stand& stand, Random& random) {
  stand.server.execute("SET GLOBAL max_connections = " + std::to_string(connections_least));
  {
    stand.wire.cut();  // the daemon's own place is taken as well
    std::vector<MysqlConnection> crowd;
    const MysqlConfig config = stand.server.config("crowd", "", "");
    for (auto one = MysqlConnection::connect(config, Secret()); one && crowd.size() < crowd_max;
         one = MysqlConnection::connect(config, Secret())) {
      crowd.push_back(std::move(*one));
    }
    stand.expect_long_back_off();
    hold(random, 1500);
  }
  stand.server.execute("SET GLOBAL max_connections = 100");
  if (random.coin()) kill_daemon(stand, random);
}

void write_wrong_password(Stand& stand, Random& random) {
  stand.write_password(false);
  stand.wire.cut();
  hold(random, 1500);
  stand.write_password(true);
}

void lock(Stand& stand, Random& random, const std::string& rows) {
  MysqlConnection other = connect(stand, "root");
  if (!other.execute("START TRANSACTION")) throw Failure("no transaction for a lock");
  // It loses when the daemon's own transaction is chosen to go on.
  (void)other.query("SELECT * FROM monitor." + rows + " FOR UPDATE");
  hold(random, 2500);
}

void lock_ledger(Stand& stand, Random& random) {
  lock(stand, random, "deliveries");
}

void lock_samples(Stand& stand, Random& random) {
  lock(stand, random,
       "samples WHERE series_id = (SELECT MAX(series_id) FROM monitor.series)"
       " AND time > UTC_TIMESTAMP() - INTERVAL 10 SECOND");
}

void redeliver(Stand& stand, Random& random) {
  (void)stand.daemon.ctl({"mysql", "redeliver", "--since", std::to_string(random.between(1, 60)) + "s"});
}

void delete_rows(Stand& stand, Random& random) {
  stand.delete_newest_rows();
  if (random.coin()) redeliver(stand, random);
}

void reload(Stand& stand, Random& random) {
  stand.write_flush_interval(milliseconds(random.between(100, 300)));
  const ChildResult reloaded = stand.daemon.ctl({"reload"});
  if (reloaded.exit_status != 0) throw Failure("reload: " + reloaded.standard_error);
}

void copy_store(const std::string& from, const std::string& to) {
  for (const char* part : {"", "-wal"}) {
    fs::remove(to + part);
    if (fs::exists(from + part)) fs::copy_file(from + part, to + part);
  }
  fs::remove(to + "-shm");
}

void take_snapshot(Stand& stand, Random& random) {
  random.coin() ? stand.kill_daemon() : stand.stop_daemon();
  copy_store(stand.daemon.store(), snapshot_file(stand));
  stand.start_daemon();
}

constexpr std::array table = std::to_array<Fault>({
    {"daemon-kill", kill_daemon},
    {"daemon-fault-point", kill_at_fault_point},
    {"daemon-stop", stop_daemon},
    {"server-kill", kill_server},
    {"server-stop", stop_server},
    {"both-kill", kill_both},
    {"wire-cut", cut_wire},
    {"wire-stall", stall_wire},
    {"wire-half-open", leave_wire_half_open},
    {"commit-reply-lost", lose_commit_reply},
    {"connections-refused", refuse_connections},
    {"read-only", turn_read_only},
    {"connections-exhausted", take_all_connections},
    {"wrong-password", write_wrong_password},
    {"ledger-locked", lock_ledger},
    {"samples-locked", lock_samples},
    {"redeliver", redeliver},
    {"rows-lost-by-server", delete_rows},
    {"reload", reload},
    {"snapshot-taken", take_snapshot},
});

}  // namespace

std::span<const Fault> faults() {
  return table;
}

std::string snapshot_file(const Stand& stand) {
  return stand.room.path("snapshot.db");
}

bool has_snapshot(const Stand& stand) {
  return fs::exists(snapshot_file(stand));
}

void restore_snapshot(const Stand& stand) {
  copy_store(snapshot_file(stand), stand.daemon.store());
}

}  // namespace caretaker::chaos
