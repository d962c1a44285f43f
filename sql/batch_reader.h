// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sql/reader_session.h"
#include "sql/store_reader.h"

namespace caretaker {

// StoreReader::batches(), inside a read transaction.
[[nodiscard]] Result<std::vector<StoredBatch>> read_batches(ReaderSession& session, std::int64_t after_seq,
                                                            std::size_t rows_max);

}  // namespace caretaker
