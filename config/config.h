// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

// The typed configuration. Defaults live here and nowhere else: the reference page, the sample config.ini and
// the key table are made from a default-constructed Config. Every member is set by one line of
// config/key_table.cpp. Plain values: copied, compared and swapped as a whole on reload.
namespace caretaker {

using std::chrono::milliseconds;

struct ServiceConfig {               // [service]
  milliseconds interval{10'000};     // of every sampling job that has no own one
  milliseconds job_timeout{10'000};  // after which a sampling run is reported as stuck
  std::string host_name;             // empty: the kernel's
  bool operator==(const ServiceConfig&) const = default;
};

struct StoreConfig {  // [store]
  std::string path = "/var/lib/caretaker/metrics.db";
  milliseconds commit_interval{0};                     // 0: the interval, at least 1 s and at most 10 s
  milliseconds retention{std::chrono::days{7}};        // age at which samples leave the local store
  milliseconds retention_1m{std::chrono::days{90}};    // and the values per minute
  milliseconds retention_1h{std::chrono::days{1825}};  // and per hour
  std::uint64_t size_max = 2ULL << 30;                 // bytes; the oldest batches leave first
  bool operator==(const StoreConfig&) const = default;
};

enum class TlsMode : std::uint8_t { off, preferred, required, verify_ca, verify_identity };

struct MysqlConfig {               // [mysql]; off unless `host` or `socket` is set
  std::vector<std::string> hosts;  // each as parse_mysql_host() reads it: "db1", "db1:3307", "[::1]:3306"
  std::uint16_t port = 3306;       // of the hosts without one
  std::string socket;              // Unix socket path; wins over hosts and port
  std::string user = "caretaker";
  Secret password;
  std::string password_file;
  std::string database = "system_monitor";
  TlsMode tls = TlsMode::preferred;
  std::string tls_ca;  // PEM file with the authorities that verify-* trust; empty: the system's
  std::vector<std::string> raw = {"*"};  // metrics (globs) whose samples are delivered; all have rollups
  milliseconds retention{std::chrono::days{7}};  // days that samples stay in MySQL
  milliseconds retention_1m{std::chrono::days{90}};
  milliseconds retention_1h{std::chrono::days{1825}};
  milliseconds flush_interval{10'000};
  milliseconds connect_timeout{10'000};
  milliseconds io_timeout{30'000};
  [[nodiscard]] bool enabled() const { return !hosts.empty() || !socket.empty(); }
  bool operator==(const MysqlConfig&) const = default;
};

struct ControlConfig {  // [control]
  std::string socket = "/run/caretaker/control.sock";
  bool operator==(const ControlConfig&) const = default;
};

enum class LogLevel : std::uint8_t { debug, info, warning, error };

struct LogConfig {  // [log]
  LogLevel level = LogLevel::info;
  std::string file;                         // empty: the journal, or standard error in a terminal
  std::uint64_t file_size_max = 10U << 20;  // bytes; then rotated
  int files_max = 5;
  bool operator==(const LogConfig&) const = default;
};

// [collector.NAME]: what every collector has.
struct CollectorConfig {
  bool enabled = true;
  milliseconds interval{0};  // 0: the service's; anything else makes the collector a job of its own
  milliseconds timeout{0};   // 0: the service's job_timeout
  bool operator==(const CollectorConfig&) const = default;
};

struct FilesystemConfig {  // [collector.filesystem]
  std::vector<std::string> types_exclude = {"autofs",     "binfmt_misc", "bpf",      "cgroup*",  "configfs",
                                            "debugfs",    "devpts",      "devtmpfs", "efivarfs", "erofs",
                                            "fusectl",    "hugetlbfs",   "iso9660",  "mqueue",   "nsfs",
                                            "overlay",    "proc",        "pstore",   "ramfs",    "rpc_pipefs",
                                            "securityfs", "selinuxfs",   "squashfs", "sysfs",    "tracefs"};
  std::vector<std::string> mount_points_exclude = {
      "/dev",         "/dev/*", "/proc",   "/proc/*",           "/run/credentials/*",
      "/sys",         "/sys/*", "/snap/*", "/var/lib/docker/*", "/var/lib/containers/storage/*",
      "/run/docker/*"};
  // Mount points on network and FUSE file systems that are measured too (globs), by a helper process.
  std::vector<std::string> network_mount_points;
  milliseconds network_timeout{5'000};
  bool operator==(const FilesystemConfig&) const = default;
};

struct DiskConfig {  // [collector.disk]
  std::vector<std::string> devices_exclude = {"ram*", "zram*", "loop*", "fd*", "sr*"};
  bool partitions = false;  // also partitions, not only whole devices
  bool operator==(const DiskConfig&) const = default;
};

struct NetworkConfig {                       // [collector.network]
  std::vector<std::string> devices_include;  // globs that are measured although virtual
  std::vector<std::string> devices_exclude;
  bool virtual_devices = false;  // also devices without hardware (veth, bridges, lo)
  bool operator==(const NetworkConfig&) const = default;
};

// [job.NAME]
struct CommandJobConfig {
  std::vector<std::string> command;      // argv; no shell
  milliseconds interval{0};              // 0: the service's
  milliseconds timeout{60'000};          // then SIGTERM, later SIGKILL, to its process group
  std::vector<std::string> environment;  // NAME=value
  std::string user;                      // empty: the daemon's own
  bool enabled = true;
  bool operator==(const CommandJobConfig&) const = default;
};

enum class CleanupMode : std::uint8_t { off, observe, enforce };

[[nodiscard]] std::string_view to_string(CleanupMode mode);  // as in config.ini

struct CleanupConfig {                      // [cleanup]
  CleanupMode mode = CleanupMode::observe;  // only `enforce` deletes
  milliseconds interval{std::chrono::hours{1}};
  milliseconds check_interval{30'000};  // of how full the disks are
  int pressure_high = 85;               // percent of a file system's bytes or inodes
  int pressure_low = 75;
  bool on_new_image = true;
  milliseconds min_age{std::chrono::hours{4}};         // by our own history
  milliseconds warmup{std::chrono::hours{24}};         // of watching, before the first deletion
  milliseconds settle_time{std::chrono::minutes{10}};  // after the engine or the machine was started
  int max_deletes = 200;                               // per run
  int max_share = 50;                                  // percent of the objects of a kind, per run
  std::vector<std::string> keep;                       // globs of names: repo:tag, repo@digest, volumes, ...
  std::vector<std::string> keep_labels = {"caretaker.keep"};  // "label" or "label=value"
  bool operator==(const CleanupConfig&) const = default;
};

enum class ImagePolicy : std::uint8_t { off, dangling, unused };
enum class VolumePolicy : std::uint8_t { off, anonymous, all };

struct DockerCleanupConfig {  // [cleanup.docker]
  std::string socket;         // empty: see docker/engine_socket.h
  ImagePolicy images = ImagePolicy::unused;
  milliseconds dangling_unused_for{std::chrono::hours{24}};
  milliseconds image_unused_for{0};  // 0: however long, tagged images go under disk pressure only
  int keep_last = 3;                 // per repository
  bool build_cache = true;
  milliseconds build_cache_unused_for{std::chrono::days{7}};
  bool containers = false;  // those that do not run
  milliseconds container_exited_for{std::chrono::days{7}};
  bool networks = false;
  milliseconds network_unused_for{std::chrono::hours{24}};
  VolumePolicy volumes = VolumePolicy::anonymous;
  milliseconds volume_unused_for{std::chrono::days{7}};
  bool operator==(const DockerCleanupConfig&) const = default;
};

struct PullConfig {                 // [pull.NAME]
  std::vector<std::string> images;  // each as parse_image_reference() reads it
  milliseconds interval{std::chrono::hours{1}};
  int concurrency = 3;
  std::string auth_file;  // docker's config.json with the registries' credentials; empty: none
  bool enabled = true;
  bool operator==(const PullConfig&) const = default;
};

struct Config {
  ServiceConfig service;
  StoreConfig store;
  MysqlConfig mysql;
  ControlConfig control;
  LogConfig log;
  std::map<std::string, CollectorConfig> collectors;  // by registry name; absent: all defaults
  FilesystemConfig filesystem;
  DiskConfig disk;
  NetworkConfig network;
  std::map<std::string, CommandJobConfig> command_jobs;  // by NAME
  CleanupConfig cleanup;
  DockerCleanupConfig docker_cleanup;
  std::map<std::string, PullConfig> pulls;  // by NAME
  bool operator==(const Config&) const = default;
};

}  // namespace caretaker
