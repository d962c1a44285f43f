// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "ctl/canned_cleanup.h"
#include "ctl/command_fixture.h"

namespace caretaker::ctl {
namespace {

using nlohmann::json;

// A run that begins at begun_ms and whose record is the newest of canned::cleanup_history.
class CleanupRun : public CommandTest {
 protected:
  static constexpr const char* history_request = "GET /v1/cleanup/history?since_ms=1763702199000&limit=10";

  CleanupRun() {
    daemon.answer("POST /v1/cleanup/run", 200, R"({"begun_ms":1763702199000,"message":"the run has begun"})");
    answer_history(record);
    answer_status({ended()});
  }

  static json running(const json& progress) {
    json body = json::parse(canned::cleanup_status);  // its last run is an older one
    body["running"] = true;
    body["progress"] = progress;
    return body;
  }
  static json at(int done, const std::string& object) {
    return {{"trigger", "manual"}, {"done", done}, {"planned", 3}, {"object", object}};
  }
  [[nodiscard]] json ended() const {
    json body = json::parse(canned::cleanup_status);
    body["last_run"] = record;
    body["last_run"].erase("actions");
    return body;
  }
  void answer_status(const std::vector<json>& answers) {
    std::vector<std::string> texts;
    for (const json& answer : answers) texts.push_back(answer.dump());
    daemon.answer_in_turn("GET /v1/cleanup", texts);
  }
  void answer_history(const json& run) { daemon.answer(history_request, 200, json{{"runs", {run}}}.dump()); }
  // The run ended thus, and everything says so.
  void end_with(const json& changes) {
    record.update(changes);
    answer_history(record);
    answer_status({ended()});
  }

