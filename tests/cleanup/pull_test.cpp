// SPDX-License-Identifier: MIT
#include "cleanup/pull.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <thread>

#include "support/eventually.h"
#include "support/fake_engine.h"
#include "support/temp_dir.h"

namespace caretaker {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::size_t endless = 1'000'000;
constexpr std::string_view old_digest =
    "sha256:1111111111111111111111111111111111111111111111111111111111111111";
constexpr std::string_view new_digest =
    "sha256:2222222222222222222222222222222222222222222222222222222222222222";

Image pulled_image(int number, const std::string& tag, std::string_view digest) {
  Image image = fake_image(number, {tag});
  image.digests = {tag.substr(0, tag.rfind(':')) + "@" + std::string(digest)};
  return image;
}

class Pull : public ::testing::Test {
 protected:
  explicit Pull(const FakeEngineOptions& options = {}) : fake_(options) {}

  std::vector<PullResult> pull(std::vector<std::string> images, int concurrency = 1,
                               milliseconds silence = std::chrono::seconds(30),
                               milliseconds retry_delay = milliseconds(1)) {
    config_.images = std::move(images);
    config_.concurrency = concurrency;
    const EngineClientOptions engine{
        .socket = fake_.socket(), .inactivity_timeout = silence, .removal_inactivity_timeout = silence};
    return pull_images(config_, engine, retry_delay, lock_, clock_, stop_.get_token());
  }

  // The pulls that were asked for since the last call.
  std::vector<FakeRequest> asked() {
    std::vector<FakeRequest> requests = fake_.take_requests();
    std::erase_if(requests, [](const FakeRequest& request) { return request.method != "POST"; });
    return requests;
  }
  [[nodiscard]] bool has(const std::string& tag) const {
    const std::vector<Image> images = fake_.images();
    return std::ranges::any_of(
        images, [&](const Image& image) { return std::ranges::find(image.tags, tag) != image.tags.end(); });
  }
  void hang_pulls(std::size_t times) {
    fake_.add_fault(
        {.method = "POST", .path_prefix = "/images/create", .times = times, .kind = FakeFault::Kind::hang});
  }

  FakeEngine fake_;
  EngineLock lock_;
  SystemClock clock_;
  PullConfig config_;
  std::stop_source stop_;
};

class PullPodman : public Pull {
 protected:
  PullPodman()
      : Pull({.kind = EngineKind::podman,
              .version = "5.4.0",
              .api_max = {1, 41},
              .store = ImageStore::podman,
              .root_dir = "/var/lib/containers/storage"}) {}
};

TEST_F(Pull, TellsWhichImageWasThereAndWhichCame) {
  const Image before = pulled_image(1, "nginx:1.25", old_digest);
  const Image after = pulled_image(2, "nginx:1.25", new_digest);
  fake_.put(before);
  fake_.publish("nginx:1.25", after);
  const auto results = pull({"nginx:1.25"});
  ASSERT_THAT(results, SizeIs(1));
  const PullResult& result = results.front();
  EXPECT_TRUE(result.ok) << result.error;
  EXPECT_EQ(result.image, "nginx:1.25");
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.id_before, before.id);
  EXPECT_EQ(result.id_after, after.id);
  EXPECT_EQ(result.digest_before, old_digest);
  EXPECT_EQ(result.digest_after, new_digest);
  EXPECT_GE(result.duration_ms, 0);
}

TEST_F(Pull, TellsWhenNothingWasThereAndWhenNothingChanged) {
  fake_.publish("nginx:1.25", pulled_image(1, "nginx:1.25", old_digest));
  const auto first = pull({"nginx:1.25"});
  const auto second = pull({"nginx:1.25"});
  EXPECT_TRUE(first[0].ok && second[0].ok);
  EXPECT_EQ(first[0].id_before, "");
  EXPECT_EQ(first[0].digest_before, "");
  EXPECT_EQ(second[0].id_before, first[0].id_after);
  EXPECT_EQ(second[0].id_after, first[0].id_after);
  EXPECT_EQ(second[0].digest_before, old_digest);
  EXPECT_EQ(second[0].digest_after, old_digest);
}

TEST_F(PullPodman, TellsTheSame) {
  fake_.publish("docker.io/library/nginx:1.25", pulled_image(1, "docker.io/library/nginx:1.25", old_digest));
  const auto results = pull({"docker.io/library/nginx:1.25"});
  EXPECT_TRUE(results[0].ok) << results[0].error;
  EXPECT_FALSE(results[0].id_after.empty());
  EXPECT_EQ(results[0].digest_after, old_digest);
}

