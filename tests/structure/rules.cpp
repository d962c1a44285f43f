// SPDX-License-Identifier: MIT
#include "structure/rules.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "base/text.h"
#include "structure/functions.h"

namespace caretaker::structure {
namespace {

using Findings = std::vector<Finding>;

constexpr std::string_view licence = "SPDX-License-Identifier: MIT";

// What the files of a folder may include beside their own folder: folders and single headers.
const std::map<std::string, std::set<std::string>> includes_allowed = {
    {"base", {}},
    {"config", {"base"}},
    {"collectors", {"base", "config"}},
    {"docker", {"base", "config"}},
    {"sql", {"base", "config"}},
    {"systemd", {"base", "config"}},
    {"gate", {"base", "config", "docker", "systemd"}},
    {"cleanup", {"base", "config", "collectors", "docker", "sql", "systemd"}},
    {"daemon", {"base", "config", "collectors", "docker", "sql", "systemd", "cleanup"}},
    {"ctl",
     {"base", "config", "collectors/collector.h", "docker/engine_socket.h", "sql/mysql_agent_check.h",
      "sql/mysql_diagnosis.h", "sql/mysql_maintenance.h", "sql/mysql_provision.h", "systemd/unit_control.h",
      "systemd/unit_facts.h"}},
};

// nlohmann/json_fwd.hpp only declares, and is made for headers.
constexpr std::array<std::string_view, 10> heavy_headers = {
    "nlohmann/json.hpp", "CLI/",        "spdlog/",      "sqlite3.h", "mysql",
    "mariadb",           "systemd/sd-", "microhttpd.h", "boost/",    "libsmartcols"};

constexpr std::array<std::string_view, 22> forbidden_calls = {
    "system",  "popen",    "atoi",   "atol",   "atoll",  "atof",  "stoi",   "stol",
    "stoll",   "stoul",    "stoull", "stof",   "stod",   "stold", "strcpy", "strcat",
    "sprintf", "vsprintf", "gets",   "strtok", "sscanf", "mktemp"};

std::size_t count_lines(std::string_view text) {
  const auto newlines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  return text.empty() || text.ends_with('\n') ? newlines : newlines + 1;
}

// The position of the next call of `name` from `from` on: `name(`, `std::name (`, `::name(`, not `x.name(`.
std::size_t find_call(std::string_view code, std::string_view name, std::size_t from) {
  for (std::size_t at = code.find(name, from); at != std::string_view::npos; at = code.find(name, at + 1)) {
    const std::string_view before = trim(code.substr(0, at));
    const std::string_view after = trim(code.substr(at + name.size()));
    const bool part_of_word = at > 0 && is_word_char(code[at - 1]);
    const bool member = before.ends_with('.') || before.ends_with("->");
    if (!part_of_word && !member && after.starts_with('(')) return at;
  }
  return std::string_view::npos;
}

bool is_kernel_path(std::string_view literal) {
  if (literal == "/proc/self/exe") return false;  // our own program, whatever host is watched
  const bool kernel = literal == "/proc" || literal == "/sys" || literal.starts_with("/proc/") ||
                      literal.starts_with("/sys/");
  return kernel && literal.find(' ') == std::string_view::npos;  // a help sentence may begin with its source
}

bool contains(Tree tree, std::string_view path) {
  return std::ranges::binary_search(tree, path, {},
                                    [](const SourceFile& file) -> std::string_view { return file.path; });
}

// What is wrong with one include, or an empty text.
std::string include_mistake(Tree tree, const SourceFile& file, const Include& include) {
  if (contains(tree, include.path)) {
    const std::string folder = include.path.substr(0, include.path.find('/'));
    const auto& allowed = includes_allowed.at(file.folder());
    if (folder == file.folder() || allowed.contains(folder) || allowed.contains(include.path)) return {};
    return file.folder() + " must not include " + include.path;
  }
  const bool made_by_build =
      include.path.find('/') == std::string::npos && !contains(tree, file.folder() + "/" + include.path);
  if (include.angled || made_by_build) return {};
  return "no " + include.path + " from the root of the tree, where include paths start";
}

}  // namespace

std::string to_text(std::span<const Finding> findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += finding.path + ":" + std::to_string(finding.line) + ": " + finding.message + "\n";
  }
  return text;
}

