// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "systemd_container/service_fixture.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (!testing::GTEST_FLAG(list_tests))
    testing::AddGlobalTestEnvironment(new caretaker::Machine);  // gtest owns it
  return RUN_ALL_TESTS();
}
