// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "cleanup/explain.h"
#include "cleanup/image_names.h"
#include "cleanup/keep_last.h"
#include "cleanup/plan_rules.h"
#include "cleanup/uses.h"

namespace caretaker {
namespace {

using std::string_view;

// What becomes free for certain when the image goes: nothing that is known, unless what it shares is known.
std::uint64_t bytes_min(const Image& image) {
  if (!image.size_bytes || !image.shared_bytes) return 0;
  return *image.size_bytes - std::min(*image.size_bytes, *image.shared_bytes);
}

// What a plan counts on. Too much makes it stop too early, and the next look at the disk goes on.
std::uint64_t bytes_expected(const Image& image) {
  return image.shared_bytes ? bytes_min(image) : image.size_bytes.value_or(0);
}

// Decides about all images of an inventory.
class ImagePlanner {
 public:
  ImagePlanner(const PlanContext& context, Plan& plan);
  void run();

 private:
  struct Case {
    Seen seen;
    std::int64_t last_used_ms = 0;  // the newest of used, first seen and tagged
    Decision decision;
    bool waits = false;  // a candidate under pressure; chosen by last use
  };

  void look_at_users();
  void look_at_parents();
  void look_at_pulls();
  void rank();
  Decision decide(std::size_t i, const std::string& missing);
  Opinion used(std::size_t i) const;
  Opinion pulled(std::size_t i) const;
  Opinion has_children(std::size_t i) const;
  Opinion kept_last(std::size_t i) const;
  Decision judge_dangling(std::size_t i) const;
  Decision judge_tagged(std::size_t i);
  void choose_least_recently_used();
  void add_actions();

  // Without a tag. An image that a newer pull took the tag from keeps its digest, and so has one that
  // somebody pulled by digest and nothing else: only where its repository has a tagged image, the tag has
  // moved on.
  [[nodiscard]] bool dangling(std::size_t i) const {
    return images_[i]->tags.empty() && (images_[i]->digests.empty() || lost_its_tag(i));
  }
  [[nodiscard]] bool lost_its_tag(std::size_t i) const {
    return std::ranges::any_of(repositories_[i], [this](const std::string& repository) {
      return tagged_repositories_.contains(repository);
    });
  }
  [[nodiscard]] bool listed_twice(std::size_t i) const;
  [[nodiscard]] std::string unused_text(std::size_t i) const;

