// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "sql/local_store.h"
#include "sql/store_reader.h"
#include "store_fixture.h"

namespace caretaker {
namespace {

using testing::HasSubstr;

// What happens to the file of a store and to the folder around it.
class StoreFailure : public StoreTest {
 protected:
  void make_store(int batches = 200) {
    ASSERT_TRUE(start());
    for (int i = 1; i <= batches; ++i) append("cpu", i * 1'000, 50);
    stop();
    events_.clear();
  }

  void overwrite(std::size_t offset, std::string_view bytes) const {
    std::fstream file(options_.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ASSERT_TRUE(file.good());
  }

  std::size_t quarantined_files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
      if (entry.path().filename().string().starts_with("metrics.db.corrupt-")) ++count;
    }
    return count;
  }

  void expect_it_works() {
    const std::uint64_t before = store_->status().counters.collected;
    append("cpu", 900'000, 50);
    ASSERT_TRUE(collected(before + 50)) << store_->status().last_error;
    EXPECT_TRUE(store_->status().writable);
    stop();
    expect_exact_counters();
  }
};

TEST_F(StoreFailure, QuarantinesAFileWithABrokenHeader) {
  make_store();
  overwrite(0, "not a database at all, but longer than the name of one");
  ASSERT_TRUE(start());
  ASSERT_TRUE(wait_until([&] { return saw_event("store_quarantined"); }));
  EXPECT_EQ(quarantined_files(), 1U);
  EXPECT_THAT(event_message("store_quarantined"), HasSubstr("metrics.db.corrupt-2"));
  EXPECT_THAT(event_message("store_quarantined"), HasSubstr("an unknown number of undelivered samples"));
  expect_it_works();
  EXPECT_EQ(query("SELECT count(*) FROM events WHERE kind = 'store_quarantined'"), 1);
}

TEST_F(StoreFailure, QuarantinesATruncatedFile) {
  make_store();
  std::filesystem::resize_file(options_.path, std::filesystem::file_size(options_.path) / 2);
  ASSERT_TRUE(start());
  ASSERT_TRUE(wait_until([&] { return saw_event("store_quarantined"); }));
  expect_it_works();
}

TEST_F(StoreFailure, QuarantinesAForeignFile) {
  dir_.write("metrics.db", std::string(10'000, 'x'));
  ASSERT_TRUE(start());
  expect_it_works();
  EXPECT_EQ(quarantined_files(), 1U);
}

TEST_F(StoreFailure, StartsAnewInAnEmptyFile) {
  dir_.write("metrics.db", "");
  ASSERT_TRUE(start());
  expect_it_works();
  EXPECT_EQ(quarantined_files(), 0U);
}

TEST_F(StoreFailure, KeepsTheSumWhenCorruptionIsMetWhileWriting) {
  make_store();
  ASSERT_TRUE(start());
  const StoreStatus before = store_->status();
  EXPECT_EQ(before.counters.pending, 10'000U);
  // The pages that the next commits must read are no pages any more; those in memory are dropped by a
  // restart.
  stop();
  const auto root =
      static_cast<std::size_t>(query("SELECT rootpage FROM sqlite_schema WHERE name = 'sample_rows'"));
  overwrite((root - 1) * 4096, std::string(4096, '\xff'));
  ASSERT_TRUE(start());
  append("cpu", 500'000, 50);
  ASSERT_TRUE(wait_until([&] { return saw_event("store_quarantined"); }));
  ASSERT_TRUE(collected(10'050));
  const StoreStatus after = store_->status();
  EXPECT_EQ(after.counters.dropped.at("store_lost"), 10'000U);
  EXPECT_NE(after.epoch, before.epoch);
  EXPECT_GT(after.last_seq, before.last_seq) << "a late advance() must not pass new batches";
  EXPECT_EQ(after.delivered_seq, before.last_seq);
  EXPECT_THAT(event_message("store_quarantined"), HasSubstr("10000 undelivered samples"));
  expect_it_works();
}

TEST_F(StoreFailure, MovesTheLogAsideThatAReaderStillUses) {
  make_store();
  const auto root =
      static_cast<std::size_t>(query("SELECT rootpage FROM sqlite_schema WHERE name = 'events'"));
  overwrite((root - 1) * 4096, std::string(4096, '\xff'));
  ASSERT_TRUE(start());
  auto reader =
      SqliteConnection::open(options_.path, SqliteConnection::Mode::read_only, std::chrono::seconds(1));
  ASSERT_EQ(reader->query_integer("SELECT count(*) FROM batches").value(), 200);
  store_->append(Event{.time_ms = 500'000, .kind = "k", .subject = "", .message = ""});
  append("cpu", 500'000, 50);
  ASSERT_TRUE(collected(10'050));
  EXPECT_EQ(quarantined_files(), 3U);
  EXPECT_EQ(reader->query_integer("SELECT count(*) FROM batches").value(), 200);
  reader = fail("closed");
  expect_it_works();
  EXPECT_EQ(query("SELECT count(*) FROM samples"), 100);
}

TEST_F(StoreFailure, ChecksTheFileWhenAReaderMetCorruption) {
  make_store();
  StoreReader reader(options_.path);
  ASSERT_TRUE(start());
  store_->check();
  append("cpu", 400'000, 50);
  ASSERT_TRUE(collected(10'050));
  EXPECT_EQ(quarantined_files(), 0U) << "nothing is wrong yet";
  stop();
  // In the middle of the rows, where the writer does not come by.
  const auto middle =
      static_cast<std::size_t>(query("SELECT pageno FROM dbstat WHERE name = 'sample_rows' AND "
                                     "pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET 10"));
  ASSERT_GT(middle, 1U);
  overwrite((middle - 1) * 4096, std::string(4096, '\xff'));
  ASSERT_TRUE(start());
  append("cpu", 500'000, 50);
  ASSERT_TRUE(collected(10'100));
  EXPECT_EQ(reader.batches(0, 100'000).error().code, EUCLEAN);
  store_->check();
  ASSERT_TRUE(wait_until([&] { return saw_event("store_quarantined"); }));
  append("cpu", 600'000, 50);
  ASSERT_TRUE(collected(10'150));
  EXPECT_TRUE(reader.batches(0, 100'000));
  EXPECT_EQ(store_->status().counters.dropped["store_lost"], 10'100U);
  expect_it_works();
}

TEST_F(StoreFailure, QuarantinesAFileWhoseSchemaIsDamaged) {
  make_store();
  {
    auto store =
        SqliteConnection::open(options_.path, SqliteConnection::Mode::read_write, std::chrono::seconds(1));
    ASSERT_TRUE(store->execute("ALTER TABLE job_runs RENAME COLUMN signal TO sagnal"));
  }
  ASSERT_TRUE(start());
  ASSERT_TRUE(wait_until([&] { return saw_event("store_quarantined"); }));
  expect_it_works();
}

TEST_F(StoreFailure, SurvivesBitFlipsAnywhere) {
  make_store(60);
  const std::string good = dir_.path("good.db");
  std::filesystem::copy_file(options_.path, good);
  const std::size_t size = std::filesystem::file_size(good);
  std::mt19937 random(7);
  for (int round = 0; round < 30; ++round) {
    std::filesystem::copy_file(good, options_.path, std::filesystem::copy_options::overwrite_existing);
    for (int flip = 0; flip < 8; ++flip) overwrite(random() % size, "\xa5");
    ASSERT_TRUE(start());
    append("cpu", 900'000, 50);
    EXPECT_TRUE(wait_until([&] { return store_->status().writable && store_->status().queue_samples == 0; }))
        << store_->status().last_error;
    store_->stop(std::chrono::seconds(10));
    store_.reset();
  }
}

TEST_F(StoreFailure, KeepsTheTwoNewestQuarantinedSets) {
  for (int round = 0; round < 4; ++round) {
    dir_.write("metrics.db", std::string(10'000, static_cast<char>('a' + round)));
    ASSERT_TRUE(start());
    stop();
    std::filesystem::remove(options_.path);
  }
  std::string kept;
  for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
    if (entry.file_size() == 10'000) kept += static_cast<char>(std::ifstream(entry.path()).get());
  }
  std::ranges::sort(kept);
  EXPECT_EQ(kept, "cd");
  EXPECT_EQ(quarantined_files(), 2U);
}

TEST_F(StoreFailure, GoesOnWithoutItsLog) {
  ASSERT_TRUE(start());
  append("cpu", 1'000, 50);
  ASSERT_TRUE(collected(50));
  // As a copy of the database file alone, made while it was in use.
  std::filesystem::copy_file(options_.path, dir_.path("copy.db"));
  stop();
  std::filesystem::rename(dir_.path("copy.db"), options_.path);
  ASSERT_TRUE(start());
  expect_it_works();
}

TEST_F(StoreFailure, RefusesANewerSchemaAndLeavesItAlone) {
  make_store();
  {
    auto newer =
        SqliteConnection::open(options_.path, SqliteConnection::Mode::read_write, std::chrono::seconds(1));
    ASSERT_TRUE(newer->execute("PRAGMA user_version = 1000"));
  }
  ASSERT_TRUE(start());
  EXPECT_FALSE(store_->status().writable);
  EXPECT_THAT(store_->status().last_error, HasSubstr("has schema version 1000, this program knows up to 4"));
  ASSERT_TRUE(wait_until([&] { return saw_event("store_failing"); }));
  EXPECT_FALSE(store_->stop(std::chrono::seconds(10)));
  EXPECT_EQ(quarantined_files(), 0U);
  EXPECT_EQ(query("SELECT count(*) FROM samples"), 10'000);
}

TEST_F(StoreFailure, RefusesTheDatabaseOfAnotherProgram) {
  dir_.write("metrics.db", "");
  {
    auto other =
        SqliteConnection::open(options_.path, SqliteConnection::Mode::read_write, std::chrono::seconds(1));
    ASSERT_TRUE(other->execute("CREATE TABLE bookmarks (url)"));
  }
  ASSERT_TRUE(start());
  EXPECT_THAT(store_->status().last_error, HasSubstr("is the SQLite database of another program"));
  EXPECT_EQ(query("SELECT count(*) FROM bookmarks"), 0);
}

TEST_F(StoreFailure, WaitsForAMissingFolderAndLosesNothing) {
  options_.path = dir_.path("later/metrics.db");
  ASSERT_TRUE(start());
  EXPECT_FALSE(store_->status().writable);
  EXPECT_THAT(store_->status().last_error, HasSubstr("No such file or directory"));
  for (int i = 1; i <= 20; ++i) append("cpu", i * 1'000, 10);
  EXPECT_EQ(store_->status().queue_samples, 200U);
  ASSERT_TRUE(wait_until([&] { return saw_event("store_failing"); }));
  std::filesystem::create_directory(dir_.path("later"));
  ASSERT_TRUE(collected(200));
  ASSERT_TRUE(wait_until([&] { return saw_event("store_recovered"); }));
  stop();
  EXPECT_EQ(count_events("store_failing"), 1);
  EXPECT_EQ(query_text("SELECT group_concat(kind) FROM (SELECT kind FROM events ORDER BY seq)"),
            "store_failing,store_recovered");
  expect_exact_counters();
}

TEST_F(StoreFailure, DropsTheOldestBatchesWhenTheQueueIsFull) {
  options_.path = dir_.path("later/metrics.db");
  options_.queue_bytes_max = 100'000;
  ASSERT_TRUE(start());
  ASSERT_TRUE(wait_until([&] { return saw_event("store_failing"); }));
  constexpr std::uint64_t batches = 500;
  for (std::uint64_t i = 1; i <= batches; ++i) append("cpu", static_cast<std::int64_t>(i) * 1'000, 10);
  const std::uint64_t kept = store_->status().queue_samples;
  EXPECT_LT(kept, batches * 10);
  EXPECT_GT(kept, 1'000U);
  std::filesystem::create_directory(dir_.path("later"));
  ASSERT_TRUE(collected(batches * 10));
  EXPECT_EQ(store_->status().counters.dropped["queue_full"], batches * 10 - kept);
  ASSERT_TRUE(wait_until([&] { return saw_event("samples_dropped"); }));
  stop();
  EXPECT_EQ(query("SELECT max(time_ms) FROM batches WHERE collector = 'cpu'"), 500'000);
  EXPECT_EQ(query("SELECT count(*) FROM batches WHERE collector = 'cpu'") * 10,
            static_cast<std::int64_t>(kept));
  expect_exact_counters();
}

TEST_F(StoreFailure, WaitsForAnotherProgramThatHoldsTheStore) {
  make_store();
  auto other =
      SqliteConnection::open(options_.path, SqliteConnection::Mode::read_write, std::chrono::seconds(1));
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
  ASSERT_TRUE(start());
  append("cpu", 900'000, 50);
  ASSERT_TRUE(wait_until([&] { return saw_event("store_failing"); }));
  EXPECT_THAT(store_->status().last_error, HasSubstr("locked by another program"));
  EXPECT_EQ(store_->status().queue_samples, 50U);
  ASSERT_TRUE(other->execute("COMMIT"));
  ASSERT_TRUE(collected(10'050));
  expect_it_works();
}

TEST_F(StoreFailure, BeginsAnotherFileWhenItsOwnIsRemovedInUse) {
  make_store();
  ASSERT_TRUE(start());
  StoreReader reader(options_.path);
  EXPECT_EQ(reader.batches(0, 1).value().front().seq, 1);
  for (const char* companion : {"", "-wal", "-shm"}) std::filesystem::remove(options_.path + companion);
  EXPECT_FALSE(reader.batches(0, 1));
  append("cpu", 900'000, 50);
  ASSERT_TRUE(collected(10'050));
  EXPECT_TRUE(saw_event("store_moved"));
  const auto batches = reader.batches(0, 1'000);
  ASSERT_TRUE(batches) << batches.error().message;
  EXPECT_EQ(batches->back().samples.size() + batches->front().samples.size(), 50U);
  EXPECT_EQ(store_->status().counters.dropped["store_lost"], 10'000U);
  expect_it_works();
}

TEST_F(StoreFailure, SaysWhoHoldsTheStoreWhenThatIsFoundLater) {
  make_store();
  LocalStoreOptions first = options_;
  auto owner = LocalStore::start(first, host_, nullptr);
  ASSERT_TRUE(owner);
  // A link to the folder that appears later leads to the same store.
  options_.path = dir_.path("link/metrics.db");
  ASSERT_TRUE(start());
  std::filesystem::create_directory_symlink(dir_.path(), dir_.path("link"));
  ASSERT_TRUE(
      wait_until([&] { return store_->status().last_error.find("already running") != std::string::npos; }));
  ASSERT_TRUE((*owner)->stop(std::chrono::seconds(10)));
  expect_it_works();
}

TEST_F(StoreFailure, RefusesALockThatIsALink) {
  std::filesystem::create_symlink(dir_.path("elsewhere"), options_.path + ".lock");
  ASSERT_TRUE(start());
  EXPECT_THAT(store_->status().last_error, HasSubstr("metrics.db.lock: Too many levels of symbolic links"));
  EXPECT_FALSE(std::filesystem::exists(dir_.path("elsewhere")));
}

}  // namespace
}  // namespace caretaker
