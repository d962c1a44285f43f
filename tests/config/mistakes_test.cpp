// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "config/collector_names.h"
#include "config/loader.h"
#include "support/temp_dir.h"

namespace caretaker {
namespace {

using std::string;
namespace fs = std::filesystem;

class Mistakes : public testing::Test {
 protected:
  // What a user sees, with DIR for the folder.
  string loaded() const {
    string text = check(load_config(dir_.path("config.ini"), {test_collectors}).problems).text;
    for (std::size_t at = 0; (at = text.find(dir_.path(), at)) != string::npos;) {
      text.replace(at, dir_.path().size(), "DIR");
    }
    return text;
  }

  string mistakes(std::string_view text) const {
    const string file = dir_.write("config.ini", text);
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    string out = loaded();
    for (std::size_t at = 0; (at = out.find("DIR/config.ini:", at)) != string::npos;) out.erase(at, 15);
    return out;
  }

  TempDir dir_;
};

TEST_F(Mistakes, UnknownKeyWithTheNearestOne) {
  EXPECT_EQ(mistakes("[service]\nintervall = 5\n"),
            "2: [service] intervall: unknown key (did you mean 'interval'?)\n");
  EXPECT_EQ(mistakes("[service]\ncolour = red\n"), "2: [service] colour: unknown key\n");
  EXPECT_EQ(mistakes("[collector.disk]\npartition = on\n"),
            "2: [collector.disk] partition: unknown key (did you mean 'partitions'?)\n");
  EXPECT_EQ(mistakes("[collector.cpu]\npartitions = on\n"), "2: [collector.cpu] partitions: unknown key\n");
  EXPECT_EQ(mistakes("[service]\nmy secret! = 5\n"), "2: [service]: unknown key\n");
}

TEST_F(Mistakes, UnknownSectionWithTheNearestOne) {
  EXPECT_EQ(mistakes("[servce]\nwhatever = 5\n"), "1: [servce]: unknown section (did you mean 'service'?)\n");
  EXPECT_EQ(mistakes("[colector.disk]\n"),
            "1: [colector.disk]: unknown section (did you mean 'collector.disk'?)\n");
  EXPECT_EQ(mistakes("[collector.dsk]\n"), "1: [collector.dsk]: unknown collector (did you mean 'disk'?)\n");
  EXPECT_EQ(mistakes("[something.else]\n"), "1: [something.else]: unknown section\n");
  EXPECT_EQ(mistakes("[job]\n[collector]\n"),
            "1: [job]: a name is missing: write [job.NAME]\n"
            "2: [collector]: a name is missing: write [collector.NAME]\n");
  EXPECT_EQ(mistakes("[service.x]\n"), "1: [service.x]: unknown section (did you mean 'service'?)\n");
}

TEST_F(Mistakes, JobNames) {
  constexpr const char* rule = "a job's name consists of 1 to 32 letters, digits, '_' and '-'\n";
  EXPECT_EQ(mistakes("[job.]\n"), string("1: [job.]: ") + rule);
  EXPECT_EQ(mistakes("[job.a.b]\n"), string("1: [job.a.b]: ") + rule);
  EXPECT_EQ(mistakes("[job." + string(33, 'x') + "]\n"), "1: [job." + string(33, 'x') + "]: " + rule);
  EXPECT_EQ(mistakes("[job." + string(32, 'x') + "]\ncommand = a\n"), "");
  for (const string name : {"cpu", "mysql", "cleanup", "vmstat"}) {
    EXPECT_EQ(mistakes("[job." + name + "]\n"), "1: [job." + name + "]: the name '" + name +
                                                    "' belongs to a built-in job: choose another one\n");
  }
}

TEST_F(Mistakes, ValuesNeverShown) {
  EXPECT_EQ(mistakes("[service]\ninterval = hunter2\n"),
            "2: [service] interval: is not a duration such as 500ms, 5s, 10m, 1h or 7d\n");
  EXPECT_EQ(mistakes("[service]\ninterval = 50ms\n"),
            "2: [service] interval: is out of range: 100ms to 1d\n");
  EXPECT_EQ(
      mistakes("[service]\ninterval = 5 ; seconds\n"),
      "2: [service] interval: ' ;' would end the value here: write comments on lines of their own, and a "
      "password that contains it into a file (password_file)\n");
  EXPECT_EQ(mistakes("[service]\ninterval = 5 # seconds\n"),
            "2: [service] interval: has a comment behind the value: write comments on lines of their own\n");
  EXPECT_EQ(mistakes("[mysql]\nhost = h\nport = 70000\ntls = requird\n"),
            "3: [mysql] port: is out of range: 1 to 65535\n"
            "4: [mysql] tls: is not one of 'off', 'preferred', 'required', 'verify-ca' or "
            "'verify-identity' "
            "(did you mean 'required'?)\n");
}

TEST_F(Mistakes, DuplicateKeyInOneFile) {
  EXPECT_EQ(mistakes("[log]\nlevel = info\n[service]\ninterval = 1\n[log]\nlevel = info\n"),
            "6: [log] level: is given twice in this file, first in line 2\n");
}

TEST_F(Mistakes, IndentedLines) {
  EXPECT_EQ(mistakes("[mysql]\n  host = h\n"),
            "2: [mysql]: begins with a blank, but there is no list above that it could continue: remove the "
            "blank\n");
  EXPECT_EQ(mistakes("[mysql]\nhost = h\nport = 1\n  user = root\n"),
            "4: [mysql] port: is not a list, so it cannot go on in an indented line: remove the blanks\n");
  constexpr const char* like_key =
      "goes on in this indented line, which looks like a key of its own: remove the blanks before it\n";
  EXPECT_EQ(mistakes("[collector.disk]\ndevices_exclude = a\n  partitions=on\n"),
            string("3: [collector.disk] devices_exclude: ") + like_key);
  EXPECT_EQ(mistakes("[collector.disk]\ndevices_exclude = a\n  partition = on\n"),
            string("3: [collector.disk] devices_exclude: ") + like_key);
  EXPECT_EQ(mistakes("[job.a]\ncommand = a\nenvironment = A=1\n  user=root\n"),
            string("4: [job.a] environment: ") + like_key);
}

TEST_F(Mistakes, ItemsOfListsNameTheirLine) {
  EXPECT_EQ(mistakes("[job.a]\ncommand = a\n  'b\n  c\n"),
            "3: [job.a] command: has a quote ' that is not closed on the same line\n");
}

TEST_F(Mistakes, JobWithoutCommand) {
  EXPECT_EQ(mistakes("[service]\n[job.a]\n"), "2: [job.a] command: is missing\n");
  EXPECT_EQ(mistakes("[job.a]\ntimeout = 1s\ncommand =\n"), "3: [job.a] command: is missing\n");
  EXPECT_EQ(mistakes("[job.a]\ncommand = 'a\n"),
            "2: [job.a] command: has a quote ' that is not closed on the same line\n");
}

TEST_F(Mistakes, HostsAreCountedOverAllTheirLines) {
  EXPECT_EQ(mistakes("[mysql]\nhost = db1:3306, db2 fe80::1\n  [::1]:3307\n"), "");
  EXPECT_EQ(mistakes("[mysql]\nhost = db1,\n  db2, db3:port\n"),
            "3: [mysql] host: item 3 has a port that is no whole number from 1 to 65535\n");
  EXPECT_EQ(mistakes("[mysql]\nhost = mysql://db1\n"),
            "2: [mysql] host: item 1 is not a host: write a name or an IP address, with or without :PORT\n");
  EXPECT_EQ(mistakes("[mysql]\nhost = 1 2 3 4 5 6 7 8\n  9 10 11 12 13 14 15 16\n"), "");
  EXPECT_EQ(mistakes("[mysql]\nhost = 1 2 3 4 5 6 7 8\n  9 10 11 12 13 14 15 16\n  17\n"),
            "4: [mysql] host: has more than 16 items\n");
}

TEST_F(Mistakes, PasswordTwice) {
  EXPECT_EQ(mistakes("[mysql]\nhost = h\npassword = hunter2\npassword_file = /x\n"),
            "4: [mysql] password_file: is set, and so is password: keep one of both\n");
}

TEST_F(Mistakes, MysqlThatStaysOffIsAWarning) {
  EXPECT_EQ(mistakes("[mysql]\nuser = root\n"),
            "1: warning: [mysql]: neither host nor socket is set: nothing is delivered to MySQL\n");
}

TEST_F(Mistakes, PasswordsThatEveryoneCanReadAreWarnings) {
  const string file = dir_.write("config.ini", "[mysql]\nhost = h\npassword = hunter2\n");
  fs::permissions(file, fs::perms(0644));
  EXPECT_EQ(loaded(),
            "DIR/config.ini:3: warning: [mysql] password: everyone on this machine can read this file: chmod "
            "o-r it, "
            "or use password_file\n");
  EXPECT_TRUE(load_config(file, {test_collectors}).ok());
  const string secret = dir_.write("secret", "hunter2");
  fs::permissions(secret, fs::perms(0644));
  EXPECT_EQ(mistakes("[mysql]\nhost = h\npassword_file = " + secret + "\n"),
            "3: warning: [mysql] password_file: everyone on this machine can read that file: chmod o-r it\n");
  fs::permissions(secret, fs::perms(0600));
  EXPECT_EQ(mistakes("[mysql]\nhost = h\npassword_file = " + secret + "\n"), "");
}

TEST_F(Mistakes, OfAllFilesInTheOrderOfTheirLines) {
  dir_.write("config.ini", "[service]\nx y\nintervall = 1\n\xFF = 2\n[bad]\n[log]\nlevel = loud\n");
  dir_.write("config.d/b.ini", "[log]\nlevell = info\n");
  dir_.write("config.d/a.ini", "level = info\n");
  EXPECT_EQ(
      loaded(),
      "DIR/config.ini:2: [service]: is neither 'key = value' nor '[section]' nor a comment\n"
      "DIR/config.ini:3: [service] intervall: unknown key (did you mean 'interval'?)\n"
      "DIR/config.ini:4: [service]: is not valid UTF-8\n"
      "DIR/config.ini:5: [bad]: unknown section\n"
      "DIR/config.ini:7: [log] level: is not one of 'debug', 'info', 'warning' or 'error'\n"
      "DIR/config.d/a.ini:1: level: stands outside of a section: put it below a line such as [service]\n"
      "DIR/config.d/b.ini:2: [log] levell: unknown key (did you mean 'level'?)\n");
}

TEST_F(Mistakes, OfDropInsInTheOrderOfTheirNames) {
  constexpr int files = 31;
  dir_.write("config.ini", "");
  for (int i = 0; i < files; ++i) dir_.write("config.d/" + std::to_string(100 + i * 7 % files) + ".ini", "x");
  const std::vector<Problem> problems = load_config(dir_.path("config.ini"), {test_collectors}).problems;
  EXPECT_EQ(problems.size(), static_cast<std::size_t>(files));
  EXPECT_TRUE(std::ranges::is_sorted(problems, {}, &Problem::file));
}

TEST_F(Mistakes, FilesThatCannotBeRead) {
  EXPECT_EQ(loaded(), "DIR/config.ini: cannot be read: No such file or directory\n");
  fs::create_directory(dir_.path("config.ini"));
  EXPECT_EQ(loaded(), "DIR/config.ini: cannot be read: Is a directory\n");
  fs::remove(dir_.path("config.ini"));
  fs::create_symlink("config.ini", dir_.path("config.ini"));
  EXPECT_EQ(loaded(), "DIR/config.ini: cannot be read: Too many levels of symbolic links\n");
  fs::remove(dir_.path("config.ini"));
  ASSERT_EQ(::mkfifo(dir_.path("config.ini").c_str(), 0600), 0);
  EXPECT_EQ(loaded(), "DIR/config.ini: is not a regular file\n");
  fs::remove(dir_.path("config.ini"));
  dir_.write("config.ini", string(config_bytes_max + 1, '\n'));
  EXPECT_EQ(loaded(), "DIR/config.ini: is larger than 1048576 bytes\n");
}

TEST_F(Mistakes, DropInsThatCannotBeRead) {
  dir_.write("config.ini", "");
  fs::create_directories(dir_.path("config.d/folder.ini"));
  EXPECT_EQ(loaded(), "DIR/config.d/folder.ini: cannot be read: Is a directory\n");
  fs::remove_all(dir_.path("config.d"));
  dir_.write("config.d", "");
  EXPECT_EQ(loaded(), "DIR/config.d: cannot be listed: Not a directory\n");
}

TEST_F(Mistakes, MoreDropInsThanTheLimit) {
  dir_.write("config.ini", "");
  for (std::size_t i = 0; i < drop_ins_max; ++i) dir_.write("config.d/" + std::to_string(i) + ".ini", "");
  EXPECT_EQ(loaded(), "");
  dir_.write("config.d/one-more.ini", "");
  EXPECT_EQ(loaded(), "DIR/config.d: has more than 100 files\n");
}

TEST_F(Mistakes, EndAfterAHundred) {
  string text = "[service]\n";
  for (int i = 0; i < 500; ++i) text += "unknown_" + std::to_string(i) + " = 1\n";
  dir_.write("config.ini", text);
  const LoadResult result = load_config(dir_.path("config.ini"), {test_collectors});
  ASSERT_EQ(result.problems.size(), problems_max + 1);
  EXPECT_EQ(to_string(result.problems.back()),
            dir_.path("config.ini") + ": has further mistakes that are not listed");
}

TEST_F(Mistakes, ShowNothingOfAFileThatIsNoConfiguration) {
  EXPECT_EQ(mistakes("root:$6$salt$hash:19000:0:99999:7:::\nda-emon:*:1:\nplain secret\n"),
            "1: root: stands outside of a section: put it below a line such as [service]\n"
            "2: stands outside of a section: put it below a line such as [service]\n"
            "3: stands outside of a section: put it below a line such as [service]\n");
}

TEST(CheckReport, ExitsWith78OnlyForErrors) {
  EXPECT_EQ(check({}).exit_code, 0);
  EXPECT_EQ(check({}).text, "");
  const std::vector<Problem> warning = {{"f", 1, "a", "k", "odd", Severity::warning}};
  EXPECT_EQ(check(warning).exit_code, 0);
  EXPECT_EQ(check(warning).text, "f:1: warning: [a] k: odd\n");
  const std::vector<Problem> error = {{"f", 1, "a", "k", "bad"}, {"f", 0, "", "", "gone"}};
  EXPECT_EQ(check(error).exit_code, 78);
  EXPECT_EQ(check(error).text, "f:1: [a] k: bad\nf: gone\n");
}

}  // namespace
}  // namespace caretaker
