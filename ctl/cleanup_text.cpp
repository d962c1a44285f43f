// SPDX-License-Identifier: MIT
#include "ctl/cleanup_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "base/clock.h"
#include "ctl/detail_table.h"
#include "ctl/format.h"

namespace caretaker::ctl {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view digest_prefix = "sha256:";
constexpr std::string_view all_build_cache = "*";  // its id where one action is about all of it
constexpr std::size_t long_id_size = 64;
constexpr std::size_t short_id_size = 12;  // as the engines' own clients show them
constexpr milliseconds listing_timeout{5 * 60'000};
constexpr int busy_retries_max = 10;
constexpr milliseconds busy_delay{200};

std::string format_bytes(std::uint64_t bytes) {
  return format_size(static_cast<double>(bytes));
}

Colour state_colour_of(std::string_view state) {
  if (state == "removed" || state == "gone") return Colour::green;
  if (state == "failed") return Colour::red;
  return state == "planned" ? Colour::none : Colour::yellow;
}

std::vector<Column> columns_of(ActionColumns columns) {
  const Column number{"#", Align::right};
  const Column kind{"KIND"};
  const Column object{"OBJECT", Align::shrink};
  switch (columns) {
    case ActionColumns::planned:
      return {number, kind, object, {"FREES", Align::right}, {"LAST USED", Align::right}};
    case ActionColumns::recorded:
      return {number, kind, object, {"STATE"}, {"FREES", Align::right}};
    case ActionColumns::verdicts:
      return {kind, object, {"SIZE", Align::right}, {"LAST USED", Align::right}, {"REASON"}};
  }
  return {};
}

std::vector<Cell> cells_of(const ObjectAnswer& object, ActionColumns columns, std::int64_t now_ms) {
  const Cell number{fmt::format("{}", object.number)};
  const Cell kind{object.kind};
  const Cell title{object_title(object)};
  const Cell frees{format_bytes_range(object.bytes_min, object.bytes_max)};
  const Cell last_use{format_last_use(object, now_ms)};
  switch (columns) {
    case ActionColumns::planned:
      return {number, kind, title, frees, last_use};
    case ActionColumns::recorded:
      return {number, kind, title, {object.state, state_colour_of(object.state)}, frees};
    case ActionColumns::verdicts:
      return {
          kind, title, {format_bytes_range(object.bytes_max, object.bytes_max)}, last_use, {object.reason}};
  }
  return {};
}

}  // namespace

std::string count_objects(std::uint64_t count) {
  return fmt::format("{} object{}", format_count(count), count == 1 ? "" : "s");
}

std::string short_id(std::string_view id) {
  std::string_view digits = id;
  if (digits.starts_with(digest_prefix)) digits.remove_prefix(digest_prefix.size());
  const bool is_long =
      digits.size() == long_id_size && digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return std::string(is_long ? digits.substr(0, short_id_size) : id);
}

std::string object_title(const ObjectAnswer& object) {
  if (object.names.empty()) return object.id == all_build_cache ? "old records" : short_id(object.id);
  std::string title = short_id(object.names.front());
  if (object.names.size() > 1) title += fmt::format(" +{}", object.names.size() - 1);
  return title;
}

std::string format_bytes_range(std::uint64_t bytes_min, std::uint64_t bytes_max) {
  if (bytes_max == 0) return "-";
  std::string most = format_bytes(bytes_max);
  std::string least = format_bytes(bytes_min);
  if (bytes_min >= bytes_max || least == most) return most;
  const std::string_view unit = std::string_view(most).substr(most.find(' '));
  if (bytes_min == 0) return fmt::format("0..{}", most);
  if (least.ends_with(unit)) least.resize(least.size() - unit.size());
  return fmt::format("{}..{}", least, most);
}

std::string describe_gain(std::uint64_t bytes_min, std::uint64_t bytes_max) {
  return bytes_max == 0 ? "" : ", which frees " + format_bytes_range(bytes_min, bytes_max);
}

std::string format_age(std::int64_t time_ms, std::int64_t now_ms) {
  const std::int64_t age_ms = elapsed_ms(time_ms, now_ms);
  return age_ms < ms_per_s ? "just now" : format_span(age_ms) + " ago";
}

std::string format_last_use(const ObjectAnswer& object, std::int64_t now_ms) {
  if (object.last_used_ms) return format_age(*object.last_used_ms, now_ms);
  return object.first_seen_ms ? "not seen" : "-";
}

std::string describe_disk(const DiskAnswer& disk) {
  std::string text = fmt::format("{} {} full, {} of {} free", disk.path, format_percent(disk.used_percent),
                                 format_bytes(disk.avail_bytes), format_bytes(disk.size_bytes));
  // Some file systems have no fixed number of them.
  if (disk.inodes_used_percent > 0) {
    text += fmt::format(", {} of inodes used", format_percent(disk.inodes_used_percent));
  }
  return text;
}

std::string describe_held(std::string_view mode, std::string_view held) {
  if (mode == "observe") return "mode = observe; to delete, set [cleanup] mode = enforce and reload";
  return std::string(held);
}

std::string describe_progress(const CleanupProgressAnswer& progress) {
  const std::string object = progress.object == all_build_cache ? "build cache" : short_id(progress.object);
  const std::uint64_t number = progress.done < progress.planned ? progress.done + 1 : progress.planned;
  return fmt::format("{} of {}: {}", format_count(number), format_count(progress.planned), object);
}

std::string describe_outcome(const CleanupRunAnswer& run) {
  if (run.outcome == "nothing") return "nothing to remove";
  if (run.outcome == "running") return "running";
  if (run.outcome == "observed" || run.outcome == "held") {
    return fmt::format("{}: {} would be removed{}", run.outcome, count_objects(run.planned),
                       describe_gain(run.bytes_min, run.bytes_max));
  }
  std::string text =
      fmt::format("{}: {} of {} removed", run.outcome, format_count(run.removed), count_objects(run.planned));
  if (run.kept > 0) text += fmt::format(", {} kept", format_count(run.kept));
  if (run.failed > 0) text += fmt::format(", {} failed", format_count(run.failed));
  if (run.ended_ms) text += fmt::format(" in {}", format_span(elapsed_ms(run.time_ms, *run.ended_ms)));
  return text;
}

std::string note_beside_mode(const CleanupRunAnswer& run) {
  if (run.mode != "observe") return run.note;
  std::string_view note = std::string_view(run.note).substr(0, run.note.rfind("mode = observe"));
  if (note.ends_with("; ")) note.remove_suffix(2);
  return std::string(note);
}

std::int64_t freed_bytes(const CleanupRunAnswer& run) {
  constexpr std::uint64_t bytes_max = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(run.avail_bytes_after, bytes_max)) -
         static_cast<std::int64_t>(std::min(run.avail_bytes_before, bytes_max));
}

void print_objects(const Session& session, std::span<const ObjectAnswer> objects, ActionColumns columns) {
  std::vector<DetailRow> rows;
  rows.reserve(objects.size());
  for (const ObjectAnswer& object : objects) {
    // What the engine said about a deletion that went well says nothing new.
    const bool has_message = !object.message.empty() && object.state != "removed";
    rows.push_back({.cells = cells_of(object, columns, session.now_ms),
                    .detail = has_message ? object.message : object.explanation});
  }
  session.console.out << detail_table(columns_of(columns), "WHY", rows, session.console);
}

Answer<std::string> post_to_cleanup(const Session& session, const std::string& target) {
  for (int retries = 0;; ++retries) {
    Answer<std::string> body = session.client.post(target);
    const bool is_busy = !body && body.error().code == "busy";
    if (!is_busy || retries == busy_retries_max) return body;
    std::this_thread::sleep_for(busy_delay);
  }
}

void allow_for_listing(const Session& session) {
  if (!session.arguments.timeout) session.client.set_timeout(listing_timeout);
}

}  // namespace caretaker::ctl
