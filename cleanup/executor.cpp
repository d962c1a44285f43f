// SPDX-License-Identifier: MIT
#include "cleanup/executor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/fault_point.h"
#include "base/pause.h"
#include "base/text.h"

namespace caretaker {
namespace {

using std::string;

constexpr std::array<std::string_view, 5> state_words = {"removed", "gone", "kept", "deferred", "failed"};

bool done(ActionState state) {
  return state == ActionState::removed || state == ActionState::gone;
}

// Whether the engine may have done what was asked although it did not say so.
bool is_open(EngineProblem problem) {
  return problem == EngineProblem::unreachable || problem == EngineProblem::timeout ||
         problem == EngineProblem::garbage || problem == EngineProblem::failed;
}

// Whether nothing was done, and waiting helps.
bool is_busy(EngineProblem problem) {
  return problem == EngineProblem::prune_running || problem == EngineProblem::throttled;
}

bool has_reference(const Image& image, const string& reference) {
  return std::ranges::find(image.tags, reference) != image.tags.end() ||
         std::ranges::find(image.digests, reference) != image.digests.end();
}

ActionOutcome stopped() {
  return {.state = ActionState::deferred, .message = "stopped before it was removed"};
}

}  // namespace

std::string_view to_string(ActionState state) {
  return state_words[static_cast<std::size_t>(state)];
}

struct Executor::Remains {
  enum class What : std::uint8_t { nothing, untagged, object, unknown } what = What::unknown;
  string message;  // untagged: why the image is still there; unknown: why
};

Executor::Executor(Surroundings surroundings, const Inventory& inventory, const Plan& plan,
                   std::optional<std::uint64_t> generation, ExecutorPatience patience)
    : engine_(surroundings.engine),
      lock_(surroundings.lock),
      clock_(surroundings.clock),
      plan_(plan),
      patience_(patience),
      second_look_(surroundings.engine, std::move(surroundings.generation), inventory, generation) {}

ActionOutcome Executor::execute(const PlannedAction& action, const std::stop_token& stop) {
  ActionOutcome outcome = attempt(action, stop);
  outcome.message.resize(cut_text(outcome.message, engine_message_bytes_max).size());
  failed_ = outcome.state == ActionState::failed;
  outcome.ended_ms = clock_.now().realtime_ns / ns_per_ms;
  return outcome;
}

ActionOutcome Executor::attempt(const PlannedAction& action, const std::stop_token& stop) {
  const Verdict& verdict = plan_.verdicts.at(action.verdict);
  const auto hold =
      lock_.hold_for_deletion(pulls_outlasted_ ? std::chrono::milliseconds(0) : patience_.pull_wait, stop);
  if (stop.stop_requested()) return stopped();
  pulls_outlasted_ = !hold;
  if (!hold) {
    return {.state = ActionState::deferred,
            .message = fmt::format("a pull is under way: {}", fmt::join(lock_.pulls(), ", "))};
  }
  // Another engine may have taken the socket.
  if (failed_) {
    if (const auto version = engine_.negotiate(stop); !version) {
      if (version.error().problem == EngineProblem::stopped) return stopped();
      return {.state = ActionState::failed, .message = version.error().message};
    }
  }
  if (verdict.kind == ObjectKind::build_cache) return prune_build_cache(action, stop);
  return remove(verdict, action, stop);
}

ActionOutcome Executor::prune_build_cache(const PlannedAction& action, const std::stop_token& stop) {
  for (std::size_t retry = 0;; ++retry) {
    const auto pruned = engine_.prune_build_cache(action.build_prune, stop);
    if (pruned) {
      pass(FaultPoint::cleanup_removed);
      const bool any = !pruned->deleted.empty() || pruned->reclaimed_bytes > 0;
      return {.state = any ? ActionState::removed : ActionState::gone,
              .http_status = 200,
              .message = fmt::format("{} records", pruned->deleted.size()),
              .reported_bytes = pruned->reclaimed_bytes};
    }
    const EngineError& error = pruned.error();
    const bool wait = is_busy(error.problem);
    if (wait && retry < prune_running_retries && pause_for(jittered(patience_.prune_running_delay), stop)) {
      continue;
    }
    const bool later = wait || error.problem == EngineProblem::stopped;
    return {.state = later ? ActionState::deferred : ActionState::failed,
            .http_status = error.http_status,
            .message = error.message};
  }
}

ActionOutcome Executor::remove(const Verdict& verdict, const PlannedAction& action,
                               const std::stop_token& stop) {
  std::vector<string> tags = verdict.names;
  std::ranges::sort(tags);
  ActionOutcome outcome{.state = ActionState::gone, .message = {}};
  std::vector<string> removed;
  for (const string& target : action.targets) {
    ActionOutcome step = remove_target(verdict, target, tags, stop);
    if (!done(step.state)) {
      if (!removed.empty()) {
        step.message = fmt::format("removed {}; {}: {}", fmt::join(removed, ", "), target, step.message);
      }
      return step;
    }
    std::erase(tags, target);
    if (step.state == ActionState::removed) removed.push_back(target);
    const bool removes = outcome.state == ActionState::removed;
    if (step.state == ActionState::removed || !removes) outcome = std::move(step);
  }
  return outcome;
}

ActionOutcome Executor::remove_target(const Verdict& verdict, const string& target,
                                      const std::vector<string>& tags, const std::stop_token& stop) {
  for (std::size_t retry = 0;; ++retry) {
    if (auto objection = second_look_.objection(verdict, tags, stop)) return std::move(*objection);
    const auto answer = send(verdict.kind, target, stop);
    if (answer) {
      pass(FaultPoint::cleanup_removed);
      return verified(verdict, target, *answer, stop);
    }
    const EngineError& error = answer.error();
    if (!is_busy(error.problem) || retry == prune_running_retries) {
      return refused(verdict, target, error, stop);
    }
    if (!pause_for(jittered(patience_.prune_running_delay), stop)) return stopped();
  }
}

EngineResult<Removed> Executor::send(ObjectKind kind, const string& target, const std::stop_token& stop) {
  switch (kind) {
    case ObjectKind::image:
      return engine_.remove_image(target, stop);
    case ObjectKind::container:
      return engine_.remove_container(target, stop);
    case ObjectKind::network:
      return engine_.remove_network(target, stop);
    case ObjectKind::volume:
      return engine_.remove_volume(target, stop);
    case ObjectKind::build_cache:
      break;
  }
  return std::unexpected(EngineError{.problem = EngineProblem::not_allowed,
                                     .message = "build cache is removed by its age only, not by " + target});
}

ActionOutcome Executor::verified(const Verdict& verdict, const string& target, const Removed& removed,
                                 const std::stop_token& stop) {
  ActionOutcome outcome{.state = ActionState::removed, .http_status = removed.http_status, .message = {}};
  Remains remains = look_for(verdict, target, stop);
  if (remains.what == Remains::What::object) {
    outcome.state = ActionState::failed;
    outcome.message = "the engine said that it was removed, but it is still there";
  } else if (remains.what == Remains::What::unknown) {
    outcome.message = "not verified: " + remains.message;
  } else {
    outcome.message = std::move(remains.message);
  }
  return outcome;
}

ActionOutcome Executor::refused(const Verdict& verdict, const string& target, const EngineError& error,
                                const std::stop_token& stop) {
  ActionOutcome outcome{.http_status = error.http_status, .message = error.message};
  if (error.problem == EngineProblem::not_found) {
    outcome.state = ActionState::gone;
  } else if (error.problem == EngineProblem::in_use) {
    outcome.state = ActionState::kept;
  } else if (is_busy(error.problem)) {
    outcome.state = ActionState::deferred;
  } else if (error.problem == EngineProblem::stopped) {
    outcome.state = ActionState::deferred;
    outcome.message = "stopped before the engine answered; it may be removed all the same";
  } else if (is_open(error.problem)) {
    const bool reached = error.problem != EngineProblem::unreachable || engine_.negotiate(stop).has_value();
    const Remains remains = reached ? look_for(verdict, target, stop) : Remains{};
    if (remains.what == Remains::What::nothing || remains.what == Remains::What::untagged) {
      outcome.state = ActionState::removed;
      outcome.message += remains.message.empty() ? "; it is gone nevertheless" : "; " + remains.message;
    } else if (remains.what == Remains::What::unknown) {
      outcome.message += "; whether it is gone is not known";
    }
  }
  return outcome;
}

Executor::Remains Executor::look_for(const Verdict& verdict, const string& target,
                                     const std::stop_token& stop) {
  using What = Remains::What;
  const auto found = [](const auto& object) -> Remains {
    if (object) return {.what = What::object, .message = {}};
    if (object.error().problem == EngineProblem::not_found) return {.what = What::nothing, .message = {}};
    return {.what = What::unknown, .message = object.error().message};
  };
  switch (verdict.kind) {
    case ObjectKind::image: {
      const auto image = engine_.image(verdict.id, stop);
      if (!image || target == verdict.id || has_reference(*image, target)) return found(image);
      const string needed = image->tags.empty() ? "another image or a digest needs them"
                                                : fmt::format("{} needs them", fmt::join(image->tags, ", "));
      return {.what = What::untagged, .message = "untagged; its layers stay as long as " + needed};
    }
    case ObjectKind::container:
      return found(engine_.container(verdict.id, stop));
    case ObjectKind::network:
      return found(engine_.network(verdict.id, stop));
    case ObjectKind::volume:
      return found(engine_.volume(verdict.id, stop));
    case ObjectKind::build_cache:
      break;
  }
  return {};
}

}  // namespace caretaker
