// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "structure/rules.h"

// The rules, applied to the sources of this very tree.
namespace caretaker::structure {
namespace {

const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> files = read_source_tree(CARETAKER_SOURCE_DIR);
  return files;
}

void expect_none(const std::vector<Finding>& findings) {
  EXPECT_TRUE(findings.empty()) << to_text(findings);
}

TEST(Structure, TheTreeWasFound) {
  EXPECT_TRUE(
      std::ranges::any_of(tree(), [](const SourceFile& file) { return file.path == "base/result.h"; }));
}

TEST(Structure, FoldersIncludeOnlyWhatTheyMay) {
  expect_none(check_include_rule(tree()));
}

TEST(Structure, HeadersStayLight) {
  expect_none(check_light_headers(tree()));
}

TEST(Structure, EverySourceNamesItsLicence) {
  expect_none(check_licence_lines(tree()));
}

TEST(Structure, FilesAreShort) {
  std::cout << to_text(check_file_lengths(tree(), file_lines_usual));  // for information
  expect_none(check_file_lengths(tree(), file_lines_max));
}

TEST(Structure, FunctionsFitOnAScreen) {
  expect_none(check_function_lengths(tree(), function_lines_max));
}

TEST(Structure, ForbiddenCallsAreNotMade) {
  expect_none(check_forbidden_calls(tree()));
}

TEST(Structure, OnlyHostPathsNamesKernelPaths) {
  expect_none(check_kernel_paths(tree()));
}

TEST(Structure, EveryTestCanFail) {
  expect_none(check_tests_can_fail(tree()));
}

}  // namespace
}  // namespace caretaker::structure
