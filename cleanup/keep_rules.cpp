// SPDX-License-Identifier: MIT
#include "cleanup/keep_rules.h"

#include <cstddef>
#include <utility>

#include "base/text.h"
#include "cleanup/image_names.h"

namespace caretaker {
namespace {

using std::string_view;

constexpr string_view glob_characters = "*?[\\";
constexpr string_view id_algorithm = "sha256:";

bool is_literal(string_view text) {
  return text.find_first_of(glob_characters) == string_view::npos;
}

}  // namespace

KeepRules::KeepRules(const CleanupConfig& config) : labels_(config.keep_labels) {
  for (const std::string& rule : config.keep) {
    add(rule, rule);
    // Docker shows "nginx" for what people may write as "docker.io/library/nginx".
    const string_view form = short_image_name(rule);
    if (form.size() < rule.size()) add(std::string(form), rule);
  }
}

void KeepRules::add(std::string pattern, const std::string& rule) {
  const string_view view = pattern;
  Glob::Shape shape = Glob::Shape::any;
  if (is_literal(view)) {
    shape = Glob::Shape::exact;
  } else if (view.ends_with('*') && is_literal(view.substr(0, view.size() - 1))) {
    shape = Glob::Shape::prefix;
  } else if (view.starts_with('*') && is_literal(view.substr(1))) {
    shape = Glob::Shape::suffix;
  }
  globs_.push_back({.shape = shape, .pattern = std::move(pattern), .rule = &rule});
}

bool KeepRules::Glob::matches(const std::string& name) const {
  const string_view view = pattern;
  switch (shape) {
    case Shape::exact:
      return name == view;
    case Shape::prefix:
      return name.starts_with(view.substr(0, view.size() - 1));
    case Shape::suffix:
      return name.ends_with(view.substr(1));
    case Shape::any:
      break;
  }
  return glob_match(pattern, name);
}

const std::string* KeepRules::match_name(const std::string& name) const {
  if (name.empty()) return nullptr;
  for (const Glob& glob : globs_) {
    if (glob.matches(name)) return glob.rule;
  }
  return nullptr;
}

const std::string* KeepRules::match_with_short_form(const std::string& name) const {
  if (const std::string* rule = match_name(name)) return rule;
  const string_view form = short_image_name(name);
  return form.size() == name.size() ? nullptr : match_name(std::string(form));
}

KeepRules::Match KeepRules::match_image(const Image& image, std::span<const std::string> repositories) const {
  if (globs_.empty()) return {};
  for (const std::span<const std::string> names :
       {std::span<const std::string>(image.tags), std::span<const std::string>(image.digests),
        repositories}) {
    for (const std::string& name : names) {
      if (const std::string* rule = match_with_short_form(name)) return {.glob = rule, .name = name};
    }
  }
  const std::string* rule = match_name(image.id);
  if (rule == nullptr && image.id.starts_with(id_algorithm)) {
    rule = match_name(image.id.substr(id_algorithm.size()));
  }
  return {.glob = rule, .name = image.id};
}

KeepRules::Match KeepRules::match(const std::string& id, const std::string& name) const {
  if (const std::string* rule = match_name(name)) return {.glob = rule, .name = name};
  return {.glob = match_name(id), .name = id};
}

const std::string* KeepRules::match_labels(const Labels& labels) const {
  for (const std::string& rule : labels_) {
    const std::size_t equals = rule.find('=');
    const auto label = labels.find(rule.substr(0, equals));
    if (label == labels.end()) continue;
    const bool matches = equals == std::string::npos ? label->second != "false"
                                                     : label->second == string_view(rule).substr(equals + 1);
    if (matches) return &rule;
  }
  return nullptr;
}

}  // namespace caretaker
