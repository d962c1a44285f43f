# SPDX-License-Identifier: MIT
# Flags for our own code. Every target of ours links `caretaker_flags`.
add_library(caretaker_flags INTERFACE)
target_compile_options(caretaker_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Werror
  -Wno-missing-field-initializers # designated initializers leave members at their defaults on purpose
  -fstack-protector-strong -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms about std::string in optimised builds: gcc.gnu.org/PR105651, PR105329.
  target_compile_options(caretaker_flags INTERFACE -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow)
endif()
target_compile_definitions(caretaker_flags INTERFACE _GLIBCXX_ASSERTIONS)
target_include_directories(caretaker_flags INTERFACE ${PROJECT_SOURCE_DIR})
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(caretaker_flags INTERFACE _FORTIFY_SOURCE=2)
  target_link_options(caretaker_flags INTERFACE -Wl,-z,relro,-z,now -Wl,--as-needed)
endif()
if(CARETAKER_SANITIZE)
  target_compile_options(caretaker_flags INTERFACE -fsanitize=${CARETAKER_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(caretaker_flags INTERFACE -fsanitize=${CARETAKER_SANITIZE})
endif()

# caretaker_library(NAME SOURCES... ) - a folder's static library with the shared precompiled header.
function(caretaker_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC caretaker_flags)
  caretaker_precompile(${name})
endfunction()

function(caretaker_precompile name)
  if(NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    target_precompile_headers(${name} PRIVATE
      <algorithm> <chrono> <cstdint> <expected> <functional> <memory> <span> <string> <string_view> <vector>)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${name} PRIVATE -fpch-preprocess) # lets ccache see through the header
    endif()
  endif()
endfunction()
