// SPDX-License-Identifier: MIT
#include "faulty_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <cstddef>
#include <limits>

namespace caretaker {
namespace {

std::atomic<int> operation_count{0};
std::atomic<int> first_failing{std::numeric_limits<int>::max()};
std::atomic<int> failing_end{std::numeric_limits<int>::max()};
std::atomic<FaultyVfs::Fault> kind{FaultyVfs::Fault::io_error};
std::atomic<bool> hanging{false};
std::atomic<int> hung{0};
std::atomic<int> sync_count{0};

// SQLITE_OK, or the error that the operation must return; `io_error` is its own kind of SQLITE_IOERR.
int next_operation(int io_error) {
  if (hanging) {
    ++hung;
    hanging.wait(true);
    --hung;
  }
  const int number = ++operation_count;
  if (number < first_failing || number >= failing_end) return SQLITE_OK;
  return kind == FaultyVfs::Fault::disk_full ? SQLITE_FULL : io_error;
}

struct File {
  sqlite3_file base;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<File*>(file)->real();
}

template <auto Method, class... Arguments>
int forward(sqlite3_file* file, Arguments... arguments) {
  return (real(file)->pMethods->*Method)(real(file), arguments...);
}

template <auto Method, int IoError, class... Arguments>
int forward_or_fail(sqlite3_file* file, Arguments... arguments) {
  const int fault = next_operation(IoError);
  if (fault != SQLITE_OK && kind != FaultyVfs::Fault::lost_reply) return fault;
  const int result = (real(file)->pMethods->*Method)(real(file), arguments...);
  return fault != SQLITE_OK ? fault : result;
}

// Nothing here survives the machine, so the disk need not be waited for.
int sync_nothing(sqlite3_file*, int) {
  ++sync_count;
  return next_operation(SQLITE_IOERR_FSYNC);
}

// Giving a lock back cannot fail (fcntl(2)); SQLite would wait ten seconds for itself.
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  if ((flags & SQLITE_SHM_UNLOCK) != 0)
    return forward<&sqlite3_io_methods::xShmLock>(file, offset, count, flags);
  return forward_or_fail<&sqlite3_io_methods::xShmLock, SQLITE_IOERR_SHMLOCK>(file, offset, count, flags);
}

void shm_barrier(sqlite3_file* file) {
  real(file)->pMethods->xShmBarrier(real(file));
}

using M = sqlite3_io_methods;
constexpr M methods{
    .iVersion = 2,
    .xClose = forward<&M::xClose>,
    .xRead = forward_or_fail<&M::xRead, SQLITE_IOERR_READ, void*, int, sqlite3_int64>,
    .xWrite = forward_or_fail<&M::xWrite, SQLITE_IOERR_WRITE, const void*, int, sqlite3_int64>,
    .xTruncate = forward_or_fail<&M::xTruncate, SQLITE_IOERR_TRUNCATE, sqlite3_int64>,
    .xSync = sync_nothing,
    .xFileSize = forward_or_fail<&M::xFileSize, SQLITE_IOERR_FSTAT, sqlite3_int64*>,
    .xLock = forward_or_fail<&M::xLock, SQLITE_IOERR_LOCK, int>,
    .xUnlock = forward<&M::xUnlock, int>,
    .xCheckReservedLock = forward<&M::xCheckReservedLock, int*>,
    .xFileControl = forward<&M::xFileControl, int, void*>,
    .xSectorSize = forward<&M::xSectorSize>,
    .xDeviceCharacteristics = forward<&M::xDeviceCharacteristics>,
    .xShmMap = forward_or_fail<&M::xShmMap, SQLITE_IOERR_SHMMAP, int, int, int, void volatile**>,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = forward<&M::xShmUnmap, int>,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

sqlite3_vfs* real_vfs = nullptr;

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;  // "not open" in case of an error
  if (const int result = next_operation(SQLITE_CANTOPEN); result != SQLITE_OK) return SQLITE_CANTOPEN;
  const int result = real_vfs->xOpen(real_vfs, name, real(file), flags, out_flags);
  if (result == SQLITE_OK) file->pMethods = &methods;
  return result;
}

}  // namespace

void FaultyVfs::install() {
  static sqlite3_vfs vfs;
  if (real_vfs != nullptr) return;
  real_vfs = sqlite3_vfs_find(nullptr);
  vfs = *real_vfs;
  vfs.pNext = nullptr;
  vfs.zName = "faulty";
  vfs.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
  vfs.xOpen = open_file;
  sqlite3_vfs_register(&vfs, 1);
}

void FaultyVfs::fail_from(int first, int count, Fault fault) {
  first_failing = std::numeric_limits<int>::max();
  operation_count = 0;
  kind = fault;
  failing_end = count < std::numeric_limits<int>::max() - first ? first + count : count;
  first_failing = first;
}

void FaultyVfs::heal() {
  first_failing = std::numeric_limits<int>::max();
  hanging = false;
  hanging.notify_all();
}

int FaultyVfs::operations() {
  return operation_count;
}

void FaultyVfs::hang() {
  hanging = true;
}

int FaultyVfs::syncs() {
  return sync_count;
}

bool FaultyVfs::something_hangs() {
  return hung > 0;
}

}  // namespace caretaker
