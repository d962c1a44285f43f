// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "base/file.h"
#include "ctl/doctor_fixture.h"

namespace caretaker::ctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

Findings well(Patient&) {
  return one_finding(Verdict::ok, "fine");
}
Findings twice(Patient&) {
  return {{Verdict::warning, "one", "mend it"}, {Verdict::note, std::string(100'000, 'x'), "read it"}};
}
Findings broken(Patient&) {
  return one_finding(Verdict::error, "broken", "mend it");
}
Findings absent(Patient&) {
  return one_finding(Verdict::skipped, "nobody is there", "call somebody");
}
Findings hangs(Patient&) {
  for (;;) ::pause();
}
Findings crashes(Patient&) {
  ::raise(SIGKILL);
  return {};
}
Findings throws(Patient&) {
  throw std::runtime_error("out of luck");
}
Findings prints(Patient&) {
  const ssize_t written = ::write(STDOUT_FILENO, "noise", 5);
  return one_finding(Verdict::ok, written == 5 ? "unheard" : "closed");
}

class DoctorRunner : public DoctorTest {
 protected:
  std::vector<std::string> run(const std::vector<DoctorCheck>& checks, milliseconds time_max = seconds(60)) {
    Patient patient({.config_file = config_file(), .socket = {}, .collector_names = {}, .now_ms = now_ms},
                    machine);
    done = run_checks(checks, patient, time_max);
    std::vector<std::string> lines;
    for (const CheckedOff& check : done) {
      for (const Finding& finding : check.findings) {
        lines.push_back(std::string(check.name) + " " + std::string(to_string(finding.verdict)) + " " +
                        finding.found.substr(0, 60));
      }
    }
    return lines;
  }
  static DoctorCheck check(std::string_view name, Findings (*look)(Patient&), std::string_view needs = "",
                           milliseconds limit = seconds(30)) {
    return {.name = name, .looks_at = "", .needs = needs, .limit = limit, .look = look};
  }

  std::vector<CheckedOff> done;
};

TEST_F(DoctorRunner, BringsEveryFindingInOrder) {
  EXPECT_THAT(run({check("a", well), check("b", twice), check("c", well)}),
              ElementsAre("a ok fine", "b warning one", "b note " + std::string(60, 'x'), "c ok fine"));
  EXPECT_EQ(done[1].findings[0].fix, "mend it");
  EXPECT_EQ(done[1].findings[1].found.size(), 65'536U) << "long texts are cut";
  EXPECT_EQ(done[1].findings[1].fix, "read it");
}

TEST_F(DoctorRunner, GivesUpACheckThatHangsAndGoesOn) {
  EXPECT_THAT(run({check("a", well), check("b", hangs, "", milliseconds(50)), check("c", well)}),
              ElementsAre("a ok fine", "b error no end within 50ms", "c ok fine"));
  EXPECT_NE(done[1].findings[0].fix, "");
}

TEST_F(DoctorRunner, SurvivesACheckThatBreaksOff) {
  EXPECT_THAT(run({check("a", crashes), check("b", throws), check("c", well)}),
              ElementsAre("a error the check itself broke off", "b error the check failed: out of luck",
                          "c ok fine"));
}

TEST_F(DoctorRunner, SkipsWhatNeedsACheckThatIsNotWell) {
  EXPECT_THAT(run({check("a", broken), check("b", well, "a"), check("c", well, "b"), check("d", twice),
                   check("e", well, "d"), check("f", absent), check("g", well, "f")}),
              ElementsAre("a error broken", "b skipped the check 'a' has to be well first",
                          "c skipped the check 'a' has to be well first", "d warning one",
                          "d note " + std::string(60, 'x'), "e ok fine", "f skipped nobody is there",
                          "g skipped nobody is there"));
}

TEST_F(DoctorRunner, SkipsWhatNeedsACheckThatHung) {
  EXPECT_THAT(run({check("a", hangs, "", milliseconds(50)), check("b", well, "a")}),
              ElementsAre("a error no end within 50ms", "b skipped the check 'a' has to be well first"));
}

TEST_F(DoctorRunner, EndsWhenTheTimeIsUp) {
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<std::string> lines =
      run({check("a", hangs), check("b", hangs), check("c", hangs)}, milliseconds(100));
  EXPECT_THAT(lines, ElementsAre("a skipped the time for all checks was up",
                                 "b skipped the time for all checks was up",
                                 "c skipped the time for all checks was up"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(20));
}

TEST_F(DoctorRunner, NothingOfACheckReachesOurOutput) {
  testing::internal::CaptureStdout();
  EXPECT_THAT(run({check("a", prints)}), ElementsAre("a ok unheard"));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST_F(DoctorRunner, AllChecksAreSkippedWithoutAConfigurationInsteadOfFailing) {
  std::filesystem::remove(config_file());
  without_daemon();
  machine.no_bus = true;
  (void)run({doctor_checks().begin(), doctor_checks().end()});
  ASSERT_EQ(done.size(), doctor_checks().size());
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (doctor_checks()[i].needs.empty()) continue;
    EXPECT_EQ(worst_of(done[i].findings), Verdict::skipped) << done[i].name;
  }
}

TEST(DoctorChecks, NeedOnlyWhatComesBeforeThem) {
  std::set<std::string_view> before;
  for (const DoctorCheck& check : doctor_checks()) {
    EXPECT_TRUE(check.needs.empty() || before.contains(check.needs)) << check.name;
    EXPECT_TRUE(before.insert(check.name).second) << check.name << " is there twice";
    EXPECT_LE(check.limit, doctor_time_max) << check.name;
  }
}

TEST(DoctorChecks, AreOnTheirPageOneByOne) {
  const std::string page = read_file(CARETAKER_SOURCE_DIR "/docs/doctor.md").value();
  std::string table = "| check | after | what it looks at |\n|---|---|---|\n";
  for (const DoctorCheck& check : doctor_checks()) {
    const std::string needs = check.needs.empty() ? "" : "`" + std::string(check.needs) + "`";
    table += "| `" + std::string(check.name) + "` | " + needs + " | " + std::string(check.looks_at) + " |\n";
    EXPECT_THAT(page, HasSubstr("\n## " + std::string(check.name) + "\n"));
  }
  EXPECT_THAT(page, HasSubstr(table));
}

}  // namespace
}  // namespace caretaker::ctl