TEST_F(Pull, NeverAsksForAllTags) {
  const std::string pinned = "alpine@" + std::string(old_digest);
  (void)pull({"ubuntu", "ghcr.io/owner/app", "redis:7", pinned});
  const auto requests = asked();
  ASSERT_THAT(requests, SizeIs(4));
  EXPECT_THAT(requests[0].target, AllOf(HasSubstr("fromImage=ubuntu"), HasSubstr("tag=latest")));
  EXPECT_THAT(requests[1].target, HasSubstr("tag=latest"));
  EXPECT_THAT(requests[2].target, HasSubstr("tag=7"));
  EXPECT_THAT(requests[3].target, HasSubstr(std::string(old_digest).substr(7)));
}

TEST_F(Pull, TakesAnErrorInsideTheStreamForWhatItIs) {
  fake_.fail_pull("nginx:1.25", "toomanyrequests: You have reached your pull rate limit");
  fake_.publish("redis:7", fake_image(1, {"redis:7"}));
  const auto results = pull({"nginx:1.25", "redis:7"});
  EXPECT_FALSE(results[0].ok);
  EXPECT_THAT(results[0].error, HasSubstr("toomanyrequests"));
  EXPECT_TRUE(results[1].ok) << "the next one goes on";
  EXPECT_THAT(asked(), SizeIs(2)) << "a rate limit is not tried again";
}

TEST_F(Pull, DoesNotTryAgainWhatIsNotThere) {
  const auto results = pull({"no/such:1"});
  EXPECT_FALSE(results[0].ok);
  EXPECT_NE(results[0].error, "");
  EXPECT_EQ(results[0].id_after, "");
  EXPECT_THAT(asked(), SizeIs(1));
}

TEST_F(Pull, TriesAgainWhenSomebodyElsesPruneBrokeIt) {
  fake_.publish("nginx:1.25", fake_image(1, {"nginx:1.25"}));
  fake_.add_fault({.method = "POST",
                   .path_prefix = "/images/create",
                   .times = pull_attempts_max - 1,
                   .kind = FakeFault::Kind::body,
                   .body = "{\"status\":\"Pulling\"}\n"
                           "{\"errorDetail\":{\"message\":\"lease does not exist: not found\"},"
                           "\"error\":\"lease does not exist: not found\"}\n"});
  const auto results = pull({"nginx:1.25"});
  EXPECT_TRUE(results[0].ok) << results[0].error;
  EXPECT_THAT(asked(), SizeIs(pull_attempts_max));
}

TEST_F(Pull, GivesUpAfterSomeTries) {
  fake_.fail_pull("nginx:1.25", "failed commit on ref \"layer-sha256:ab\": rename: no such file");
  const auto results = pull({"nginx:1.25"});
  EXPECT_FALSE(results[0].ok);
  EXPECT_THAT(results[0].error, HasSubstr("failed commit on ref"));
  EXPECT_THAT(asked(), SizeIs(pull_attempts_max));
}

TEST_F(Pull, TriesAgainWithWhoeverAnswersWhenTheConnectionIsLost) {
  fake_.publish("nginx:1.25", fake_image(1, {"nginx:1.25"}));
  fake_.add_fault({.method = "POST", .path_prefix = "/images/create", .kind = FakeFault::Kind::close});
  const auto results = pull({"nginx:1.25"});
  EXPECT_TRUE(results[0].ok) << results[0].error;
  const auto requests = fake_.take_requests();
  EXPECT_EQ(std::ranges::count(requests, "/_ping", &FakeRequest::target), 2)
      << "another one may be there now";
}

TEST_F(Pull, WaitsOnlyOnceForAnEngineThatIsAway) {
  fake_.stop();
  constexpr milliseconds delay(400);
  const std::vector<std::string> images(20, "a:1");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(pull(images, 1, std::chrono::seconds(30), delay), SizeIs(images.size()));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, delay * images.size() / 2);
}

TEST_F(Pull, GivesEveryImageItsErrorWithoutAnEngine) {
  fake_.stop();
  const auto results = pull({"a:1", "b:1", "c:1"}, 2);
  ASSERT_THAT(results, SizeIs(3));
  for (const PullResult& result : results) {
    EXPECT_FALSE(result.ok);
    EXPECT_NE(result.error, "") << result.image;
  }
}

