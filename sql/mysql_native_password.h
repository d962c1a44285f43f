// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace caretaker {

// What MariaDB keeps of a password for mysql_native_password: '*' and SHA-1 of the SHA-1, in hexadecimal, as
// its function PASSWORD() makes it. MariaDB writes statements as they come to its general log, slow log and
// binary log; with this in them no log ever has the password. For long random passwords only: a short one
// could be guessed from it.
[[nodiscard]] std::string mysql_native_password(std::string_view password);

}  // namespace caretaker
