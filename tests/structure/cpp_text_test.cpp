// SPDX-License-Identifier: MIT
#include "structure/cpp_text.h"

#include <gtest/gtest.h>

namespace caretaker::structure {
namespace {

TEST(TakeApart, BlanksCommentsAndLiteralsInPlace) {
  EXPECT_EQ(take_apart("a; // {\nb /* { \n } */ c").code, "a;     \nb      \n      c");
  EXPECT_EQ(take_apart(R"(f("{", '{', "\"}"))").code, R"(f(" ",    , "   "))");
}

TEST(TakeApart, KeepsLiteralsWithTheirLines) {
  const CppText cpp = take_apart("one(\"a\");\n// \"no\"\ntwo(u8\"b\\\"c\", \"\");");
  ASSERT_EQ(cpp.literals.size(), 3U);
  EXPECT_EQ(cpp.literals[0].text, "a");
  EXPECT_EQ(cpp.literals[0].line, 1U);
  EXPECT_EQ(cpp.literals[1].text, "b\\\"c");
  EXPECT_EQ(cpp.literals[1].line, 3U);
  EXPECT_EQ(cpp.literals[2].text, "");
}

TEST(TakeApart, ReadsRawStringsToTheirDelimiter) {
  const CppText cpp = take_apart("x = R\"sql(a \" ) {\n#include \"no\"\n)\")sql\"; y");
  ASSERT_EQ(cpp.literals.size(), 1U);
  EXPECT_EQ(cpp.literals[0].text, "a \" ) {\n#include \"no\"\n)\"");
  EXPECT_TRUE(cpp.includes.empty());
  EXPECT_EQ(cpp.code.find('{'), std::string::npos);
  EXPECT_TRUE(cpp.code.ends_with("; y"));
}

TEST(TakeApart, AnIdentifierThatEndsWithRIsNoRawString) {
  EXPECT_TRUE(take_apart("FOR\"(\" + x {").code.ends_with("+ x {"));
}

TEST(TakeApart, DigitSeparatorsAreNoCharacterLiterals) {
  EXPECT_EQ(take_apart("x = 1'000'000 + 0xFF'FF; {").code, "x = 1'000'000 + 0xFF'FF; {");
  EXPECT_EQ(take_apart("case '\\'': case u8'{': {").code, "case     : case u8   : {");
}

TEST(TakeApart, FindsIncludesOutsideOfComments) {
  const CppText cpp =
      take_apart("#include <map>\n//#include <no>\n  #  include \"base/x.h\" // why\n/*\n#include <no>\n*/");
  ASSERT_EQ(cpp.includes.size(), 2U);
  EXPECT_EQ(cpp.includes[0].path, "map");
  EXPECT_TRUE(cpp.includes[0].angled);
  EXPECT_EQ(cpp.includes[1].path, "base/x.h");
  EXPECT_FALSE(cpp.includes[1].angled);
  EXPECT_EQ(cpp.includes[1].line, 3U);
}

TEST(TakeApart, BlanksDirectivesWithContinuationButKeepsTheirLiterals) {
  const CppText cpp = take_apart("#define OPEN {\\\n \"/proc\" {\nint x;");
  EXPECT_EQ(cpp.code.find('{'), std::string::npos);
  EXPECT_TRUE(cpp.code.ends_with("\nint x;"));
  ASSERT_EQ(cpp.literals.size(), 1U);
  EXPECT_EQ(cpp.literals[0].line, 2U);
}

TEST(TakeApart, SurvivesWhatIsNotClosed) {
  for (const char* text :
       {"\"abc", "'", "\"a\\", "/* x", "R\"(x", "R\"", "#include", "#include \"x", "#", ""}) {
    EXPECT_EQ(take_apart(text).code.size(), std::string_view(text).size()) << text;
  }
}

}  // namespace
}  // namespace caretaker::structure
