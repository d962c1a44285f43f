// SPDX-License-Identifier: MIT
#include "daemon/log.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <syslog.h>

#include <utility>
#include <vector>

#include "systemd/event_kinds.h"
#include "systemd/journal.h"

namespace caretaker {
namespace {

int syslog_priority(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return LOG_DEBUG;
    case LogLevel::info:
      return LOG_INFO;
    case LogLevel::warning:
      return LOG_WARNING;
    case LogLevel::error:
      return LOG_ERR;
  }
  std::unreachable();
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  std::unreachable();
}

}  // namespace

class Log::Impl {
 public:
  // Without a sink messages go to the journal.
  Impl(spdlog::sink_ptr sink, LogLevel level, std::string host_name)
      : level_(level), host_name_(std::move(host_name)) {
    if (!sink) return;
    logger_ = std::make_unique<spdlog::logger>("caretakerd", std::move(sink));
    logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    logger_->set_level(spdlog_level(level));
    logger_->flush_on(spdlog::level::debug);
  }

  void write(const Event& event) {
    const EventKind& kind = find_event_kind(event.kind);
    if (kind.level < level_) return;
    const std::string text = event.subject.empty()
                                 ? fmt::format("{} ({})", event.message, event.kind)
                                 : fmt::format("{}: {} ({})", event.subject, event.message, event.kind);
    if (logger_) {
      logger_->log(spdlog_level(kind.level), text);
      return;
    }
    std::vector<JournalField> fields = {{"SYSLOG_IDENTIFIER", "caretakerd"},
                                        {"HOST", host_name_},
                                        {"MESSAGE_ID", kind.message_id},
                                        {"EVENT", event.kind},
                                        {"DETAIL", event.message}};
    if (!kind.subject.empty()) fields.push_back({kind.subject, event.subject});
    // A journal that refuses leaves no other place to complain to.
    (void)journal_send(syslog_priority(kind.level), text, fields);
  }

 private:
  LogLevel level_;
  std::string host_name_;
  std::unique_ptr<spdlog::logger> logger_;
};

Result<std::unique_ptr<Log>> Log::open(const LogConfig& config, std::string host_name) {
  spdlog::sink_ptr sink;
  try {
    if (!config.file.empty()) {
      sink = std::make_shared<spdlog::sinks::rotating_file_sink_st>(
          config.file, config.file_size_max, static_cast<std::size_t>(config.files_max));
    } else if (!journal_available()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
    }
  } catch (const spdlog::spdlog_ex& exception) {
    return fail(fmt::format("[log] file: {}", exception.what()));
  }
  return std::unique_ptr<Log>(
      new Log(std::make_unique<Impl>(std::move(sink), config.level, std::move(host_name))));
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Log::~Log() = default;

void Log::write(const Event& event) {
  impl_->write(event);
}

}  // namespace caretaker
