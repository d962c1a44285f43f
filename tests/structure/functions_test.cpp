// SPDX-License-Identifier: MIT
#include "structure/functions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "structure/cpp_text.h"

namespace caretaker::structure {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "first-last" of every function in `text`.
std::vector<std::string> spans(std::string_view text) {
  std::vector<std::string> out;
  for (const FunctionSpan& function : find_functions(take_apart(text).code)) {
    out.push_back(std::to_string(function.first_line) + "-" + std::to_string(function.last_line));
  }
  return out;
}

TEST(FindFunctions, LooksIntoNamespacesAndClasses) {
  EXPECT_THAT(spans("namespace a::b {\nnamespace {\nint f() {\n  return 1;\n}\n}\n}"), ElementsAre("3-5"));
  EXPECT_THAT(spans("extern \"C\" {\nvoid f() {}\n}"), ElementsAre("2-2"));
  EXPECT_THAT(spans("extern \"C\" void f() {\n}"), ElementsAre("1-2"));
  EXPECT_THAT(
      spans("class A final : public B<int> {\n public:\n  A() {}\n private:\n  int g() const {\n  }\n};"),
      ElementsAre("3-3", "5-6"));
  EXPECT_THAT(spans("struct alignas(16) A {\n  void f() {}\n};"), ElementsAre("2-2"));
}

TEST(FindFunctions, CountsFromTheFirstTokenOfTheSignature) {
  EXPECT_THAT(
      spans("int x;\n\n// about f\ntemplate <class T>\n  requires true\n[[nodiscard]] T f(\n    T x) {\n}"),
      ElementsAre("4-8"));
}

TEST(FindFunctions, KnowsSignaturesThatReturnStructs) {
  EXPECT_THAT(spans("struct stat f(struct x y) {\n}\nenum E g() const noexcept {\n}"),
              ElementsAre("1-2", "3-4"));
  EXPECT_THAT(spans("template <class T>\nstruct A {\n  int x;\n};\ntemplate <class T> void f() {}"),
              ElementsAre("5-5"));
}

TEST(FindFunctions, BlocksAndLambdasInsideCountAsTheirFunction) {
  EXPECT_THAT(
      spans("void f() {\n  if (x) {\n  }\n  auto g = [&](int y) {\n    struct L { void h() {} };\n  };\n}"),
      ElementsAre("1-7"));
}

TEST(FindFunctions, InitializersAreNoFunctions) {
  EXPECT_THAT(spans("constexpr int a[] = {\n1,\n2};\nstd::vector<int> b{\n1, 2};\nFoo c = {f(), {2}};"),
              IsEmpty());
  EXPECT_THAT(spans("enum class E : int {\n a, b\n};\nstruct P {\n  int x{3};\n  Q q = {};\n};"), IsEmpty());
  EXPECT_THAT(spans("void declared(Options o = {}, int n = 3);\nint after() {\n}"), ElementsAre("2-3"));
  EXPECT_THAT(spans("void f(Options o = {},\n  P p = {{1}, {2}}) {\n}"), ElementsAre("1-3"));
}

TEST(FindFunctions, LambdasInTablesAndAtNamespaceScopeAreFunctions) {
  EXPECT_THAT(spans("const Row rows[] = {\n  {\"a\", [](const X& x) {\n    return 1;\n  }},\n  {\"b\", []() "
                    "{ return 2; }},\n};"),
              ElementsAre("2-4", "5-5"));
  EXPECT_THAT(spans("const auto f = [] {\n};\nconst auto g = []<class T>(T x) mutable -> int {\n};"),
              ElementsAre("1-2", "3-4"));
  EXPECT_THAT(spans("REGISTER(x, [](int y) {\n\n});\nint f() {\n}"), ElementsAre("1-3", "4-5"));
}

TEST(FindFunctions, MemberInitializersBelongToTheConstructor) {
  EXPECT_THAT(spans("A::A(int x)\n    : a_{x},\n      b_(x),\n      c_{1} {\n  f();\n}\nint g() {\n}"),
              ElementsAre("1-6", "7-8"));
}

TEST(FindFunctions, OperatorsTestsAndArrays) {
  EXPECT_THAT(spans("bool operator()(int a) const {\n}\nint& operator[](int i) {\n}"),
              ElementsAre("1-2", "3-4"));
  EXPECT_THAT(spans("TEST(A, B) {\n  EXPECT_EQ(1, 1);\n}\nTEST(A, C) {}"), ElementsAre("1-3", "4-4"));
  EXPECT_THAT(spans("int f(int x[3]) {\n}\n[[nodiscard]] int g() {\n}"), ElementsAre("1-2", "3-4"));
}

TEST(FindFunctions, BracesInLiteralsCommentsAndMacrosDoNotCount) {
  EXPECT_THAT(spans("#define BEGIN {\nint f() {\n  g(\"}\", '}', R\"(})\");  // }\n  /* } */\n}\nint h() {}"),
              ElementsAre("2-5", "6-6"));
}

TEST(FindFunctions, SurvivesUnbalancedText) {
  EXPECT_THAT(spans("}\n}\nint f() {"), ElementsAre("3-3"));
  EXPECT_THAT(spans("))\nint f() {\n}"), ElementsAre("1-3"));
}

}  // namespace
}  // namespace caretaker::structure
