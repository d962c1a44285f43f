// SPDX-License-Identifier: MIT
#pragma once

#include "cookbook_data.h"
#include "sql/mysql_connection.h"

namespace caretaker {

// Makes the schema in the database `monitor` and fills it. Failures throw.
void fill_cookbook_database(MysqlConnection& connection, const CookbookData& data);

// Asks every question of docs/cookbook.md as a client with the server's own settings and checks its answer,
// and that no whole table was read for it.
void expect_cookbook_answers(MysqlConnection& connection);

}  // namespace caretaker