  json record = json::parse(canned::cleanup_history)["runs"][0];
};

constexpr const char* result = R"(# KIND        OBJECT            STATE          FREES
1 build_cache old records       removed     11.4 GiB
    214 of 245 records were not used for 7 days
2 image       ci/app:build-1841 kept    1.9..4.2 GiB
    the container web-7 uses it since the plan was made
3 volume      old_data          failed    0..328 KiB
    remove old_data: device or resource busy

partial: 1 of 3 objects removed, 1 kept, 1 failed in 12 s
/var/lib/docker: 11.4 GiB freed, 28.6 GiB free now; the engine reports 11.4 GiB
note: volume skipped: containers are not known
)";

TEST_F(CleanupRun, TellsWhatCameOfEachObjectAsTheDocsShow) {
  width = 80;
  const Ended ended = run({"cleanup", "run"});
  EXPECT_EQ(ended.out, result);
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_NE(read_file(CARETAKER_SOURCE_DIR "/docs/caretakerctl.md").value().find(std::string("\n") + result),
            std::string::npos);
}

TEST_F(CleanupRun, ShowsOnATerminalHowFarItIs) {
  answer_status({running(nullptr), running(at(0, "*")), running(at(1, "a/very/long:name\x1b[2J")),
                 running(at(1, "a/very/long:name\x1b[2J")), running(at(2, "b")), ended()});
  width = 32;
  const std::string out = run({"cleanup", "run"}).out;
  const std::string shown =
      "\rlooking at what is there"
      "\r1 of 3: build cache     "
      "\r2 of 3: a/very/long:name\\u001b["
      "\r3 of 3: b                      "
      "\r         \r# KIND";
  EXPECT_TRUE(out.starts_with(shown)) << out;
}

TEST_F(CleanupRun, ShowsOnlyTheResultElsewhere) {
  answer_status({running(nullptr), running(at(0, "*")), ended()});
  const std::string out = run({"cleanup", "run"}).out;
  EXPECT_EQ(out.find('\r'), std::string::npos) << out;
  EXPECT_TRUE(out.starts_with("# KIND")) << out;
}

TEST_F(CleanupRun, EndsWellWhenNothingFailed) {
  for (const char* outcome : {"ok", "partial", "nothing"}) {
    end_with({{"outcome", outcome}, {"failed", 0}});
    EXPECT_EQ(run({"cleanup", "run"}).exit, ExitCode::ok) << outcome;
  }
  for (const char* outcome : {"failed", "stopped"}) {
    end_with({{"outcome", outcome}, {"failed", 0}});
    EXPECT_EQ(run({"cleanup", "run"}).exit, ExitCode::failed) << outcome;
  }
}

TEST_F(CleanupRun, SaysFirstThatAnObservingOneDeletesNothing) {
  json action = record["actions"][0];
  action["state"] = "planned";
  end_with({{"mode", "observe"},
            {"outcome", "observed"},
            {"note", "volume skipped: x; mode = observe: nothing is deleted"},
            {"planned", 1},
            {"removed", 0},
            {"kept", 0},
            {"failed", 0},
            {"actions", {action}}});
  const Ended ended = run({"cleanup", "run"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out,
            R"(Nothing was deleted: mode = observe; to delete, set [cleanup] mode = enforce and reload

# KIND        OBJECT      STATE      FREES WHY
1 build_cache old records planned 11.4 GiB 214 of 245 records were not used for 7 days

observed: 1 object would be removed, which frees 13.3..15.6 GiB
note: volume skipped: x
)");
}

TEST_F(CleanupRun, SaysFirstWhatHeldIt) {
  end_with({{"outcome", "held"}, {"note", "warming up\x1b[2J"}, {"removed", 0}, {"actions", json::array()}});
  const Ended ended = run({"cleanup", "run"});
  EXPECT_EQ(ended.out,
            "Nothing was deleted: warming up\\u001b[2J\n\nheld: 3 objects would be removed, which frees "
            "13.3..15.6 GiB\n");
}

TEST_F(CleanupRun, TellsWhenTheDiskHasLessSpaceThanBefore) {
  end_with({{"avail_bytes_after", 18468359372 - 1073741824}});
  const std::string out = run({"cleanup", "run"}).out;
  EXPECT_NE(
      out.find("/var/lib/docker: 16.2 GiB free now, 1 GiB less than before, because something else fills it; "
               "the engine reports 11.4 GiB\n"),
      std::string::npos)
      << out;
}

TEST_F(CleanupRun, TellsNothingThatTheEngineDoesNotReport) {
  end_with({{"reported_bytes", 0}});
  const std::string out = run({"cleanup", "run"}).out;
  EXPECT_NE(out.find("/var/lib/docker: 11.4 GiB freed, 28.6 GiB free now\n"), std::string::npos) << out;
}

TEST_F(CleanupRun, FailsWithTheJobsErrorWhereNoRunWasRecorded) {
  json body = json::parse(canned::cleanup_status);
  body["engine_error"] = "no container engine: there is no /x";
  answer_status({running(nullptr), body});
  EXPECT_EQ(run({"cleanup", "run"}).error,
            "caretakerctl: the run failed: no container engine: there is no /x\n");
  body["error"] = "GET /images/json: HTTP status 500";
  answer_status({body});
  const Ended ended = run({"cleanup", "run"});
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_EQ(ended.error, "caretakerctl: the run failed: GET /images/json: HTTP status 500\n");
}

TEST_F(CleanupRun, WaitsUntilItsRecordIsThere) {
  json unfinished = record;
  unfinished["ended_ms"] = nullptr;
  json other = record;
  other["run_id"] = 5;
  const auto history = [](const json& runs) { return json{{"runs", runs}}.dump(); };
  daemon.answer_in_turn(history_request,
                        {history(json::array()), history({other, unfinished}), history({other, record})});
  width = 80;
  EXPECT_EQ(run({"cleanup", "run"}).out, result);
}

TEST_F(CleanupRun, EndsWhenTheTimeIsOverAndTheRunGoesOn) {
  answer_status({running(at(1, "x"))});
  const Ended ended = run({"cleanup", "run", "--timeout", "300ms"});
  EXPECT_EQ(ended.exit, ExitCode::timeout);
  EXPECT_EQ(
      ended.error,
      "caretakerctl: the run has not ended within 300ms and goes on; caretakerctl cleanup status shows how "
      "far it is\n");
}

TEST_F(CleanupRun, PrintsTheRecordAsJson) {
  answer_status({running(at(1, "x")), ended()});
  width = 80;
  const Ended ended = run({"cleanup", "run", "--json"});
  EXPECT_EQ(json::parse(ended.out), (json{{"runs", {record}}}));
  EXPECT_EQ(ended.exit, ExitCode::failed);
}

TEST_F(CleanupRun, BeginsNoSecondRun) {
  daemon.answer("POST /v1/cleanup/run", 409, R"({"error":{"code":"busy","message":"at work","hint":""}})");
  EXPECT_EQ(run({"cleanup", "run"}).error, "caretakerctl: at work\n");
  daemon.answer("POST /v1/cleanup/run", 409,
                R"({"error":{"code":"cleanup_off","message":"cleanup is off","hint":"set it"}})");
  EXPECT_EQ(run({"cleanup", "run"}).error, "caretakerctl: cleanup is off; set it\n");
}

TEST_F(CleanupRun, FailsForAnswersThatMakeNoSense) {
  daemon.answer("POST /v1/cleanup/run", 200, R"({"message":"x"})");
  EXPECT_NE(run({"cleanup", "run"}).error.find("begun_ms is missing"), std::string::npos);
  daemon.answer("POST /v1/cleanup/run", 200, R"({"begun_ms":1})");
  for (const char* name : {"mode", "running", "disks", "event_gaps", "watching"}) {
    json body = json::parse(canned::cleanup_status);
    body.erase(name);
    answer_status({body});
    EXPECT_NE(run({"cleanup", "run"}).error.find(std::string(name) + " is missing"), std::string::npos);
  }
}

}  // namespace
}  // namespace caretaker::ctl
