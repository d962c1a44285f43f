// SPDX-License-Identifier: MIT
// Breaks daemon, wire and server at random for a while and checks that no row is lost or doubled.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>
#include <random>

#include "chaos/faults.h"
#include "chaos/report.h"
#include "chaos/run.h"

namespace {

using namespace caretaker;

constexpr double seconds_per_minute = 60;

int run_chaos(const chaos::Options& options, const std::string& report) {
  fmt::print("seed {}\n", options.seed);
  std::fflush(stdout);
  try {
    const chaos::Figures figures = chaos::run(options);
    const std::string text = chaos::to_markdown(options, figures);
    fmt::print("{}", text);
    if (!report.empty()) chaos::write_report(report, chaos::name_of(options), text);
    return 0;
  } catch (const std::exception& failure) {
    fmt::print(stderr, "FAILED with seed {}:\n{}\n", options.seed, failure.what());
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  chaos::Options options;
  double minutes = 2;
  std::string report;
  options.seed = std::random_device{}();
  std::vector<std::string> kinds;
  for (const chaos::Fault& fault : chaos::faults()) kinds.emplace_back(fault.name);
  CLI::App app("Breaks daemon, wire and server at random and checks that no row is lost or doubled.");
  app.add_option("--minutes", minutes, "How long (2)")->check(CLI::Range(0.1, 100'000.0));
  app.add_option("--seed", options.seed, "Chooses the faults; random, and printed, when not given");
  const std::map<std::string, Engine> engines{{"mariadb", Engine::mariadb}, {"mysql", Engine::mysql}};
  app.add_option("--engine", options.engine, "mariadb or mysql")->transform(CLI::CheckedTransformer(engines));
  app.add_option("--only", options.only, "Only these kinds of faults")->check(CLI::IsMember(kinds));
  app.add_option("--count", options.faults_max, "Ends after so many faults")->check(CLI::PositiveNumber);
  app.add_option("--report", report, "A page between whose markers the figures are written");
  CLI11_PARSE(app, argc, argv);
  options.time = std::chrono::seconds(static_cast<int>(minutes * seconds_per_minute));
  return run_chaos(options, report);
}
