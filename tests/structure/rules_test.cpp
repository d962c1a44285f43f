// SPDX-License-Identifier: MIT
#include "structure/rules.h"

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace caretaker::structure {
namespace {

// Every rule is shown a tree with a planted mistake, next to what looks alike and is right.
class Rules : public testing::Test {
 protected:
  void write(std::string_view path, std::string_view text) const { dir_.write(path, text); }
  [[nodiscard]] std::vector<SourceFile> tree() const { return read_source_tree(dir_.path()); }

 private:
  TempDir dir_;
};

TEST_F(Rules, TreeHoldsSourcesOnly) {
  for (const char* path : {"base/a.h", "base/a.cpp", "CMakeLists.txt", "cmake/x.cmake", "sql/1.sql",
                           "build/b.cpp", ".git/c.cpp", ".ci/d.sh", "tests/build/e.cpp", "docs/f.md"}) {
    write(path, "text\n");
  }
  write("dev", "#!/bin/sh\n");
  std::string paths;
  for (const SourceFile& file : tree()) paths += file.path + " ";
  EXPECT_EQ(paths,
            ".ci/d.sh CMakeLists.txt base/a.cpp base/a.h cmake/x.cmake dev sql/1.sql tests/build/e.cpp ");
}

TEST_F(Rules, IncludeRuleFindsWrongFolders) {
  write("base/a.h", "\n#include \"config/c.h\"\n");
  write("config/c.h", "#include \"base/a.h\"\n");
  write("sql/s.h", "#include \"collectors/k.h\"\n#include <base/a.h>\n");
  write("collectors/k.h", "#include <config/c.h>\n#include \"collectors/k.h\"\n#include <sql/s.h>\n");
  EXPECT_EQ(to_text(check_include_rule(tree())),
            "base/a.h:2: base must not include config/c.h\n"
            "collectors/k.h:3: collectors must not include sql/s.h\n"
            "sql/s.h:1: sql must not include collectors/k.h\n");
}

TEST_F(Rules, IncludeRuleLetsTheClientSeeOneHeaderOfSystemd) {
  write("systemd/unit_control.h", "");
  write("systemd/event_loop.h", "");
  write("ctl/main.cpp", "#include \"systemd/unit_control.h\"\n#include \"systemd/event_loop.h\"\n");
  EXPECT_EQ(to_text(check_include_rule(tree())),
            "ctl/main.cpp:2: ctl must not include systemd/event_loop.h\n");
}

TEST_F(Rules, IncludeRuleWantsPathsFromTheRoot) {
  write("base/a.h", "");
  write("base/b.cpp", "#include \"a.h\"\n#include \"../base/a.h\"\n#include \"made.h\"\n#include <vector>\n");
  EXPECT_EQ(to_text(check_include_rule(tree())),
            "base/b.cpp:1: no a.h from the root of the tree, where include paths start\n"
            "base/b.cpp:2: no ../base/a.h from the root of the tree, where include paths start\n");
}

TEST_F(Rules, IncludeRuleKnowsAllFoldersAndLeavesTestsAlone) {
  write("util/a.cpp", "");
  write("daemon/d.h", "");
  write("tests/base/t.cpp", "#include \"daemon/d.h\"\n#include \"support/x.h\"\n");
  write("bench/b.cpp", "#include \"daemon/d.h\"\n");
  EXPECT_EQ(to_text(check_include_rule(tree())),
            "util/a.cpp:1: the include rule does not know this folder\n");
}

TEST_F(Rules, HeavyHeadersStayOutOfHeaders) {
  write("systemd/event_loop.h", "#include <systemd/sd-event.h>\n");
  write(
      "daemon/x.h",
      "#include \"systemd/event_loop.h\"\n#include <nlohmann/json.hpp>\n#include <nlohmann/json_fwd.hpp>\n");
  write("daemon/x.cpp", "#include <nlohmann/json.hpp>\n");
  EXPECT_EQ(to_text(check_light_headers(tree())),
            "daemon/x.h:2: nlohmann/json.hpp belongs into the .cpp file\n"
            "systemd/event_loop.h:1: systemd/sd-event.h belongs into the .cpp file\n");
}

TEST_F(Rules, LicenceLineComesFirst) {
  write("base/good.h", "// SPDX-License-Identifier: MIT\n");
  write("base/late.h", "\n// SPDX-License-Identifier: MIT\n");
  write("dev", "#!/bin/sh\n# SPDX-License-Identifier: MIT\n");
  write("sql/1.sql", "CREATE TABLE t(x);\n");
  EXPECT_EQ(to_text(check_licence_lines(tree())),
            "base/late.h:1: the first line must be SPDX-License-Identifier: MIT\n"
            "sql/1.sql:1: the first line must be SPDX-License-Identifier: MIT\n");
}

TEST_F(Rules, LengthsAreInclusive) {
  write("base/a.cpp", "void f() {\n\n}\nvoid g() {\n\n\n}\n");
  EXPECT_EQ(to_text(check_file_lengths(tree(), 7)), "");
  EXPECT_EQ(to_text(check_file_lengths(tree(), 6)), "base/a.cpp:7: 7 lines, more than 6\n");
  EXPECT_EQ(to_text(check_function_lengths(tree(), 4)), "");
  EXPECT_EQ(to_text(check_function_lengths(tree(), 3)), "base/a.cpp:4: a function of 4 lines, more than 3\n");
}

TEST_F(Rules, ForbiddenCallsAreFoundInCodeOnly) {
  write("base/bad.cpp", "int x = std::stoi(text);\n::system (\"ls\");\nstd::sprintf(b, \"%d\", 1);\n");
  write(
      "base/good.cpp",
      "// system(x)\nlog(\"atoi(x)\");\nsnprintf(b, 1, f);\nfile_system(x);\nhost.system();\nhost->popen();\n"
      "int system_count = 0;\n");
  write("tests/t.cpp", "system(\"ls\");\n");
  EXPECT_EQ(to_text(check_forbidden_calls(tree())),
            "base/bad.cpp:2: system() is forbidden\n"
            "base/bad.cpp:1: stoi() is forbidden\n"
            "base/bad.cpp:3: sprintf() is forbidden\n");
}

TEST_F(Rules, KernelPathsAreNamedInOnePlace) {
  write("base/host_paths.h", "x = \"/proc\";\n");
  write("collectors/a.cpp",
        "// \"/proc\"\nhelp(\"/proc/stat holds ticks\");\nopen(\"/proc/stat\");\ny = \"/sys\";\n"
        "z = \"/proc/self/exe\";\n");
  write("tests/t.cpp", "open(\"/proc/stat\");\n");
  EXPECT_EQ(to_text(check_kernel_paths(tree())),
            "collectors/a.cpp:3: \"/proc/stat\": only HostPaths names kernel paths\n"
            "collectors/a.cpp:4: \"/sys\": only HostPaths names kernel paths\n");
}

TEST_F(Rules, ATestWithoutExpectationIsFound) {
  write("tests/base/a_test.cpp", "TEST(A, B) { EXPECT_TRUE(f()); }\n");
  write("tests/base/b_test.cpp", "TEST(A, C) { f(); /* EXPECT_TRUE(1) */ }\n");
  write("tests/support/server.cpp", "void start() {}\n");
  EXPECT_EQ(to_text(check_tests_can_fail(tree())),
            "tests/base/b_test.cpp:1: a test without EXPECT or ASSERT cannot fail\n");
}

}  // namespace
}  // namespace caretaker::structure
