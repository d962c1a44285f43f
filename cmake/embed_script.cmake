# SPDX-License-Identifier: MIT
string(REPLACE "|" ";" inputs "${INPUTS}")
set(body "")
foreach(input IN LISTS inputs)
  file(READ ${input} text)
  get_filename_component(name ${input} NAME)
  string(APPEND body "    {\"${name}\", R\"embed(${text})embed\"},\n")
endforeach()
file(WRITE ${OUT} "// Made from the source files named below by cmake/embed_script.cmake.
#pragma once
#include <string_view>
namespace ${NAMESPACE} {
struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};
inline constexpr EmbeddedFile files[] = {
${body}};
}  // namespace ${NAMESPACE}
")
