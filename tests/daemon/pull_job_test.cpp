// SPDX-License-Identifier: MIT
#include "daemon/pull_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <thread>

#include "support/eventually.h"
#include "support/fake_engine.h"

namespace caretaker {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class PullJobTest : public testing::Test {
 protected:
  RunReport run(const std::stop_token& stop = {}) {
    if (job_ == nullptr) {
      config_.concurrency = 1;
      job_ = std::make_unique<PullJob>(
          "pull.base", config_, engine_.socket(),
          PullSurroundings{.lock = lock_,
                           .clock = clock_,
                           .series = SeriesFactory(1),
                           .on_event = [this](const Event& event) { events_.push_back(event); },
                           .on_batch = [this](const SampleBatch& batch) { take(batch); }});
    }
    return job_->run({.time_ms = 1'000}, stop);
  }
  void take(const SampleBatch& batch) {
    ++batches_;
    metrics_.clear();
    for (const Sample& sample : batch.samples()) {
      metrics_[sample.series->metric + sample.series->labels] = to_double(sample.value);
    }
  }
  [[nodiscard]] double metric(const std::string& name, const std::string& image) const {
    const auto found = metrics_.find(name + R"({"image":")" + image + R"(","job":"pull.base"})");
    return found == metrics_.end() ? -1 : found->second;
  }
  void publish(int number, const std::string& reference) {
    engine_.publish(reference, fake_image(number, {reference}));
  }
  std::vector<Event> take_events() { return std::exchange(events_, {}); }

  FakeEngine engine_;
  EngineLock lock_;
  SystemClock clock_;
  PullConfig config_;
  std::unique_ptr<PullJob> job_;
  std::vector<Event> events_;
  std::map<std::string, double> metrics_;
  int batches_ = 0;
};

TEST_F(PullJobTest, TellsOfANewImageOnce) {
  config_.images = {"nginx:1.25"};
  publish(1, "nginx:1.25");
  const RunReport first = run();
  EXPECT_EQ(first.outcome, JobOutcome::ok);
  EXPECT_THAT(first.message, AllOf(HasSubstr("nginx:1.25 is new (sha256:"), HasSubstr(")")));
  const std::vector<Event> told = take_events();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told.front().kind, "image_pulled");
  EXPECT_EQ(told.front().subject, "nginx:1.25");
  EXPECT_EQ(told.front().message, first.message);
  EXPECT_EQ(metric("pull_success", "nginx:1.25"), 1);
  EXPECT_EQ(metric("pull_changed", "nginx:1.25"), 1);

  const RunReport second = run();
  EXPECT_EQ(second.message, "nginx:1.25 is up to date");
  EXPECT_THAT(take_events(), IsEmpty());
  EXPECT_EQ(metric("pull_changed", "nginx:1.25"), 0);
}

TEST_F(PullJobTest, TellsFromWhatToWhatAnImageChanged) {
  config_.images = {"nginx:1.25"};
  engine_.put(fake_image(1, {"nginx:1.25"}));
  publish(2, "nginx:1.25");
  (void)run();
  const std::vector<Event> told = take_events();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told.front().message, HasSubstr("changed from sha256:d00000000001"));
  EXPECT_THAT(told.front().message, HasSubstr("to sha256:d00000000002"));
}

TEST_F(PullJobTest, NamesAnImageThatWasBuiltHereByItsId) {
  config_.images = {"nginx:1.25"};
  Image built = fake_image(1, {"nginx:1.25"});
  built.digests.clear();
  engine_.put(built);
  publish(2, "nginx:1.25");
  (void)run();
  const std::vector<Event> told = take_events();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told.front().message, HasSubstr("changed from " + built.id + " to "));
}

TEST_F(PullJobTest, TellsEachReasonOfAFailureOnce) {
  config_.images = {"nginx:1.25"};
  engine_.fail_pull("nginx:1.25", "the registry is away");
  EXPECT_EQ(run().outcome, JobOutcome::failed);
  EXPECT_EQ(run().outcome, JobOutcome::failed);
  std::vector<Event> told = take_events();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told.front().kind, "pull_failed");
  EXPECT_THAT(told.front().message, AllOf(HasSubstr("nginx:1.25: "), HasSubstr("the registry is away")));
  EXPECT_EQ(metric("pull_success", "nginx:1.25"), 0);

  engine_.fail_pull("nginx:1.25", "no such tag");
  (void)run();
  told = take_events();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told.front().message, HasSubstr("no such tag"));
}

TEST_F(PullJobTest, TellsAFailureAgainThatComesBack) {
  config_.images = {"nginx:1.25"};
  engine_.put(fake_image(1, {"nginx:1.25"}));
  publish(1, "nginx:1.25");
  const FakeFault away{.method = "POST",
                       .path_prefix = "/images/create",
                       .status = 404,
                       .body = R"({"message":"no such tag"})"};
  for (int round = 0; round < 2; ++round) {
    engine_.add_fault(away);
    EXPECT_EQ(run().outcome, JobOutcome::failed);
    EXPECT_THAT(take_events(), SizeIs(1)) << round;
    EXPECT_EQ(run().outcome, JobOutcome::ok);
    EXPECT_THAT(take_events(), IsEmpty()) << round;
  }
}

TEST_F(PullJobTest, OneFailureHoldsUpNoOther) {
  config_.images = {"gone:1", "nginx:1.25"};
  publish(1, "nginx:1.25");
  const RunReport report = run();
  EXPECT_EQ(report.outcome, JobOutcome::failed);
  EXPECT_THAT(report.message, AllOf(HasSubstr("gone:1: "), HasSubstr("; nginx:1.25 is new")));
  EXPECT_EQ(metric("pull_success", "nginx:1.25"), 1);
  EXPECT_EQ(metric("pull_success", "gone:1"), 0);
}

TEST_F(PullJobTest, StoppedItTellsWhatItPulledAndBlamesNobody) {
  config_.images = {"nginx:1.25", "redis:7"};
  publish(1, "nginx:1.25");
  publish(2, "redis:7");
  engine_.add_fault({.path_prefix = "/images/redis", .times = 10, .kind = FakeFault::Kind::hang});
  std::stop_source stop;
  std::thread stopper([&] {
    const auto hangs = [&] {
      const std::vector<FakeRequest> asked = engine_.take_requests();
      return std::ranges::any_of(asked, [](const FakeRequest& request) {
        return request.target.find("/redis") != std::string::npos;
      });
    };
    EXPECT_TRUE(eventually(hangs));
    stop.request_stop();
  });
  const RunReport report = run(stop.get_token());
  stopper.join();
  EXPECT_EQ(report.outcome, JobOutcome::ok);
  EXPECT_EQ(batches_, 0);
  const std::vector<Event> told = take_events();
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told.front().kind, "image_pulled");
  EXPECT_EQ(told.front().subject, "nginx:1.25");
}

}  // namespace
}  // namespace caretaker