TEST_F(Pull, KeepsTheOrderAndPullsDuplicatesEachTime) {
  const std::vector<std::string> names = {"a:1", "b:1", "c:1", "a:1", "d:1"};
  for (int i = 0; i < 5; ++i)
    fake_.publish(names[static_cast<std::size_t>(i)], fake_image(i, {names[static_cast<std::size_t>(i)]}));
  const auto results = pull(names, 3);
  ASSERT_THAT(results, SizeIs(5));
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(results[i].image, names[i]);
    EXPECT_TRUE(results[i].ok) << results[i].error;
  }
  EXPECT_THAT(asked(), SizeIs(5));
}

TEST_F(Pull, DoesNotHoldUpOthersBehindARegistryThatHangs) {
  for (const std::string name : {"a:1", "b:1", "c:1"}) fake_.publish(name, fake_image(name[0], {name}));
  hang_pulls(1);
  std::vector<PullResult> results;
  std::jthread puller([&] { results = pull({"a:1", "b:1", "c:1"}, 2); });
  EXPECT_TRUE(eventually([&] { return has("a:1") + has("b:1") + has("c:1") == 2; }));
  EXPECT_TRUE(eventually([&] { return lock_.pulls().size() == 1; })) << "one is still at it";
  stop_.request_stop();
  puller.join();
  EXPECT_EQ(std::ranges::count(results, true, &PullResult::ok), 2);
  EXPECT_THAT(lock_.pulls(), IsEmpty());
}

TEST_F(Pull, EndsSoonWhenAskedToStop) {
  hang_pulls(endless);
  std::vector<PullResult> results;
  std::jthread puller([&] { results = pull({"a:1", "b:1", "c:1", "d:1"}, 2); });
  EXPECT_TRUE(eventually([&] { return lock_.pulls().size() == 2; }));
  EXPECT_THAT(lock_.pulls(), ElementsAre("a:1", "b:1"));
  stop_.request_stop();
  puller.join();
  ASSERT_THAT(results, SizeIs(4));
  for (const PullResult& result : results) {
    EXPECT_FALSE(result.ok);
    EXPECT_NE(result.error, "") << result.image;
  }
}

TEST_F(Pull, GivesUpOnARegistryThatIsSilentForTooLong) {
  fake_.publish("b:1", fake_image(1, {"b:1"}));
  hang_pulls(1);
  const auto results = pull({"a:1", "b:1"}, 1, milliseconds(1'500));
  EXPECT_FALSE(results[0].ok);
  EXPECT_NE(results[0].error, "");
  EXPECT_TRUE(results[1].ok) << results[1].error;
}

TEST_F(Pull, ExcludesDeletionsWhilePulling) {
  hang_pulls(endless);
  std::jthread puller([&] { (void)pull({"a:1"}); });
  EXPECT_TRUE(eventually([&] { return lock_.pulls() == std::vector<std::string>{"a:1"}; }));
  EXPECT_FALSE(lock_.hold_for_deletion(milliseconds(10), {}));
  stop_.request_stop();
  puller.join();
  EXPECT_TRUE(lock_.hold_for_deletion(milliseconds(0), {}));
}

TEST_F(Pull, BeginsNoPullWhileSomethingIsRemoved) {
  fake_.publish("a:1", fake_image(1, {"a:1"}));
  auto deletion = lock_.hold_for_deletion(milliseconds(0), {});
  ASSERT_TRUE(deletion);
  auto results = std::async(std::launch::async, [&] { return pull({"a:1"}); });
  EXPECT_EQ(results.wait_for(milliseconds(100)), std::future_status::timeout);
  EXPECT_THAT(fake_.take_requests(), IsEmpty());
  deletion.reset();
  EXPECT_TRUE(results.get()[0].ok);
}

TEST_F(Pull, SendsCredentialsToTheirRegistryOnly) {
  const TempDir dir;
  config_.auth_file = dir.write("config.json", R"({"auths":{"ghcr.io":{"auth":"Ym90OnMzY3JldA=="}}})");
  (void)pull({"ghcr.io/owner/app:1", "ubuntu"});
  auto requests = asked();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].headers["x-registry-auth"],
            "eyJwYXNzd29yZCI6InMzY3JldCIsInNlcnZlcmFkZHJlc3MiOiJnaGNyLmlvIiwidXNlcm5hbWUiOiJib3QifQ==");
  EXPECT_EQ(requests[1].headers.contains("x-registry-auth"), false);
}

