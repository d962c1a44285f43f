# SPDX-License-Identifier: MIT
# Man pages, made from the same texts as docs/. lowdown is a small Debian package; without it there are none.
find_program(LOWDOWN lowdown)
if(NOT LOWDOWN)
  message(STATUS "No man pages: lowdown is missing")
  return()
endif()

set(man_script ${PROJECT_SOURCE_DIR}/packaging/man/make_page.bash)
set(man_pages)
# caretaker_man_page(PAGE SOURCES...) - PAGE is NAME.SECTION; SOURCES are the files of docs/ that it takes in.
function(caretaker_man_page page)
  set(out ${PROJECT_BINARY_DIR}/man/${page})
  set(source ${PROJECT_SOURCE_DIR}/packaging/man/${page}.md)
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/docs/ OUTPUT_VARIABLE texts)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${man_script} ${source} ${PROJECT_VERSION} > ${out}.new
    COMMAND ${CMAKE_COMMAND} -E rename ${out}.new ${out}
    DEPENDS ${source} ${man_script} ${texts}
    VERBATIM)
  set(man_pages ${man_pages} ${out} PARENT_SCOPE)
  string(REGEX REPLACE ".*\\." "" section ${page})
  install(FILES ${out} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endfunction()

file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/man)
caretaker_man_page(caretakerd.8 caretakerd.md)
caretaker_man_page(caretakerctl.1 caretakerctl.md)
caretaker_man_page(caretaker.ini.5 configuration.md)
caretaker_man_page(caretaker-docker-gate.8 caretaker-docker-gate.md)
add_custom_target(caretaker_man_pages ALL DEPENDS ${man_pages})
