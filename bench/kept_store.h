// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "base/identity.h"
#include "sql/local_store.h"

namespace caretaker::bench {

// For a store from which retention takes nothing, however old and large it is made.
[[nodiscard]] LocalStoreOptions keep_everything(std::string path);

// Opens a store and waits until it can be written: a slow disk may need longer than LocalStore::start()
// waits. Throws.
[[nodiscard]] std::unique_ptr<LocalStore> open_store(LocalStoreOptions options, const HostIdentity& host);

}  // namespace caretaker::bench