Findings check_include_rule(Tree tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!file.is_cpp() || file.is_test() || file.folder() == "bench") continue;
    if (!includes_allowed.contains(file.folder())) {
      findings.push_back({file.path, 1, "the include rule does not know this folder"});
      continue;
    }
    for (const Include& include : file.cpp.includes) {
      std::string mistake = include_mistake(tree, file, include);
      if (!mistake.empty()) findings.push_back({file.path, include.line, std::move(mistake)});
    }
  }
  return findings;
}

Findings check_light_headers(Tree tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!file.is_header() || file.is_test()) continue;
    for (const Include& include : file.cpp.includes) {
      const bool heavy = std::ranges::any_of(
          heavy_headers, [&](std::string_view prefix) { return include.path.starts_with(prefix); });
      if (heavy && !contains(tree, include.path)) {
        findings.push_back({file.path, include.line, include.path + " belongs into the .cpp file"});
      }
    }
  }
  return findings;
}

Findings check_licence_lines(Tree tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    std::string_view rest = file.text;
    const std::string_view first = take_line(rest);
    // A script's first line is its #!, a zsh completion's its #compdef.
    const bool licensed =
        first.ends_with(licence) || (first.starts_with('#') && take_line(rest).ends_with(licence));
    if (!licensed) findings.push_back({file.path, 1, "the first line must be " + std::string(licence)});
  }
  return findings;
}

Findings check_file_lengths(Tree tree, std::size_t lines_max) {
  Findings findings;
  for (const SourceFile& file : tree) {
    const std::size_t lines = count_lines(file.text);
    if (file.is_cpp() && lines > lines_max) {
      findings.push_back(
          {file.path, lines, std::to_string(lines) + " lines, more than " + std::to_string(lines_max)});
    }
  }
  return findings;
}

Findings check_function_lengths(Tree tree, std::size_t lines_max) {
  Findings findings;
  for (const SourceFile& file : tree) {
    for (const FunctionSpan& function : find_functions(file.cpp.code)) {
      if (function.lines() <= lines_max) continue;
      findings.push_back({file.path, function.first_line,
                          "a function of " + std::to_string(function.lines()) + " lines, more than " +
                              std::to_string(lines_max)});
    }
  }
  return findings;
}

Findings check_forbidden_calls(Tree tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (file.is_test()) continue;
    const std::string& code = file.cpp.code;
    for (const std::string_view name : forbidden_calls) {
      for (std::size_t at = find_call(code, name, 0); at != std::string::npos;
           at = find_call(code, name, at + 1)) {
        findings.push_back({file.path, line_of(code, at), std::string(name) + "() is forbidden"});
      }
    }
  }
  return findings;
}

Findings check_kernel_paths(Tree tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (file.is_test() || file.path == "base/host_paths.h" || file.path == "config/config.h") continue;
    for (const StringLiteral& literal : file.cpp.literals) {
      if (!is_kernel_path(literal.text)) continue;
      findings.push_back(
          {file.path, literal.line, "\"" + literal.text + "\": only HostPaths names kernel paths"});
    }
  }
  return findings;
}

Findings check_tests_can_fail(Tree tree) {
  constexpr std::array<std::string_view, 4> expectations = {"EXPECT_", "ASSERT_", "ADD_FAILURE", "FAIL()"};
  Findings findings;
  for (const SourceFile& file : tree) {
    const std::string_view code = file.cpp.code;
    if (!file.is_test() || !file.path.ends_with("_test.cpp")) continue;
    const bool can_fail = std::ranges::any_of(
        expectations, [&](std::string_view word) { return code.find(word) != std::string_view::npos; });
    if (!can_fail) findings.push_back({file.path, 1, "a test without EXPECT or ASSERT cannot fail"});
  }
  return findings;
}

}  // namespace caretaker::structure
