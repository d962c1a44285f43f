# SPDX-License-Identifier: MIT
# What `cmake --install` puts where. Below the prefix, except for the configuration, which is in /etc/caretaker
# whatever the prefix is. The user comes from sysusers.d(5): see README.md, "Installing".
install(TARGETS caretakerd RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(TARGETS caretakerctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# systemd looks below /usr/lib and /usr/local/lib, never in lib64 or lib/x86_64-linux-gnu.
foreach(service caretaker.service caretaker-mysql-maintain.service)
  configure_file(systemd/${service}.in ${PROJECT_BINARY_DIR}/${service} @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${service} DESTINATION lib/systemd/system)
endforeach()
install(FILES systemd/caretaker-mysql-maintain.timer DESTINATION lib/systemd/system)
install(FILES systemd/caretaker.sysusers DESTINATION lib/sysusers.d RENAME caretaker.conf)
install(FILES systemd/caretaker.tmpfiles DESTINATION lib/tmpfiles.d RENAME caretaker.conf)

# The gate to the container engine.
install(TARGETS caretaker-docker-gate RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR})
configure_file(systemd/caretaker-docker-gate.service.in ${PROJECT_BINARY_DIR}/caretaker-docker-gate.service @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/caretaker-docker-gate.service systemd/caretaker-docker-gate.socket
  DESTINATION lib/systemd/system)

# `journalctl -x` explains our entries; `journalctl --update-catalog` takes the file in.
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/caretaker.catalog
  COMMAND caretakerd --print-journal-catalog > ${PROJECT_BINARY_DIR}/caretaker.catalog
  DEPENDS caretakerd VERBATIM)
add_custom_target(journal_catalog ALL DEPENDS ${PROJECT_BINARY_DIR}/caretaker.catalog)
install(FILES ${PROJECT_BINARY_DIR}/caretaker.catalog DESTINATION lib/systemd/catalog)

# A configuration that is there already is the administrator's: it is never replaced.
install(CODE "
  set(config \$ENV{DESTDIR}/etc/caretaker/config.ini)
  file(MAKE_DIRECTORY \$ENV{DESTDIR}/etc/caretaker/config.d)
  if(EXISTS \${config})
    message(STATUS \"Kept: \${config}\")
  else()
    file(COPY_FILE \"${PROJECT_SOURCE_DIR}/config/config.ini\" \${config})
    file(CHMOD \${config} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
    message(STATUS \"Installing: \${config}\")
  endif()")

install(FILES ctl/completion/caretakerctl.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME caretakerctl)
# Debian's zsh reads site-functions below /usr/local only.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  install(FILES ctl/completion/_caretakerctl DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
else()
  install(FILES ctl/completion/_caretakerctl DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
endif()

# For an administrator who makes the tables, or who looks up what they are.
foreach(engine sqlite mysql)
  install(DIRECTORY sql/${engine} DESTINATION ${CMAKE_INSTALL_DATADIR}/caretaker/sql FILES_MATCHING PATTERN "*.sql")
endforeach()

install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md"
  PATTERN benchmarks EXCLUDE) # charts, and what README.md is made of
