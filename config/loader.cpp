// SPDX-License-Identifier: MIT
#include "config/loader.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/file.h"
#include "base/result.h"
#include "base/text.h"
#include "config/cross_check.h"
#include "config/ini_file.h"
#include "config/key_table.h"
#include "config/location.h"
#include "config/section.h"

namespace caretaker {
namespace {

namespace fs = std::filesystem;
using std::string;
using std::string_view;

// A config file's text; the error's message has no path.
Result<string> read_config_file(const string& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))) {
    return fail("is not a regular file");
  }
  auto text = read_file(file, config_bytes_max);
  if (text) return text;
  if (text.error().code == EFBIG)
    return fail("is larger than " + std::to_string(config_bytes_max) + " bytes");
  return fail("cannot be read: " + std::generic_category().message(text.error().code));
}

// Whether an indented line was probably meant as a key: `word = ...`, or a known key with '=' right behind
// it.
bool looks_like_key(string_view line, std::span<const Key* const> known) {
  const std::size_t equals = line.find('=');
  if (equals == string_view::npos) return false;
  const string_view word = trim(line.substr(0, equals));
  const bool has_blank = word.size() < equals;
  return (has_blank && is_showable_key(word)) ||
         std::ranges::any_of(known, [&](const Key* key) { return key->name == word; });
}

class Loader {
 public:
  explicit Loader(const LoadOptions& options) : options_(options) {}

  LoadResult load(const string& file) {
    load_file(file);
    load_drop_ins((fs::path(file).parent_path() / "config.d").string());
    for (Problem& problem : cross_check(config_, locations_)) add_cross(std::move(problem));
    // So that an untouched sample, which names every collector, equals the defaults.
    std::erase_if(config_.collectors, [](const auto& entry) { return entry.second == CollectorConfig{}; });
    limit_problems();
    return {std::move(config_), std::move(problems_)};
  }

 private:
  void load_file(const string& file) {
    file_ = file;
    const auto text = read_config_file(file);
    if (!text) {
      add(0, "", "", text.error().message);
      return;
    }
    lines_.clear();
    const std::size_t first = problems_.size();
    const IniFile ini = parse_ini(*text);
    for (const IniMistake& mistake : ini.mistakes) {
      add(mistake.line, mistake.section, mistake.key, mistake.message);
    }
    for (const IniSection& section : ini.sections) load_section(section);
    std::ranges::sort(problems_.begin() + static_cast<std::ptrdiff_t>(first), problems_.end(), {},
                      &Problem::line);
  }

  void load_drop_ins(const string& folder) {
    std::vector<string> files;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      const string name = it->path().filename().string();
      if (name.ends_with(".ini") && !name.starts_with('.')) files.push_back(it->path().string());
    }
    file_ = folder;
    if (error && error != std::errc::no_such_file_or_directory) {
      add(0, "", "", "cannot be listed: " + error.message());
    }
    if (files.size() > drop_ins_max) {
      add(0, "", "", "has more than " + std::to_string(drop_ins_max) + " files");
      files.clear();
    }
    std::ranges::sort(files);
    for (const string& file : files) load_file(file);
  }

  void load_section(const IniSection& section) {
    if (const auto known = check_section(section.name, options_.collector_names); !known) {
      add(section.line, section.name, "", known.error().message);
      return;
    }
    locations_.try_emplace({section.name, ""}, file_, section.line);
    const std::vector<const Key*> keys = keys_of(section.name);
    // Makes the job exist even when the section is empty.
    std::ignore = keys.front()->target(config_, instance_of(section.name));
    for (const IniEntry& entry : section.entries) load_entry(section.name, entry, keys);
  }

  void load_entry(const string& section, const IniEntry& entry, std::span<const Key* const> keys) {
    const int line = entry.values.front().number;
    const auto key = std::ranges::find(keys, entry.key, &Key::name);
    if (key == keys.end()) {
      add_unknown_key(section, entry.key, line, keys);
      return;
    }
    const auto [first, is_new] = lines_.try_emplace({section, entry.key}, line);
    if (!is_new) {
      add(line, section, entry.key,
          "is given twice in this file, first in line " + std::to_string(first->second));
      return;
    }
    locations_[{section, entry.key}] = {file_, line};
    apply(section, entry, **key, keys);
  }

  void apply(const string& section, const IniEntry& entry, const Key& key, std::span<const Key* const> keys) {
    const Target target = key.target(config_, instance_of(section));
    for (const IniLine& value : entry.values) {
      const bool continues = &value != &entry.values.front();
      if (continues && !is_list(key.type)) {
        add(value.number, section, entry.key,
            "is not a list, so it cannot go on in an indented line: remove the blanks");
      } else if (continues && looks_like_key(value.text, keys)) {
        add(value.number, section, entry.key,
            "goes on in this indented line, which looks like a key of its own: remove the blanks before it");
      } else if (const auto done = continues ? append_values(key.type, value.text, target)
                                             : set_value(key.type, value.text, target);
                 !done) {
        add(value.number, section, entry.key, done.error().message);
      }
    }
  }

  void add_unknown_key(const string& section, const string& key, int line, std::span<const Key* const> keys) {
    std::vector<string_view> names;
    for (const Key* known : keys) names.push_back(known->name);
    const auto nearest = nearest_word(key, names);
    add(line, section, is_showable_key(key) ? key : "",
        "unknown key" + (nearest ? " (did you mean '" + string(*nearest) + "'?)" : ""));
  }

  void add(int line, string section, string key, string message) {
    if (problems_.size() > problems_max) return;
    problems_.push_back(
        {file_, line, std::move(section), std::move(key), std::move(message), Severity::error});
  }

  // A key whose own line is wrong is not missing as well.
  void add_cross(Problem problem) {
    const bool is_named = std::ranges::any_of(problems_, [&](const Problem& other) {
      return other.section == problem.section && other.key == problem.key;
    });
    if (!is_named) problems_.push_back(std::move(problem));
  }

  void limit_problems() {
    if (problems_.size() <= problems_max) return;
    problems_.resize(problems_max);
    problems_.push_back(
        {problems_.back().file, 0, "", "", "has further mistakes that are not listed", Severity::error});
  }

  const LoadOptions& options_;
  Config config_;
  Locations locations_;
  std::vector<Problem> problems_;
  string file_;                                     // that is being loaded
  std::map<std::pair<string, string>, int> lines_;  // of its keys so far, by (section, key)
};

}  // namespace

LoadResult load_config(const string& file, const LoadOptions& options) {
  return Loader(options).load(file);
}

}  // namespace caretaker