  const PlanContext& context_;
  Plan& plan_;
  std::vector<const Image*> images_;  // by id
  std::vector<std::vector<std::string>> repositories_;
  std::unordered_set<std::string> tagged_repositories_;
  std::vector<Case> cases_;
  std::unique_ptr<ImageUses> uses_;
  std::unique_ptr<KeepLast> keep_last_;
  std::unordered_map<string_view, const Image*> child_of_;    // parent id -> one that is built on it
  std::unordered_map<std::string, const std::string*> pins_;  // repository -> reference
  std::vector<std::size_t> chosen_;                           // under pressure, in order
};

ImagePlanner::ImagePlanner(const PlanContext& context, Plan& plan) : context_(context), plan_(plan) {
  const std::vector<Image>& images = context.inventory.images.items;
  images_.reserve(images.size());
  for (const Image& image : images) images_.push_back(&image);
  std::ranges::sort(images_, {}, [](const Image* image) {
    return std::tie(image->id, image->tags, image->digests, image->created_ms, image->size_bytes);
  });
  repositories_.reserve(images_.size());
  cases_.resize(images_.size());
  for (std::size_t i = 0; i < images_.size(); ++i) {
    repositories_.push_back(image_repositories(*images_[i]));
    if (!images_[i]->tags.empty())
      tagged_repositories_.insert(repositories_[i].begin(), repositories_[i].end());
    Case& item = cases_[i];
    item.seen = find_seen(context, ObjectKind::image, images_[i]->id);
    item.last_used_ms = std::max({item.seen.first_ms, item.seen.last_used_ms, images_[i]->tagged_ms});
  }
}

void ImagePlanner::look_at_users() {
  uses_ = std::make_unique<ImageUses>(images_, repositories_);
  for (const Container* container : context_.containers) uses_->add_container(*container);
  std::vector<const std::string*> services;
  for (const std::string& service : context_.inventory.service_images.items) services.push_back(&service);
  std::ranges::sort(services, {}, [](const std::string* service) { return string_view(*service); });
  for (const std::string* service : services) uses_->add_service(*service);
  uses_->add_counts();
}

void ImagePlanner::look_at_parents() {
  for (const Image* image : images_) {
    if (image->parent_id.empty() || image->parent_id == image->id) continue;
    child_of_.emplace(image->parent_id, image);  // the first in order stays
  }
}

void ImagePlanner::look_at_pulls() {
  std::vector<const std::string*> pins;
  for (const std::string& pin : context_.moment.pins) pins.push_back(&pin);
  std::ranges::sort(pins, {}, [](const std::string* pin) { return string_view(*pin); });
  for (const std::string* pin : pins) pins_.emplace(parse_image_name(*pin).repository, pin);
}

void ImagePlanner::rank() {
  keep_last_ = std::make_unique<KeepLast>(context_.policy.docker.keep_last);
  for (std::size_t i = 0; i < images_.size(); ++i) {
    if (dangling(i)) continue;
    for (const std::string& repository : repositories_[i]) {
      keep_last_->add(repository, {.in_use = uses_->find(i) != nullptr,
                                   .last_used_ms = cases_[i].last_used_ms,
                                   .created_ms = images_[i]->created_ms,
                                   .image = i});
    }
  }
  keep_last_->choose(images_.size());
}

bool ImagePlanner::listed_twice(std::size_t i) const {
  return (i > 0 && images_[i - 1]->id == images_[i]->id) ||
         (i + 1 < images_.size() && images_[i + 1]->id == images_[i]->id);
}

std::string ImagePlanner::unused_text(std::size_t i) const {
  const Case& item = cases_[i];
  const std::string age = age_text(context_.age(item.last_used_ms));
  if (item.last_used_ms == item.seen.last_used_ms) return fmt::format("last used {} ago", age);
  if (item.last_used_ms == images_[i]->tagged_ms) return fmt::format("last tagged {} ago", age);
  return fmt::format("not used since it was first seen {} ago", age);
}

Opinion ImagePlanner::used(std::size_t i) const {
  const ObjectUse* use = uses_->find(i);
  if (use == nullptr) return std::nullopt;
  return Decision{Reason::in_use, use_rule(*use), use_text(*use)};
}

Opinion ImagePlanner::pulled(std::size_t i) const {
  for (const std::string& repository : repositories_[i]) {
    const auto pin = pins_.find(repository);
    if (pin == pins_.end()) continue;
    return Decision{Reason::pull_in_flight, *pin->second, fmt::format("{} is being pulled", *pin->second)};
  }
  return std::nullopt;
}

Opinion ImagePlanner::has_children(std::size_t i) const {
  const auto child = child_of_.find(images_[i]->id);
  if (child == child_of_.end()) return std::nullopt;
  const Image& image = *child->second;
  const std::string& name = image.tags.empty() ? image.id : image.tags.front();
  return Decision{Reason::has_children, name, fmt::format("{} is built on it", name)};
}

Opinion ImagePlanner::kept_last(std::size_t i) const {
  const std::string* repository = keep_last_->find(i);
  if (repository == nullptr) return std::nullopt;
  return Decision{Reason::keep_last, *repository,
                  fmt::format("one of the keep_last = {} of {} that stay, {}",
                              context_.policy.docker.keep_last, *repository, unused_text(i))};
}

Decision ImagePlanner::judge_dangling(std::size_t i) const {
  const milliseconds unused_for = context_.policy.docker.dangling_unused_for;
  const std::int64_t age = context_.age(cases_[i].last_used_ms);
  if (age < unused_for.count()) {
    return {Reason::recently_used,
            {},
            fmt::format("{}, dangling_unused_for is {}", unused_text(i), setting_text(unused_for))};
  }
  return {Reason::dangling, {}, fmt::format("no tag points at it, no container uses it, {}", unused_text(i))};
}

Decision ImagePlanner::judge_tagged(std::size_t i) {
  const DockerCleanupConfig& docker = context_.policy.docker;
  const std::int64_t age = context_.age(cases_[i].last_used_ms);
  const std::string beyond =
      docker.keep_last == 0 || repositories_[i].empty()
          ? std::string()
          : fmt::format(", beyond keep_last = {} of {}", docker.keep_last, repositories_[i].front());
  std::string sentence = fmt::format("no container uses it, {}{}", unused_text(i), beyond);
  const bool has_limit = docker.image_unused_for.count() > 0;
  if (has_limit && age >= docker.image_unused_for.count()) {
    return {Reason::unused_too_long,
            {},
            fmt::format("{}; image_unused_for is {}", sentence, setting_text(docker.image_unused_for))};
  }
  if (!context_.pressure()) {
    const std::string or_later =
        has_limit ? fmt::format(", or once unused for {}", setting_text(docker.image_unused_for)) : "";
    return {Reason::not_needed,
            {},
            fmt::format("{}; it would go if the disk were too full{}", sentence, or_later)};
  }
  cases_[i].waits = true;
  return {Reason::enough_freed, {}, std::move(sentence)};
}

Decision ImagePlanner::decide(std::size_t i, const std::string& missing) {
  const Image& image = *images_[i];
  const ImagePolicy policy = context_.policy.docker.images;
  if (policy == ImagePolicy::off) return kind_is_off(ObjectKind::image);
  if (policy == ImagePolicy::dangling && !dangling(i)) {
    return {Reason::kind_off, {}, "[cleanup.docker] images = dangling leaves tagged ones alone"};
  }
  if (!missing.empty()) return {Reason::unknown_state, {}, missing};
  if (image.id.empty()) return {Reason::unknown_state, {}, "the engine tells no id of it"};
  if (listed_twice(i)) return {Reason::unknown_state, {}, "the engine listed it twice"};
  if (Opinion opinion = used(i)) return *opinion;
  if (Opinion opinion = kept_by_match(context_.keep.match_image(image, repositories_[i]))) return *opinion;
  if (Opinion opinion = kept_by_label(context_, image.labels)) return *opinion;
  if (Opinion opinion = pulled(i)) return *opinion;
  if (Opinion opinion = has_children(i)) return *opinion;
  if (Opinion opinion = too_young(context_, cases_[i].seen, image.tagged_ms, "tagged")) return *opinion;
  if (dangling(i)) return judge_dangling(i);
  if (Opinion opinion = kept_last(i)) return *opinion;
  return judge_tagged(i);
}

// The least recently used go, as many as are needed beside what goes anyway.
void ImagePlanner::choose_least_recently_used() {
  std::uint64_t freed = 0;
  for (const PlannedAction& action : plan_.actions) {
    freed = add_bytes(freed, plan_.verdicts[action.verdict].bytes_max);
  }
  std::vector<std::size_t> waiting;
  for (std::size_t i = 0; i < images_.size(); ++i) {
    if (cases_[i].waits) waiting.push_back(i);
    if (removes(cases_[i].decision.reason)) freed = add_bytes(freed, bytes_expected(*images_[i]));
  }
  std::ranges::sort(waiting, [this](std::size_t a, std::size_t b) {
    return std::tuple(cases_[a].last_used_ms, bytes_min(*images_[b]), a) <
           std::tuple(cases_[b].last_used_ms, bytes_min(*images_[a]), b);
  });
  for (const std::size_t i : waiting) {
    Decision& decision = cases_[i].decision;
    if (context_.moment.wanted_bytes != PlanMoment::everything && freed >= context_.moment.wanted_bytes) {
      decision.explanation += fmt::format("; what goes before it frees {}", bytes_text(freed));
      continue;
    }
    freed = add_bytes(freed, bytes_expected(*images_[i]));
    decision.reason = Reason::least_recently_used;
    chosen_.push_back(i);
    decision.explanation += fmt::format("; number {} of those unused for longest", chosen_.size());
  }
}

void ImagePlanner::add_actions() {
  const std::size_t first = plan_.verdicts.size();
  const auto add = [&](std::size_t i) {
    const Image& image = *images_[i];
    PlannedAction action{.verdict = first + i, .targets = image.tags};
    // An id with references in several repositories would be refused.
    if (action.targets.empty() && image.digests.size() > 1) action.targets = image.digests;
    if (action.targets.empty()) action.targets.push_back(image.id);
    plan_.actions.push_back(std::move(action));
  };
  for (const Reason reason : {Reason::dangling, Reason::unused_too_long}) {
    for (std::size_t i = 0; i < images_.size(); ++i) {
      if (cases_[i].decision.reason == reason) add(i);
    }
  }
  for (const std::size_t i : chosen_) add(i);
}

void ImagePlanner::run() {
  look_at_users();
  look_at_parents();
  look_at_pulls();
  rank();
  const std::string missing = missing_lists(context_, ObjectKind::image);
  if (!missing.empty() && context_.policy.docker.images != ImagePolicy::off) {
    plan_.incomplete.push_back({ObjectKind::image, missing});
  }
  for (std::size_t i = 0; i < images_.size(); ++i) cases_[i].decision = decide(i, missing);
  choose_least_recently_used();
  add_actions();
  plan_.verdicts.reserve(plan_.verdicts.size() + images_.size());
  for (std::size_t i = 0; i < images_.size(); ++i) {
    const Image& image = *images_[i];
    Case& item = cases_[i];
    plan_.verdicts.push_back({.kind = ObjectKind::image,
                              .id = image.id,
                              .names = image.tags,
                              .reason = item.decision.reason,
                              .rule = std::move(item.decision.rule),
                              .explanation = std::move(item.decision.explanation),
                              .bytes_min = bytes_min(image),
                              .bytes_max = image.size_bytes.value_or(0),
                              .created_ms = image.created_ms,
                              .first_seen_ms = item.seen.first_ms,
                              .last_used_ms = item.seen.last_used_ms});
  }
}

}  // namespace

void plan_images(const PlanContext& context, Plan& plan) {
  ImagePlanner(context, plan).run();
}

}  // namespace caretaker
