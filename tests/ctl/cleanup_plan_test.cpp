// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/text.h"
#include "ctl/canned_cleanup.h"
#include "ctl/command_fixture.h"

namespace caretaker::ctl {
namespace {

using nlohmann::json;

class CleanupCommand : public CommandTest {
 protected:
  static constexpr const char* plan_request = "POST /v1/cleanup/plan?pressure=false&all=false";

  static json plan() { return json::parse(canned::cleanup_plan); }
  void answer_plan(const json& body) { daemon.answer(plan_request, 200, body.dump()); }

  static bool docs_have(const std::string& text) {
    return read_file(CARETAKER_SOURCE_DIR "/docs/caretakerctl.md").value().find("\n" + text + "```") !=
           std::string::npos;
  }
};

using CleanupPlan = CleanupCommand;
using CleanupExplain = CleanupCommand;

TEST_F(CleanupPlan, TellsWhatWouldGoAndWhyAsTheDocsShow) {
  daemon.answer(plan_request, 200, canned::cleanup_plan);
  width = 80;
  const Ended ended = run({"cleanup", "plan"});
  EXPECT_EQ(ended.exit, ExitCode::something_to_do);
  EXPECT_EQ(ended.out, R"(docker 20.10.24, API 1.41, graphdriver overlay2; mode enforce
/var/lib/docker 91.2 % full, 17.2 GiB of 196 GiB free

# KIND        OBJECT                      FREES  LAST USED
1 build_cache old records              11.4 GiB          -
    214 of 245 records were not used for 7 days
2 image       ci/app:build-1841 +1 1.9..4.2 GiB 54d 3h ago
    no container uses it, last used 54 days ago, beyond keep_last = 3 of ci/app;
    image_unused_for is 30 days
3 volume      3f1c9d2ba07e           0..328 KiB   not seen
    no container refers to it, unused for 9 days, volume_unused_for is 7 days

3 objects to remove, which frees 13.3..15.6 GiB
kept 41: not_needed 15, in_use 12, keep_rule 9, too_young 5
)");
  EXPECT_TRUE(docs_have(ended.out));
}

TEST_F(CleanupPlan, PrintsOneLinePerObjectWhereThereIsNoTerminal) {
  daemon.answer(plan_request, 200, canned::cleanup_plan);
  const std::string out = run({"cleanup", "plan"}).out;
  EXPECT_NE(out.find("   FREES  LAST USED WHY\n"), std::string::npos) << out;
  EXPECT_NE(
      out.find("2 image       ci/app:build-1841 +1 1.9..4.2 GiB 54d 3h ago no container uses it, last used "
               "54 days ago, beyond keep_last = 3 of ci/app; image_unused_for is 30 days\n"),
      std::string::npos)
      << out;
}

TEST_F(CleanupPlan, FitsANarrowTerminal) {
  json body = plan();
  body["actions"][1]["names"] = {"registry.example.com/" + std::string(100, 'x') + ":1"};
  answer_plan(body);
  width = 80;
  const std::string out = run({"cleanup", "plan"}).out;
  std::string_view rest = out;
  while (!rest.empty()) EXPECT_LE(take_line(rest).size(), 80U) << out;
}

TEST_F(CleanupPlan, HasNothingToDo) {
  daemon.answer(plan_request, 200, canned::cleanup_nothing);
  const Ended ended = run({"cleanup", "plan"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out, "podman 4.3.1, API 1.41; mode enforce\n\nThere is nothing to remove.\nkept 0\n");
}

TEST_F(CleanupPlan, BuildCacheThatIsNotListedIsNothingToDoByItself) {
  json body = plan();
  body["actions"][0]["bytes_min"] = body["actions"][0]["bytes_max"] = 0;
  answer_plan(body);
  Ended ended = run({"cleanup", "plan"});
  EXPECT_EQ(ended.exit, ExitCode::something_to_do);
  EXPECT_NE(ended.out.find("\n2 objects to remove"), std::string::npos) << ended.out;
  body["actions"].erase(2);
  body["actions"].erase(1);
  answer_plan(body);
  ended = run({"cleanup", "plan"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_NE(ended.out.find("\nnothing else to remove"), std::string::npos) << ended.out;
}

TEST_F(CleanupPlan, TellsWhatWasSkippedAndEndsWithItsOwnExitCode) {
  json body = plan();
  body["incomplete"] = {{{"kind", "volume"}, {"problem", "volumes are not known: HTTP status 500"}}};
  answer_plan(body);
  const Ended ended = run({"cleanup", "plan"});
  EXPECT_EQ(ended.exit, ExitCode::incomplete);
  EXPECT_TRUE(ended.out.ends_with("\nvolume skipped: volumes are not known: HTTP status 500\n")) << ended.out;
  body["actions"] = json::array();
  answer_plan(body);
  EXPECT_EQ(run({"cleanup", "plan"}).exit, ExitCode::incomplete);
}

TEST_F(CleanupPlan, TellsWhyARunWouldDeleteNothing) {
  json body = plan();
  body["held"] = "warming up: deletions begin later";
  answer_plan(body);
  EXPECT_TRUE(run({"cleanup", "plan"})
                  .out.ends_with("\nA run would delete nothing now: warming up: deletions begin later\n"));
  body["mode"] = "observe";
  body["held"] = "mode = observe: nothing is deleted";
  answer_plan(body);
  EXPECT_TRUE(run({"cleanup", "plan"})
                  .out.ends_with("\nA run would delete nothing now: mode = observe; to delete, set [cleanup] "
                                 "mode = enforce and reload\n"));
}

TEST_F(CleanupPlan, AsksForPressureAndForWhatStays) {
  json body = plan();
  body["run"]["wanted_bytes"] = 18446744073709551615ULL;
  body["verdicts"] = json::parse(canned::cleanup_explained)["verdicts"];
  daemon.answer("POST /v1/cleanup/plan?pressure=true&all=true", 200, body.dump());
  const Ended ended = run({"cleanup", "plan", "--pressure", "--all"});
  EXPECT_EQ(ended.exit, ExitCode::something_to_do);
  EXPECT_NE(ended.out.find("\nas under disk pressure: everything that it may take\n"), std::string::npos)
      << ended.out;
  EXPECT_TRUE(ended.out.ends_with(R"(
KIND   OBJECT  SIZE LAST USED REASON    WHY
volume ci_data    -  not seen keep_rule ci_data matches [cleanup] keep = ci_*

)")) << ended.out;
}

TEST_F(CleanupPlan, TellsHowMuchPressureWants) {
  json body = plan();
  body["run"]["wanted_bytes"] = 68504643174ULL;
  answer_plan(body);
  const std::string out = run({"cleanup", "plan"}).out;
  EXPECT_NE(out.find("\ndisk pressure: 63.8 GiB to free\n"), std::string::npos) << out;
}

TEST_F(CleanupPlan, PrintsTheWholeAnswerAsJson) {
  json body = plan();
  body["verdicts"] = json::array();
  daemon.answer("POST /v1/cleanup/plan?pressure=false&all=true", 200, body.dump());
  const Ended ended = run({"cleanup", "plan", "--json"});
  EXPECT_EQ(ended.exit, ExitCode::something_to_do);
  EXPECT_EQ(json::parse(ended.out), body);
}

TEST_F(CleanupPlan, ShowsHostileNamesAsText) {
  json body = plan();
  body["actions"][0]["names"] = {"a\x1b[2Jb\nc"};
  body["actions"][0]["explanation"] = "x\x1b]0;title\x07y";
  body["incomplete"] = {{{"kind", "volume"}, {"problem", "p\x1b[31m\r"}}};
  body["held"] = "h\x1b[0m";
  body["run"]["engine"] = "docker \x1b[1m";
  body["disks"][0]["path"] = "/var\x1b[7m";
  body["kept"][0]["reason"] = "in\x1b[9muse";
  answer_plan(body);
  for (const std::size_t columns : {0, 80}) {
    width = columns;
    const std::string out = run({"cleanup", "plan"}).out;
    EXPECT_EQ(out.find('\x1b'), std::string::npos) << out;
    EXPECT_EQ(out.find('\r'), std::string::npos) << out;
    EXPECT_NE(out.find("a\\u001b[2Jb\\u000ac"), std::string::npos) << out;
  }
}

TEST_F(CleanupPlan, FailsForEveryMissingPart) {
  for (const char* name : {"mode", "run", "disks", "incomplete", "kept", "actions"}) {
    json body = plan();
    body.erase(name);
    answer_plan(body);
    const Ended ended = run({"cleanup", "plan"});
    EXPECT_EQ(ended.exit, ExitCode::failed) << name;
    EXPECT_NE(ended.error.find(std::string(name) + " is missing"), std::string::npos) << ended.error;
    EXPECT_EQ(ended.out, "") << name;
  }
}

TEST_F(CleanupPlan, TellsWhatTheDaemonRefused) {
  daemon.answer(plan_request, 409,
                R"({"error":{"code":"cleanup_off","message":"cleanup is off","hint":"set it"}})");
  EXPECT_EQ(run({"cleanup", "plan"}).error, "caretakerctl: cleanup is off; set it\n");
  daemon.answer(
      plan_request, 503,
      R"({"error":{"code":"no_engine","message":"no container engine: there is no /x","hint":""}})");
  const Ended ended = run({"cleanup", "plan"});
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_EQ(ended.error, "caretakerctl: no container engine: there is no /x\n");
  daemon.answer(plan_request, 403, R"({"error":{"code":"forbidden","message":"no","hint":""}})");
  EXPECT_EQ(run({"cleanup", "plan"}).exit, ExitCode::not_permitted);
}

TEST_F(CleanupPlan, AsksAgainForAShortTimeWhileTheJobIsBusy) {
  daemon.answer(plan_request, 409,
                R"({"error":{"code":"busy","message":"the cleanup job is at work","hint":"h"}})");
  const Ended ended = run({"cleanup", "plan"});
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_EQ(ended.error, "caretakerctl: the cleanup job is at work; h\n");
  EXPECT_EQ(daemon.requests().size(), 11U);
}

TEST_F(CleanupPlan, KeepsToTheTimeoutThatIsAsked) {
  daemon.never_answer(plan_request);
  EXPECT_EQ(run({"cleanup", "plan", "--timeout", "50ms"}).exit, ExitCode::timeout);
}

TEST_F(CleanupPlan, RecordsADryRunAndSaysSo) {
  json body = plan();
  body["held"] = "dry run: nothing is deleted";
  daemon.answer("POST /v1/cleanup/dry-run?all=false", 200, body.dump());
  const Ended ended = run({"cleanup", "run", "--dry-run"});
  EXPECT_EQ(ended.exit, ExitCode::something_to_do);
  EXPECT_TRUE(
      ended.out.ends_with("too_young 5\nDry run: nothing was deleted; recorded, see caretakerctl "
                          "cleanup history.\n"))
      << ended.out;
  body["held"] = "use is not watched yet";
  daemon.answer("POST /v1/cleanup/dry-run?all=false", 200, body.dump());
  EXPECT_NE(run({"cleanup", "run", "--dry-run"})
                .out.find("\nA run would delete nothing now: use is not watched yet\nDry run"),
            std::string::npos);
}

TEST_F(CleanupExplain, TellsAllThatIsMeantAsTheDocsShow) {
  daemon.answer("POST /v1/cleanup/plan?pressure=false&object=ci%2Fapp%3Arc", 200, canned::cleanup_explained);
  const Ended ended = run({"cleanup", "explain", "ci/app:rc"});
  EXPECT_EQ(ended.exit, ExitCode::ok);
  EXPECT_EQ(ended.out, R"(image ci/app:build-1841 +1 goes: unused_too_long
  why       no container uses it, last used 54 days ago; image_unused_for is 30 days
  id        sha256:5d0da3dc976460b72c77d94c8a1ad043720b0416bfc16c52c45d4847e53fadb6
  names     ci/app:build-1841, ci/app:rc
  frees     1.9..4.2 GiB
  created   2025-09-26 15:20:00 (55d 13h ago)
  known     since 2025-09-27 16:20:00 (54d 12h ago)
  last used 2025-09-28 02:16:40 (54d 3h ago)

volume ci_data stays: keep_rule
  why       ci_data matches [cleanup] keep = ci_*
  rule      ci_*
  frees     -
  created   not known
  known     since 2025-11-14 05:16:40 (7d 0h ago)
  last used not seen in use

A run would delete nothing now: mode = observe; to delete, set [cleanup] mode = enforce and reload
)");
}

TEST_F(CleanupExplain, ShowsOneObjectAsTheDocsDo) {
  json body = json::parse(canned::cleanup_explained);
  body["verdicts"].erase(1);
  body["mode"] = "enforce";
  body["held"] = "";
  daemon.answer("POST /v1/cleanup/plan?pressure=true&object=ci%2Fapp", 200, body.dump());
  const Ended ended = run({"cleanup", "explain", "ci/app", "--pressure"});
  EXPECT_TRUE(docs_have(ended.out)) << ended.out;
}

TEST_F(CleanupExplain, FailsWithAHintWhereNothingIsMeant) {
  json body = json::parse(canned::cleanup_explained);
  body["verdicts"] = json::array();
  body["incomplete"] = {{{"kind", "volume"}, {"problem", "volumes were not listed"}}};
  daemon.answer("POST /v1/cleanup/plan?pressure=false&object=x%1By", 200, body.dump());
  const Ended ended = run({"cleanup", "explain", "x\x1by"});
  EXPECT_EQ(ended.exit, ExitCode::failed);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(
      ended.error,
      "caretakerctl: the engine has nothing that is called 'x\\u001by'; volume skipped: volumes were not "
      "listed; give a name as the engine shows it, such as nginx:1.25, or 6 or more digits of an id\n");
}

TEST_F(CleanupExplain, NeedsTheVerdicts) {
  daemon.answer("POST /v1/cleanup/plan?pressure=false&object=x", 200, canned::cleanup_plan);
  EXPECT_NE(run({"cleanup", "explain", "x"}).error.find("verdicts is missing"), std::string::npos);
}

TEST_F(CleanupExplain, PrintsTheAnswerAsJson) {
  daemon.answer("POST /v1/cleanup/plan?pressure=false&object=x", 200, canned::cleanup_explained);
  const Ended ended = run({"cleanup", "explain", "x", "--json"});
  EXPECT_EQ(json::parse(ended.out), json::parse(canned::cleanup_explained));
}

}  // namespace
}  // namespace caretaker::ctl
