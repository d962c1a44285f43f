# SPDX-License-Identifier: MIT
# caretaker_embed(TARGET HEADER NAMESPACE FILES...) - makes HEADER in the build folder: the given text files,
# in order, as `inline constexpr EmbeddedFile files[]` (name, text) of NAMESPACE. See cmake/embed_script.cmake.
function(caretaker_embed target header namespace)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/generated/${header})
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE inputs)
  list(JOIN inputs "|" joined)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} "-DOUT=${out}" "-DNAMESPACE=${namespace}" "-DINPUTS=${joined}"
            -P ${PROJECT_SOURCE_DIR}/cmake/embed_script.cmake
    DEPENDS ${inputs} ${PROJECT_SOURCE_DIR}/cmake/embed_script.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/generated)
endfunction()
