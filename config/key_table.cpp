// SPDX-License-Identifier: MIT
#include "config/key_table.h"

#include <array>

namespace caretaker {
namespace {

using std::string_view;
using namespace std::chrono_literals;

constexpr milliseconds day = 24h;
constexpr std::size_t name_bytes_max = 64;        // of databases and accounts
constexpr std::size_t host_name_bytes_max = 253;  // RFC 1035
constexpr std::size_t path_bytes_max = 4095;      // PATH_MAX without its NUL
constexpr std::size_t mysql_hosts_max = 16;
constexpr std::size_t pull_images_max = 100;
constexpr std::size_t socket_path_bytes_max = 107;  // sun_path of unix(7) without its NUL

constexpr std::array<string_view, 5> tls_words = {"off", "preferred", "required", "verify-ca",
                                                  "verify-identity"};
constexpr std::array<string_view, 4> level_words = {"debug", "info", "warning", "error"};

constexpr std::array<string_view, 3> cleanup_mode_words = {"off", "observe", "enforce"};
constexpr std::array<string_view, 3> image_policy_words = {"off", "dangling", "unused"};
constexpr std::array<string_view, 3> volume_policy_words = {"off", "anonymous", "all"};

// A member of one of the sections that exist once.
template <auto Section, auto Member>
Target member(Config& config, string_view) {
  return &(config.*Section.*Member);
}

template <auto Member>
Target collector_member(Config& config, string_view instance) {
  return &(config.collectors[std::string(instance)].*Member);
}

template <auto Member>
Target job_member(Config& config, string_view instance) {
  return &(config.command_jobs[std::string(instance)].*Member);
}

template <auto Member>
Target pull_member(Config& config, string_view instance) {
  return &(config.pulls[std::string(instance)].*Member);
}

template <auto Member>
constexpr auto service = member<&Config::service, Member>;
template <auto Member>
constexpr auto store = member<&Config::store, Member>;
template <auto Member>
constexpr auto mysql = member<&Config::mysql, Member>;
template <auto Member>
constexpr auto log = member<&Config::log, Member>;
template <auto Member>
constexpr auto filesystem = member<&Config::filesystem, Member>;
template <auto Member>
constexpr auto disk = member<&Config::disk, Member>;
template <auto Member>
constexpr auto network = member<&Config::network, Member>;
template <auto Member>
constexpr auto cleanup = member<&Config::cleanup, Member>;
template <auto Member>
constexpr auto docker = member<&Config::docker_cleanup, Member>;

constexpr Key keys[] = {
    {"service", "interval", DurationType{100ms, day}, service<&ServiceConfig::interval>,
     "How often everything is sampled. Ticks lie on the wall clock's grid of this interval."},
    {"service", "job_timeout", DurationType{100ms, day}, service<&ServiceConfig::job_timeout>,
     "A sampling run that takes longer is reported as stuck; all others go on."},
    {"service", "host_name", TextType{host_name_bytes_max, true}, service<&ServiceConfig::host_name>,
     "The name of this machine in SQL. Empty: the kernel's host name."},

    {"store", "path", PathType{path_bytes_max}, store<&StoreConfig::path>,
     "The local SQLite database. It is always written, and MySQL is fed from it."},
    {"store", "commit_interval", DurationType{100ms, 10min, true}, store<&StoreConfig::commit_interval>,
     "How often samples are committed to disk. 0s: with the interval, but between 1s and 10s."},
    {"store", "retention", DurationType{1min, 3650 * day}, store<&StoreConfig::retention>,
     "Samples older than this leave the local store."},
    {"store", "retention_1m", DurationType{1h, 3650 * day}, store<&StoreConfig::retention_1m>,
     "And so do the rollups per minute (count, min, max, sum, last)."},
    {"store", "retention_1h", DurationType{1h, 36500 * day}, store<&StoreConfig::retention_1h>,
     "And the rollups per hour."},
    {"store", "size_max", BytesType{16ULL << 20, 16ULL << 40}, store<&StoreConfig::size_max>,
     "When the local store grows beyond this, the oldest leave: first rollups per minute from before "
     "yesterday, then samples."},

    {"mysql", "host", HostsType{mysql_hosts_max}, mysql<&MysqlConfig::hosts>,
     "The server that samples are delivered to, or several of one cluster: `db1, db2:3307, [fd00::3]:3306`. "
     "The first that can be reached and written to is used; every machine tries them in an order of its own. "
     "Nothing is delivered while `host` and `socket` are empty."},
    {"mysql", "port", IntegerType{1, 65535}, mysql<&MysqlConfig::port>,
     "The TCP port of hosts that name none."},
    {"mysql", "socket", PathType{socket_path_bytes_max, true}, mysql<&MysqlConfig::socket>,
     "The server's Unix socket, in place of `host` and `port`."},
    {"mysql", "user", TextType{name_bytes_max}, mysql<&MysqlConfig::user>, "The account's name."},
    {"mysql", "password", SecretType{}, mysql<&MysqlConfig::password>,
     "The account's password. Better kept out of this file: see `password_file`."},
    {"mysql", "password_file", PathType{path_bytes_max, true}, mysql<&MysqlConfig::password_file>,
     "A file that holds the password and nothing else; read at every connect, so a change works at once. "
     "With "
     "neither of both keys the systemd credential `mysql-password` is used if the unit has one."},
    {"mysql", "database", TextType{name_bytes_max}, mysql<&MysqlConfig::database>,
     "The database. It is created with its tables where the account may."},
    {"mysql", "tls", ChoiceType{tls_words}, mysql<&MysqlConfig::tls>,
     "Encryption of the connection. `preferred` encrypts when the server can, `required` refuses to connect "
     "without, `verify-ca` also checks that `tls_ca` signed the server's certificate, and `verify-identity` "
     "that it was made for this host name. Only the last two keep out somebody between here and the server."},
    {"mysql", "tls_ca", PathType{path_bytes_max, true}, mysql<&MysqlConfig::tls_ca>,
     "PEM file with the authorities that `verify-ca` and `verify-identity` trust. Empty: the system's."},
    {"mysql", "raw", GlobsType{}, mysql<&MysqlConfig::raw>,
     "Metrics whose samples are delivered. Rollups per minute and hour are delivered of all metrics."},
    {"mysql", "retention", DurationType{day, 3650 * day}, mysql<&MysqlConfig::retention>,
     "Days of samples that stay in MySQL: older partitions are dropped, by a daemon whose account may or by "
     "`caretakerctl mysql maintain`."},
    {"mysql", "retention_1m", DurationType{day, 3650 * day}, mysql<&MysqlConfig::retention_1m>,
     "The same of the rollups per minute and of the table `system_monitor`."},
    {"mysql", "retention_1h", DurationType{day, 36500 * day}, mysql<&MysqlConfig::retention_1h>,
     "The same of the rollups per hour, of events and of job runs."},
    {"mysql", "flush_interval", DurationType{100ms, 1h}, mysql<&MysqlConfig::flush_interval>,
     "How often waiting samples are delivered, all in one transaction."},
    {"mysql", "connect_timeout", DurationType{1s, 10min}, mysql<&MysqlConfig::connect_timeout>,
     "How long connecting to one host may take."},
    {"mysql", "io_timeout", DurationType{1s, 1h}, mysql<&MysqlConfig::io_timeout>,
     "How long the server may be silent during a statement before the connection counts as broken."},

    {"control", "socket", PathType{socket_path_bytes_max}, member<&Config::control, &ControlConfig::socket>,
     "The Unix socket that `caretakerctl` talks to."},

    {"log", "level", ChoiceType{level_words}, log<&LogConfig::level>,
     "Messages below this level are left out."},
    {"log", "file", PathType{path_bytes_max, true}, log<&LogConfig::file>,
     "A file to log to. Empty: the journal, or standard error in a terminal."},
    {"log", "file_size_max", BytesType{64ULL << 10, 16ULL << 30}, log<&LogConfig::file_size_max>,
     "Size at which the log file is rotated."},
    {"log", "files_max", IntegerType{1, 100}, log<&LogConfig::files_max>,
     "How many rotated log files are kept."},

    {"collector.*", "enabled", BoolType{}, collector_member<&CollectorConfig::enabled>,
     "Whether the collector runs."},
    {"collector.*", "interval", DurationType{100ms, day, true}, collector_member<&CollectorConfig::interval>,
     "An interval of its own, which makes the collector a job of its own. 0s: that of `[service]`."},
    {"collector.*", "timeout", DurationType{100ms, day, true}, collector_member<&CollectorConfig::timeout>,
     "When a run of its own job counts as stuck. 0s: `job_timeout` of `[service]`."},

    {"collector.filesystem", "types_exclude", GlobsType{}, filesystem<&FilesystemConfig::types_exclude>,
     "File system types that are not measured."},
    {"collector.filesystem", "mount_points_exclude", GlobsType{},
     filesystem<&FilesystemConfig::mount_points_exclude>, "Mount points that are not measured."},
    {"collector.filesystem", "network_mount_points", GlobsType{},
     filesystem<&FilesystemConfig::network_mount_points>,
     "Mount points on network and FUSE file systems that are measured too. Others of these are not touched, "
     "since a "
     "dead server would make the call hang; a process of its own asks for the listed ones."},
    {"collector.filesystem", "network_timeout", DurationType{100ms, 5min},
     filesystem<&FilesystemConfig::network_timeout>,
     "After which such a mount point is reported as failing."},

    {"collector.disk", "devices_exclude", GlobsType{}, disk<&DiskConfig::devices_exclude>,
     "Block devices that are not measured."},
    {"collector.disk", "partitions", BoolType{}, disk<&DiskConfig::partitions>,
     "Measure partitions too, not only whole devices."},

    {"collector.network", "devices_include", GlobsType{}, network<&NetworkConfig::devices_include>,
     "Virtual devices that are measured although `virtual_devices` is off."},
    {"collector.network", "devices_exclude", GlobsType{}, network<&NetworkConfig::devices_exclude>,
     "Devices that are not measured."},
    {"collector.network", "virtual_devices", BoolType{}, network<&NetworkConfig::virtual_devices>,
     "Measure devices without hardware too: loopback, bridges, container interfaces."},

    {"job.*", "command", CommandType{}, job_member<&CommandJobConfig::command>,
     "The program and its arguments. Quotes and backslashes work as in a shell, but no shell runs: nothing "
     "is "
     "expanded. Where you need one, write `sh -c '...'`. Required."},
    {"job.*", "interval", DurationType{100ms, 31 * day, true}, job_member<&CommandJobConfig::interval>,
     "How often it runs. 0s: with the interval of `[service]`."},
    {"job.*", "timeout", DurationType{100ms, 7 * day}, job_member<&CommandJobConfig::timeout>,
     "After which the command and all of its children are ended."},
    {"job.*", "environment", EnvironmentType{}, job_member<&CommandJobConfig::environment>,
     "Additional environment variables."},
    {"job.*", "user", TextType{name_bytes_max, true}, job_member<&CommandJobConfig::user>,
     "The account that it runs as. Empty: the daemon's. Needs a daemon that runs as root."},
    {"job.*", "enabled", BoolType{}, job_member<&CommandJobConfig::enabled>, "Whether the job runs."},

    {"cleanup", "mode", ChoiceType{cleanup_mode_words}, cleanup<&CleanupConfig::mode>,
     "`observe` makes plans and records them, and deletes nothing. `enforce` deletes what they name. `off`: "
     "no "
     "cleanup at all. Read a few plans (`caretakerctl cleanup plan`) before you change it."},
    {"cleanup", "interval", DurationType{1min, 31 * day}, cleanup<&CleanupConfig::interval>,
     "How often a run begins that needs no other reason."},
    {"cleanup", "check_interval", DurationType{1s, 1h}, cleanup<&CleanupConfig::check_interval>,
     "How often it is looked at how full the disks are."},
    {"cleanup", "pressure_high", IntegerType{1, 100}, cleanup<&CleanupConfig::pressure_high>,
     "Percent of the bytes or of the inodes in use at which a file system that holds images is too full: "
     "then a "
     "run begins that also removes unused images, the least recently used first."},
    {"cleanup", "pressure_low", IntegerType{0, 99}, cleanup<&CleanupConfig::pressure_low>,
     "Percent at which there is room enough again; such a run stops there."},
    {"cleanup", "on_new_image", BoolType{}, cleanup<&CleanupConfig::on_new_image>,
     "Whether a run also begins a minute after the last of some new images came."},
    {"cleanup", "min_age", DurationType{1min, 3650 * day, true}, cleanup<&CleanupConfig::min_age>,
     "Nothing that has been known for less than this is removed, whatever its own dates say."},
    {"cleanup", "warmup", DurationType{1min, 31 * day, true}, cleanup<&CleanupConfig::warmup>,
     "So long the use of images, volumes and the rest must have been watched before the first deletion. 0s: "
     "no "
     "wait."},
    {"cleanup", "settle_time", DurationType{1s, day, true}, cleanup<&CleanupConfig::settle_time>,
     "So long nothing is removed after the engine was started, because containers may still be on their way. "
     "0s: no wait."},
    {"cleanup", "max_deletes", IntegerType{1, 100'000}, cleanup<&CleanupConfig::max_deletes>,
     "At most so many objects are removed by one run."},
    {"cleanup", "max_share", IntegerType{1, 100}, cleanup<&CleanupConfig::max_share>,
     "When a run would remove more than this percentage of all images (or volumes, or ...), and more than "
     "ten "
     "of "
     "them, it removes none of that kind and says so. Under disk pressure this holds for volumes, containers "
     "and networks only."},
    {"cleanup", "keep", GlobsType{}, cleanup<&CleanupConfig::keep>,
     "What is never removed, by name: images as `repository:tag` or `repository@digest` as the engine shows "
     "them, or a `repository` with all its tags; volumes, containers and networks by their names."},
    {"cleanup", "keep_labels", GlobsType{}, cleanup<&CleanupConfig::keep_labels>,
     "What is never removed, by label: `label` (any value but `false`) or `label=value`."},

    {"cleanup.docker", "socket", PathType{socket_path_bytes_max, true}, docker<&DockerCleanupConfig::socket>,
     "The engine's Unix socket. Podman's is `/run/podman/podman.sock`. Empty: the gate's, "
     "`/run/caretaker-docker-gate.sock`, where `caretakerctl setup docker` made it, else "
     "`/var/run/docker.sock`. "
     "Where there is none, nothing is done."},
    {"cleanup.docker", "images", ChoiceType{image_policy_words}, docker<&DockerCleanupConfig::images>,
     "`dangling`: images that lost their last tag, once they are `dangling_unused_for` old. `unused`: also "
     "tagged "
     "ones that no container needs, after `image_unused_for` or under disk pressure."},
    {"cleanup.docker", "dangling_unused_for", DurationType{1min, 3650 * day, true},
     docker<&DockerCleanupConfig::dangling_unused_for>, "How long a dangling image must have been unused."},
    {"cleanup.docker", "image_unused_for", DurationType{1min, 3650 * day, true},
     docker<&DockerCleanupConfig::image_unused_for>,
     "How long a tagged image may be unused. 0s: for ever, as long as there is room."},
    {"cleanup.docker", "keep_last", IntegerType{0, 1'000}, docker<&DockerCleanupConfig::keep_last>,
     "So many images of every repository stay: those in use, then the most recently used, then the newest."},
    {"cleanup.docker", "build_cache", BoolType{}, docker<&DockerCleanupConfig::build_cache>,
     "Whether build cache goes."},
    {"cleanup.docker", "build_cache_unused_for", DurationType{1min, 3650 * day},
     docker<&DockerCleanupConfig::build_cache_unused_for>, "How long build cache may be unused."},
    {"cleanup.docker", "containers", BoolType{}, docker<&DockerCleanupConfig::containers>,
     "Whether containers that have ended go. Their anonymous volumes stay until it is their own turn."},
    {"cleanup.docker", "container_exited_for", DurationType{1min, 3650 * day},
     docker<&DockerCleanupConfig::container_exited_for>, "How long ago they must have ended."},
    {"cleanup.docker", "networks", BoolType{}, docker<&DockerCleanupConfig::networks>,
     "Whether networks that no container belongs to go."},
    {"cleanup.docker", "network_unused_for", DurationType{1min, 3650 * day},
     docker<&DockerCleanupConfig::network_unused_for>, "How long a network must have been unused."},
    {"cleanup.docker", "volumes", ChoiceType{volume_policy_words}, docker<&DockerCleanupConfig::volumes>,
     "`anonymous`: volumes without a name of their own that no container has referred to for "
     "`volume_unused_for`. "
     "`all`: named ones as well; they are somebody's data, so think twice."},
    {"cleanup.docker", "volume_unused_for", DurationType{1min, 3650 * day},
     docker<&DockerCleanupConfig::volume_unused_for>,
     "How long no container may have referred to a volume, without a gap in our own watching."},

    {"pull.*", "images", ImagesType{pull_images_max}, pull_member<&PullConfig::images>,
     "The images to pull: `ubuntu, nginx:1.25, ghcr.io/owner/app@sha256:...`. Without a tag `:latest` is "
     "meant, "
     "never all tags. Required."},
    {"pull.*", "interval", DurationType{1min, 31 * day}, pull_member<&PullConfig::interval>,
     "How often they are pulled."},
    {"pull.*", "concurrency", IntegerType{1, 16}, pull_member<&PullConfig::concurrency>,
     "How many at a time."},
    {"pull.*", "auth_file", PathType{path_bytes_max, true}, pull_member<&PullConfig::auth_file>,
     "A `config.json` as `docker login` writes it, with the registries' credentials in its `auths`. Empty: "
     "without credentials."},
    {"pull.*", "enabled", BoolType{}, pull_member<&PullConfig::enabled>, "Whether they are pulled."},
};

bool belongs_to(const Key& key, string_view section) {
  if (!key.section.ends_with(".*")) return key.section == section;
  const string_view prefix = key.section.substr(0, key.section.size() - 1);
  return section.starts_with(prefix) && section.size() > prefix.size();
}

}  // namespace

std::string_view to_string(CleanupMode mode) {
  return cleanup_mode_words[static_cast<std::size_t>(mode)];
}

std::span<const Key> key_table() {
  return keys;
}

std::vector<const Key*> keys_of(string_view section) {
  std::vector<const Key*> found;
  for (const Key& key : keys) {
    if (belongs_to(key, section)) found.push_back(&key);
  }
  return found;
}

string_view instance_of(string_view section) {
  const std::size_t dot = section.find('.');
  return dot == string_view::npos ? string_view() : section.substr(dot + 1);
}

std::string default_text(const Key& key) {
  Config defaults;
  return format_value(key.type, key.target(defaults, instance_of(key.section)));
}

}  // namespace caretaker
