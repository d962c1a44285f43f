// SPDX-License-Identifier: MIT
#include "daemon/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>

namespace caretaker {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

// What the fake works of a test share: they block while their job is in `blocked`.
struct World {
  std::mutex mutex;
  std::condition_variable changed;
  std::set<std::string> blocked;
  std::set<std::string> throwing;
  std::map<std::string, std::string> failing;  // with this message
  std::map<std::string, int> works_made;
  std::map<std::string, Tick> ticks;  // of the first run

  void block(const std::string& job) {
    const std::scoped_lock lock(mutex);
    blocked.insert(job);
  }
  void fail(const std::string& job, const std::string& message) {
    const std::scoped_lock lock(mutex);
    failing[job] = message;
  }
  void unblock(const std::string& job) {
    const std::scoped_lock lock(mutex);
    blocked.erase(job);
    changed.notify_all();
  }
  bool has_run(const std::string& job) {  // or is in its first run
    const std::scoped_lock lock(mutex);
    return ticks.contains(job);
  }
};

class FakeWork final : public JobWork {
 public:
  FakeWork(std::string name, World& world) : name_(std::move(name)), world_(world) {}
  RunReport run(const Tick& tick, const std::stop_token&) override {
    std::unique_lock lock(world_.mutex);
    world_.ticks.try_emplace(name_, tick);
    if (world_.throwing.contains(name_)) throw std::runtime_error("thrown by the work");
    world_.changed.wait(lock, [&] { return !world_.blocked.contains(name_); });
    const std::string message = world_.failing[name_];
    if (message.empty()) return {};
    return {.outcome = JobOutcome::failed, .message = message};
  }

 private:
  std::string name_;
  World& world_;
};

JobSpec spec(std::string name, milliseconds interval = 100ms, milliseconds timeout = 60s) {
  return {.name = std::move(name), .interval = interval, .timeout = timeout, .settings = CommandJobConfig{}};
}

class SchedulerTest : public testing::Test {
 protected:
  SchedulerTest() {
    loop = std::move(*EventLoop::create([](const Error& error) { ADD_FAILURE() << error.message; }));
    scheduler = std::move(*Scheduler::create(
        *loop, clock, {},
        {.make_factory = [this](const JobSpec& job) -> JobWorkFactory {
           return [this, name = job.name] {
             const std::scoped_lock lock(world.mutex);
             ++world.works_made[name];
             return std::make_unique<FakeWork>(name, world);
           };
         },
         .on_event = [this](const Event& event) { events.push_back(event.kind + " " + event.subject); },
         .on_backward_step = [this](std::int64_t steps) { backward_steps.push_back(steps); },
         .on_run_finished = [this](const std::string&) { check(); }}));
    deadline = std::move(*loop->add_timer([this] {
      ADD_FAILURE() << "the condition did not come true in time";
      loop->quit();
    }));
    poll = std::move(*loop->add_timer([this] {
      check();
      arm_poll();
    }));
  }
  ~SchedulerTest() override {
    for (const char* name : {"a", "b"}) world.unblock(name);
    EXPECT_THAT(scheduler->stop_all(10s), IsEmpty());
  }

  void arm_poll() { EventLoop::arm_timer(*poll, clock.now().monotonic_ns + 5 * ns_per_ms); }
  void check() {
    if (condition && condition()) loop->quit();
  }
  // Turns the loop until `until` holds.
  void turn(std::function<bool()> until) {
    condition = std::move(until);
    EventLoop::arm_timer(*deadline, clock.now().monotonic_ns + 20 * ns_per_s);
    arm_poll();
    ASSERT_TRUE(loop->run());
  }
  JobStatus status(const std::string& name) { return *scheduler->status(name); }

