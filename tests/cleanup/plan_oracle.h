// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cleanup/plan_world.h"

namespace caretaker {

// The planner's rules once more, written without a look at speed and without any of its code: every question
// is asked of every object, every time.
class Oracle {
 public:
  explicit Oracle(const World& world);

  // "image sha256:a1... in_use", one line for each object, sorted. Without what stands for all build cache.
  [[nodiscard]] const std::vector<std::string>& verdicts() const { return verdicts_; }
  // "image sha256:a1...", in order of execution.
  [[nodiscard]] const std::vector<std::string>& actions() const { return actions_; }

 private:
  struct Judged {
    ObjectKind kind;
    std::string id;
    Reason reason;
  };

  [[nodiscard]] static std::set<std::string> repositories(const Image& image);
  [[nodiscard]] static std::vector<std::string> names(const Image& image);

  // Who needs what.
  [[nodiscard]] bool means(const std::string& text, const Image& image) const;
  [[nodiscard]] bool means_for_ever(const std::string& text, const Image& image) const;
  [[nodiscard]] bool means_anything(const std::string& text) const;
  [[nodiscard]] bool could_mean(const std::string& text, const Image& image) const;
  [[nodiscard]] bool needs(const Container& container, const Image& image) const;
  [[nodiscard]] bool needed(const Image& image) const;
  [[nodiscard]] bool volume_needed(const std::string& name) const;
  [[nodiscard]] bool network_needed(const Network& network) const;

  [[nodiscard]] bool dangling(const Image& image) const;

  // What keeps what.
  [[nodiscard]] bool kept(const std::vector<std::string>& names) const;
  [[nodiscard]] bool labelled(const Labels& labels) const;
  [[nodiscard]] bool pulled(const Image& image) const;
  [[nodiscard]] bool young(ObjectKind kind, const std::string& id, std::int64_t changed_ms) const;
  [[nodiscard]] bool watched_long_enough() const;
  [[nodiscard]] bool used_recently(ObjectKind kind, const std::string& id, std::int64_t limit_ms) const;
  [[nodiscard]] bool kept_last(const Image& image) const;
  [[nodiscard]] bool stays_before(const Image& left, const Image& right) const;
  [[nodiscard]] std::int64_t last_used(const Image& image) const;
  [[nodiscard]] ObjectUsage usage(ObjectKind kind, const std::string& id) const;

  [[nodiscard]] Reason image(const Image& image) const;
  [[nodiscard]] Reason unneeded_image(const Image& image) const;
  [[nodiscard]] Reason container(const Container& container) const;
  [[nodiscard]] Reason network(const Network& network) const;
  [[nodiscard]] Reason volume(const Volume& volume) const;
  [[nodiscard]] Reason record(const BuildCacheRecord& record) const;

  void judge();
  void order_actions();
  void stop_when_enough();
  void limit();
  void set(const std::string& action, Reason reason);

  const World& world_;
  std::vector<Judged> judged_;
  std::vector<std::string> verdicts_;
  std::vector<std::string> actions_;
};

}  // namespace caretaker
