# SPDX-License-Identifier: MIT
# Every outside library, once. All are Debian 12 packages, see docs/architecture.md.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost 1.74 REQUIRED) # headers only
pkg_check_modules(inih REQUIRED IMPORTED_TARGET inih)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(systemd REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(microhttpd REQUIRED IMPORTED_TARGET libmicrohttpd)
pkg_check_modules(smartcols REQUIRED IMPORTED_TARGET smartcols)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
# MariaDB Connector/C on Debian (libmariadb.pc), Oracle's library elsewhere (mysqlclient.pc).
pkg_search_module(mysqlclient REQUIRED IMPORTED_TARGET libmariadb mysqlclient)