  World world;
  SystemClock clock;
  std::unique_ptr<EventLoop> loop;
  EventLoop::SourceHandle deadline{nullptr, nullptr};
  EventLoop::SourceHandle poll{nullptr, nullptr};
  std::unique_ptr<Scheduler> scheduler;
  std::function<bool()> condition;
  std::vector<std::string> events;
  std::vector<std::int64_t> backward_steps;
};

// Where in the second the first runs were due.
std::set<std::int64_t> wake_ups(World& world) {
  const std::scoped_lock lock(world.mutex);
  std::set<std::int64_t> offsets;
  for (const auto& [name, tick] : world.ticks) offsets.insert(tick.monotonic_ns % ns_per_s);
  return offsets;
}

TEST_F(SchedulerTest, CommandsDoNotAllStartAtOnce) {
  ASSERT_TRUE(scheduler->apply({spec("a", 1s), spec("b", 1s)}));
  turn([this] { return status("a").runs > 0 && status("b").runs > 0; });
  EXPECT_EQ(wake_ups(world).size(), 2U);
}

TEST_F(SchedulerTest, SamplingJobsShareOneWakeUp) {
  JobSpec a = spec("a", 1s);
  JobSpec b = spec("b", 1s);
  a.settings = b.settings = SamplingSettings{};
  ASSERT_TRUE(scheduler->apply({a, b}));
  turn([this] { return status("a").runs > 0 && status("b").runs > 0; });
  EXPECT_EQ(wake_ups(world).size(), 1U);
}

TEST_F(SchedulerTest, RunsEveryJobOnItsInterval) {
  ASSERT_TRUE(scheduler->apply({spec("a"), spec("b")}));
  turn([&] { return status("a").runs >= 3 && status("b").runs >= 3; });
  EXPECT_EQ(status("a").last_run_ms % 100, 0);
  EXPECT_EQ(status("a").state, JobState::idle);
}

// The end of a run may wait for the next wake-up, but not when somebody waits for it.
TEST_F(SchedulerTest, WhoeverWaitsForARunIsToldBeforeTheNextTick) {
  ASSERT_TRUE(scheduler->apply({spec("a", 900ms)}));
  bool before_the_tick = false;
  EventLoop::arm_timer(*deadline, clock.now().monotonic_ns + 20 * ns_per_s);
  // A machine that is slow at one moment is not so every time.
  for (int i = 0; i < 5 && !before_the_tick; ++i) {
    const std::int64_t next_run_ms = status("a").next_run_ms;
    ASSERT_TRUE(scheduler->run_now("a", [&](const FinishedRun&) {
      before_the_tick = clock.now().realtime_ns / ns_per_ms < next_run_ms;
      loop->quit();
    }));
    ASSERT_TRUE(loop->run());
  }
  EXPECT_TRUE(before_the_tick);
}

TEST_F(SchedulerTest, AStuckJobLeavesTheOthersAloneAndRecoversByItself) {
  world.block("a");
  ASSERT_TRUE(scheduler->apply({spec("a", 100ms, 50ms), spec("b")}));
  turn([&] { return status("a").state == JobState::stuck && status("a").missed >= 2; });
  const std::uint64_t runs = status("b").runs;
  turn([&] { return status("b").runs >= runs + 3; });
  EXPECT_EQ(scheduler->restart("a").error().code, EBUSY);
  world.unblock("a");
  turn([&] { return status("a").state != JobState::stuck && status("a").runs >= 2; });
  EXPECT_THAT(events, ElementsAre("job_stuck a", "job_recovered a"));
}

TEST_F(SchedulerTest, AThrowingJobFailsAndRunsAgainAtItsNextTick) {
  world.throwing.insert("a");
  ASSERT_TRUE(scheduler->apply({spec("a")}));
  turn([&] { return status("a").failures >= 2; });
  EXPECT_EQ(status("a").state, JobState::failed);
  EXPECT_EQ(status("a").last_error, "unexpected: thrown by the work");
  EXPECT_THAT(events, ElementsAre("job_failed a"));
}

TEST_F(SchedulerTest, AFailureIsToldOncePerReasonAndItsEndOnce) {
  world.fail("a", "no answer after 1 s");
  ASSERT_TRUE(scheduler->apply({spec("a")}));
  turn([&] { return status("a").failures >= 2; });
  world.fail("a", "no answer after 22 s");
  turn([&] { return status("a").last_error == "no answer after 22 s"; });
  world.fail("a", "access denied");
  turn([&] { return status("a").last_error == "access denied"; });
  world.fail("a", "no answer after 3 s");
  turn([&] { return status("a").last_error == "no answer after 3 s"; });
  EXPECT_THAT(events, ElementsAre("job_failed a", "job_failed a"));
  world.fail("a", "");
  turn([&] { return status("a").last_error.empty() && status("a").runs >= 7; });
  const std::uint64_t runs = status("a").runs;
  turn([&] { return status("a").runs >= runs + 2; });
  EXPECT_THAT(events, ElementsAre("job_failed a", "job_failed a", "job_ok a"));
}

TEST_F(SchedulerTest, AReloadThatMendsAJobTellsTheEndOfItsFailure) {
  world.fail("a", "access denied");
  ASSERT_TRUE(scheduler->apply({spec("a")}));
  turn([&] { return status("a").failures >= 1; });
  world.fail("a", "");
  ASSERT_TRUE(scheduler->apply({spec("a", 50ms)}));
  turn([&] { return events.size() > 1; });
  EXPECT_THAT(events, ElementsAre("job_failed a", "job_ok a"));
}

TEST_F(SchedulerTest, AStuckRunOfAReplacedJobHasAnEndToo) {
  world.block("a");
  ASSERT_TRUE(scheduler->apply({spec("a", 100ms, 50ms)}));
  turn([&] { return status("a").state == JobState::stuck; });
  ASSERT_TRUE(scheduler->apply({spec("a", 200ms, 60s)}));
  world.unblock("a");
  turn([&] { return events.size() > 1; });
  EXPECT_THAT(events, ElementsAre("job_stuck a", "job_recovered a"));
}

TEST_F(SchedulerTest, StopPausesStartResumesRestartMakesNewWork) {
  ASSERT_TRUE(scheduler->apply({spec("a")}));
  turn([&] { return status("a").runs >= 1; });
  ASSERT_TRUE(scheduler->stop("a"));
  turn([&] { return status("a").state == JobState::paused; });
  EXPECT_EQ(status("a").next_run_ms, 0);
  const std::uint64_t runs = status("a").runs;
  ASSERT_TRUE(scheduler->start("a"));
  turn([&] { return status("a").runs > runs; });
  EXPECT_EQ(world.works_made["a"], 1);
  ASSERT_TRUE(scheduler->restart("a"));
  turn([&] { return status("a").runs > runs + 2; });
  EXPECT_EQ(world.works_made["a"], 2);
  EXPECT_EQ(scheduler->start("zzz").error().code, ENOENT);
}

TEST_F(SchedulerTest, RunNowAnswersWhenTheRunHasEnded) {
  ASSERT_TRUE(scheduler->apply({spec("a", 3600s)}));
  bool done = false;
  world.block("a");
  ASSERT_TRUE(scheduler->run_now("a", [&](const FinishedRun& run) {
    EXPECT_EQ(run.report.outcome, JobOutcome::ok);
    done = true;
  }));
  EXPECT_EQ(scheduler->run_now("a", [](const FinishedRun&) {}).error().code, EBUSY);
  world.unblock("a");
  turn([&] { return done; });
}

TEST_F(SchedulerTest, AReloadTouchesOnlyWhatChangedAndKeepsCounters) {
  ASSERT_TRUE(scheduler->apply({spec("a"), spec("b")}));
  turn([&] { return status("a").runs >= 2 && status("b").runs >= 2; });
  const std::uint64_t runs = status("b").runs;
  const auto touched = scheduler->apply({spec("a"), spec("b", 200ms)});
  EXPECT_THAT(*touched, ElementsAre("b"));
  EXPECT_GE(status("b").runs, runs);
  turn([&] { return status("b").runs >= runs + 2; });
  EXPECT_EQ(world.works_made["a"], 1);
  EXPECT_EQ(world.works_made["b"], 2);
  EXPECT_THAT(*scheduler->apply({spec("a")}), ElementsAre("b"));
  EXPECT_EQ(scheduler->status("b").error().code, ENOENT);
}

TEST_F(SchedulerTest, AJobThatIsChangedWhileStuckIsReplacedAtOnce) {
  world.block("a");
  ASSERT_TRUE(scheduler->apply({spec("a", 100ms, 50ms)}));
  turn([&] { return status("a").state == JobState::stuck; });
  ASSERT_TRUE(scheduler->apply({spec("a", 100ms, 60s)}));
  EXPECT_NE(status("a").state, JobState::stuck);
  world.unblock("a");
  turn([&] { return status("a").runs >= 1; });
}

TEST_F(SchedulerTest, AJobThatWasRemovedDuringItsRunIsNoLongerToldToBeStuck) {
  world.block("a");
  ASSERT_TRUE(scheduler->apply({spec("a", 100ms, 200ms), spec("b")}));
  turn([&] { return world.has_run("a"); });
  ASSERT_TRUE(scheduler->apply({spec("b")}));
  const std::vector<std::string> told = events;
  const std::int64_t past_its_timeout_ns = clock.now().monotonic_ns + 300 * ns_per_ms;
  turn([&] { return clock.now().monotonic_ns > past_its_timeout_ns; });
  EXPECT_EQ(events, told);
}

TEST_F(SchedulerTest, StopAllNamesTheJobsThatDoNotEnd) {
  world.block("a");
  ASSERT_TRUE(scheduler->apply({spec("a"), spec("b")}));
  turn([&] { return world.has_run("a"); });  // a thread that was told to stop before that would not begin
  EXPECT_THAT(scheduler->stop_all(50ms), ElementsAre("a"));
}

TEST_F(SchedulerTest, ADisabledJobIsListedAsPaused) {
  JobSpec job = spec("a");
  job.enabled = false;
  ASSERT_TRUE(scheduler->apply({job}));
  EXPECT_EQ(status("a").state, JobState::paused);
}

TEST_F(SchedulerTest, GivesTheSelfCollectorItsNumbers) {
  ASSERT_TRUE(scheduler->apply({spec("a")}));
  turn([&] { return status("a").runs >= 1; });
  SelfStats stats;
  scheduler->add_stats(stats);
  ASSERT_EQ(stats.jobs.size(), 1U);
  EXPECT_EQ(stats.jobs[0].name, "a");
  EXPECT_GE(stats.jobs[0].runs, 1U);
}

}  // namespace
}  // namespace caretaker
