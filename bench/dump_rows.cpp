// SPDX-License-Identifier: MIT
// bench_dump_rows STORE DIR: the samples of a store as delivery would send them, for LOAD DATA: one file per
// transaction (DIR/0000000.tsv, ...), its rows in the order of the key, and DIR/all.tsv with all of them.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "sql/mysql_batch_size.h"
#include "sql/mysql_literal.h"
#include "sql/store_reader.h"

namespace caretaker::bench {
namespace {

struct Row {
  std::int64_t series_id;
  std::int64_t time_ms;
  double value;
};

std::vector<Row> sorted_rows(const std::vector<StoredBatch>& batches) {
  std::vector<Row> rows;
  for (const StoredBatch& batch : batches) {
    for (const StoredSample& sample : batch.samples) {
      rows.push_back({sample.series->id, batch.time_ms, sample.value});
    }
  }
  std::ranges::sort(rows, {}, [](const Row& row) { return std::tuple(row.series_id, row.time_ms); });
  return rows;
}

std::string lines_of(const std::vector<Row>& rows) {
  std::string lines;
  for (const Row& row : rows) {
    const std::string time = time_literal(row.time_ms);
    append_integer(lines, row.series_id);
    lines.append("\t").append(time, 1, time.size() - 2).append("\t");  // without quotes
    append_double(lines, row.value);
    lines += '\n';
  }
  return lines;
}

void write(std::ofstream& file, const std::string& lines) {
  file << lines << std::flush;
  if (!file) throw std::runtime_error("cannot write the rows");
}

void dump(const std::string& store, const std::string& dir) {
  StoreReader reader(store);
  std::ofstream all(dir + "/all.tsv");
  std::size_t rows = 0;
  std::int64_t seq = 0;
  for (int number = 0;; ++number) {
    const auto batches = reader.batches(seq, MysqlBatchSize::rows_max);
    if (!batches) throw std::runtime_error(batches.error().message);
    if (batches->empty()) break;
    seq = batches->back().seq;
    const std::vector<Row> sorted = sorted_rows(*batches);
    const std::string lines = lines_of(sorted);
    std::ofstream part(fmt::format("{}/{:07}.tsv", dir, number));
    write(part, lines);
    write(all, lines);
    rows += sorted.size();
  }
  fmt::print("rows {}\n", rows);
}

}  // namespace
}  // namespace caretaker::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: bench_dump_rows STORE DIR\n");
    return 2;
  }
  try {
    caretaker::bench::dump(argv[1], argv[2]);
    return 0;
  } catch (const std::exception& exception) {
    fmt::print(stderr, "bench_dump_rows: {}\n", exception.what());
    return 1;
  }
}
