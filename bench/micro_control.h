// SPDX-License-Identifier: MIT
#pragma once

namespace caretaker::bench {

// Registers the round trip of one request over the control socket with Google Benchmark.
void register_control_benchmark();

}  // namespace caretaker::bench
