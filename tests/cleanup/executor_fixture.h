// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "cleanup/executor.h"
#include "docker/engine_client.h"
#include "support/fake_engine.h"

namespace caretaker {

// An executor in front of a fake engine, with an inventory of what was there when look() was called and plans
// made by hand.
class ExecutorFixture : public ::testing::Test {
 protected:
  static constexpr std::chrono::milliseconds short_silence{1'000};

  explicit ExecutorFixture(FakeEngineOptions options = {}) : fake_(std::move(options)) {}

  // Connects and lists everything. `silence`: what the client takes for a timeout.
  void look(std::chrono::milliseconds silence = std::chrono::seconds(30)) {
    client_ = std::make_unique<EngineClient>(EngineClientOptions{
        .socket = fake_.socket(), .inactivity_timeout = silence, .removal_inactivity_timeout = silence});
    ASSERT_TRUE(client_->negotiate({}));
    fill(inventory_.images, client_->images({}));
    fill(inventory_.containers, client_->containers({}));
    fill(inventory_.volumes, client_->volumes({}));
    fill(inventory_.networks, client_->networks({}));
    for (Container& container : inventory_.containers.items) {
      if (const auto whole = client_->container(container.id, {})) container.finished_ms = whole->finished_ms;
    }
    (void)fake_.take_requests();
  }

  PlannedAction plan(ObjectKind kind, const std::string& id, std::vector<std::string> names,
                     std::vector<std::string> targets) {
    plan_.verdicts.push_back(
        {.kind = kind, .id = id, .names = std::move(names), .rule = {}, .explanation = {}});
    return {.verdict = plan_.verdicts.size() - 1, .targets = std::move(targets), .build_prune = {}};
  }
  PlannedAction plan_image(const Image& image) {
    return plan(ObjectKind::image, image.id, image.tags,
                image.tags.empty() ? std::vector<std::string>{image.id} : image.tags);
  }

  Executor& executor() {
    if (executor_ == nullptr) {
      executor_ = std::make_unique<Executor>(Executor::Surroundings{*client_, lock_, clock_,
                                                                    [this] {
                                                                      ++looks_;
                                                                      if (on_look_) on_look_();
                                                                      return generation_;
                                                                    }},
                                             inventory_, plan_, generation_, patience_);
    }
    return *executor_;
  }
  ActionOutcome execute(const PlannedAction& action, const std::stop_token& stop = {}) {
    return executor().execute(action, stop);
  }

  // Targets of the requests of that method since the last call, or since look().
  std::vector<std::string> asked(const std::string& method) {
    std::vector<std::string> targets;
    for (FakeRequest& request : fake_.take_requests()) {
      if (request.method == method) targets.push_back(std::move(request.target));
    }
    return targets;
  }
  [[nodiscard]] bool engine_has_image(const std::string& id) const {
    const std::vector<Image> images = fake_.images();
    return std::ranges::find(images, id, &Image::id) != images.end();
  }

  FakeEngine fake_;
  EngineLock lock_;
  SystemClock clock_;
  std::unique_ptr<EngineClient> client_;
  Inventory inventory_;
  Plan plan_;
  std::optional<std::uint64_t> generation_;
  std::function<void()> on_look_;  // called when the executor is about to look at the containers
  int looks_ = 0;
  ExecutorPatience patience_{.pull_wait = std::chrono::milliseconds(50),
                             .prune_running_delay = std::chrono::milliseconds(5)};
  std::unique_ptr<Executor> executor_;

 private:
  template <class T>
  static void fill(Listing<T>& listing, EngineResult<std::vector<T>> items) {
    ASSERT_TRUE(items) << items.error().message;
    listing.items = std::move(*items);
    listing.complete = true;
  }
};

}  // namespace caretaker