TEST_F(Pull, AsksNobodyWithoutTheCredentialsThatItShouldUse) {
  const TempDir dir;
  config_.auth_file = dir.path("none.json");
  for (const PullResult& result : pull({"a:1", "b:1"})) {
    EXPECT_FALSE(result.ok);
    EXPECT_THAT(result.error, HasSubstr(config_.auth_file));
  }
  config_.auth_file = dir.write("bad.json", R"({"auths":{"ghcr.io":{"auth":"s3cret!"}}})");
  for (const PullResult& result : pull({"a:1", "b:1"})) {
    EXPECT_FALSE(result.ok);
    EXPECT_THAT(result.error, AllOf(HasSubstr(config_.auth_file), Not(HasSubstr("s3cret"))));
  }
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(Pull, RefusesTextsThatAreNoImages) {
  const auto results = pull({"Not An Image"});
  EXPECT_FALSE(results[0].ok);
  EXPECT_THAT(results[0].error, HasSubstr("Not An Image"));
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(Pull, DoesNothingWithoutImages) {
  EXPECT_THAT(pull({}), IsEmpty());
  EXPECT_THAT(fake_.take_requests(), IsEmpty());
}

TEST(PullRetries, AreForWhatOtherPeoplesPrunesBreak) {
  const auto worth = [](EngineProblem problem, const char* message) {
    return is_worth_retrying({.problem = problem, .http_status = 200, .message = message});
  };
  EXPECT_TRUE(worth(EngineProblem::failed, "lease does not exist: not found"));
  EXPECT_TRUE(worth(EngineProblem::failed, "failed commit on ref \"x\": rename"));
  EXPECT_TRUE(worth(EngineProblem::failed, "content digest sha256:ab: not found"));
  EXPECT_TRUE(worth(EngineProblem::failed, "failed to extract layer sha256:ab"));
  EXPECT_TRUE(worth(EngineProblem::unreachable, "connection refused"));
  EXPECT_FALSE(worth(EngineProblem::failed, "manifest for x:1 not found: manifest unknown"));
  EXPECT_FALSE(worth(EngineProblem::failed, "toomanyrequests: rate limit"));
  EXPECT_FALSE(worth(EngineProblem::failed, "unauthorized: authentication required"));
  EXPECT_FALSE(worth(EngineProblem::not_found, "pull access denied"));
  EXPECT_FALSE(worth(EngineProblem::timeout, "silent"));
  EXPECT_FALSE(worth(EngineProblem::stopped, "lease does not exist"));
}

TEST(PullMetrics, TellOfEveryImageOnce) {
  const std::vector<PullResult> results = {
      {.image = "a:1",
       .ok = true,
       .error = "",
       .id_before = "sha256:1",
       .id_after = "sha256:2",
       .duration_ms = 1'500},
      {.image = "b:1",
       .ok = true,
       .error = "",
       .id_before = "sha256:3",
       .id_after = "sha256:3",
       .duration_ms = 10},
      {.image = "c:1",
       .ok = false,
       .error = "no",
       .id_before = "sha256:4",
       .id_after = "",
       .duration_ms = 20},
      {.image = "a:1",
       .ok = false,
       .error = "no",
       .id_before = "sha256:2",
       .id_after = "",
       .duration_ms = 2'000},
  };
  SampleBatch batch;
  batch.start(pull_collector, {.time_ms = 1});
  add_pull_samples(batch, SeriesFactory(1), "nightly", results);
  std::vector<std::string> samples;
  for (const Sample& sample : batch.samples()) {
    samples.push_back(sample.series->metric + sample.series->labels + " " +
                      std::to_string(to_double(sample.value)));
  }
  EXPECT_THAT(samples, ElementsAre("pull_success{\"image\":\"b:1\",\"job\":\"nightly\"} 1.000000",
                                   "pull_changed{\"image\":\"b:1\",\"job\":\"nightly\"} 0.000000",
                                   "pull_duration_seconds{\"image\":\"b:1\",\"job\":\"nightly\"} 0.010000",
                                   "pull_success{\"image\":\"c:1\",\"job\":\"nightly\"} 0.000000",
                                   "pull_changed{\"image\":\"c:1\",\"job\":\"nightly\"} 0.000000",
                                   "pull_duration_seconds{\"image\":\"c:1\",\"job\":\"nightly\"} 0.020000",
                                   "pull_success{\"image\":\"a:1\",\"job\":\"nightly\"} 0.000000",
                                   "pull_changed{\"image\":\"a:1\",\"job\":\"nightly\"} 0.000000",
                                   "pull_duration_seconds{\"image\":\"a:1\",\"job\":\"nightly\"} 2.000000"));
  EXPECT_THAT(pull_metrics(), SizeIs(3));
  EXPECT_THAT(pull_metrics(), Each(::testing::Field(&MetricInfo::help, Not(IsEmpty()))));
}

}  // namespace
}  // namespace caretaker
