// SPDX-License-Identifier: MIT
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/text.h"
#include "bench/micro.h"
#include "collectors/cpu_times.h"
#include "collectors/meminfo.h"
#include "collectors/mount_table.h"
#include "collectors/net_dev.h"
#include "config/ini_file.h"

namespace caretaker::bench {
namespace {

std::string text_of(std::string_view path) {
  auto text = read_file(CARETAKER_SOURCE_DIR + std::string(path));
  if (!text) throw std::runtime_error(text.error().message);
  return std::move(*text);
}

// Every line of the text through `parse`, which takes a line and says whether it was understood.
template <class Parse>
void parse_lines(benchmark::State& state, std::string_view path, const Parse& parse) {
  const std::string text = text_of(path);
  std::size_t lines = 0;
  measure_step(state, [&] {
    lines = 0;
    std::string_view rest = text;
    while (!rest.empty()) lines += parse(take_line(rest)) ? 1 : 0;
  });
  if (lines == 0) throw std::runtime_error("no line of " + std::string(path) + " was understood");
  state.counters["bytes"] = static_cast<double>(text.size());
}

void parse_cpu(benchmark::State& state) {
  parse_lines(state, "/tests/collectors/fixtures/cpu/proc/stat", [](std::string_view line) {
    const bool is_cpu = take_word(line).starts_with("cpu");
    auto times = is_cpu ? parse_cpu_times(line) : std::nullopt;
    benchmark::DoNotOptimize(times);
    return times.has_value();
  });
}

void parse_meminfo(benchmark::State& state) {
  parse_lines(state, "/tests/collectors/fixtures/memory/proc/meminfo", [](std::string_view line) {
    auto field = parse_meminfo_line(line);
    benchmark::DoNotOptimize(field);
    return field.has_value();
  });
}

void parse_net_dev(benchmark::State& state) {
  parse_lines(state, "/tests/collectors/fixtures/network/proc/1/net/dev", [](std::string_view line) {
    auto device = parse_net_dev_line(line);
    benchmark::DoNotOptimize(device);
    return device.has_value();
  });
}

void parse_mountinfo(benchmark::State& state) {
  parse_lines(state, "/tests/collectors/fixtures/filesystem/proc/1/mountinfo", [](std::string_view line) {
    auto mount = parse_mountinfo_line(line);
    benchmark::DoNotOptimize(mount);
    return mount.has_value();
  });
}

void parse_config(benchmark::State& state) {
  const std::string text = text_of("/config/config.ini");
  measure_step(state, [&] {
    auto file = parse_ini(text);
    benchmark::DoNotOptimize(file);
  });
  state.counters["bytes"] = static_cast<double>(text.size());
}

}  // namespace

void register_parsers() {
  const auto add = [](const char* name, void (*function)(benchmark::State&)) {
    benchmark::RegisterBenchmark(name, function)->Unit(benchmark::kMicrosecond);
  };
  add("parse cpu lines of stat", parse_cpu);
  add("parse lines of meminfo", parse_meminfo);
  add("parse lines of net/dev", parse_net_dev);
  add("parse lines of mountinfo", parse_mountinfo);
  add("parse config/config.ini", parse_config);
}

}  // namespace caretaker::bench
