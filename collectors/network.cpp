// SPDX-License-Identifier: MIT
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "collectors/collector.h"
#include "collectors/keyed_states.h"
#include "collectors/net_dev.h"
#include "collectors/source_text.h"

namespace caretaker {
namespace {

// In the order of NetDevField.
constexpr std::array<MetricInfo, net_dev_fields> metrics = {
    counter("network_receive_bytes_total", "bytes", "Bytes received (/proc/net/dev)."),
    counter("network_receive_packets_total", "", "Packets received (/proc/net/dev)."),
    counter("network_receive_errs_total", "", "Errors while receiving (/proc/net/dev)."),
    counter("network_receive_drop_total", "", "Received packets that were dropped (/proc/net/dev)."),
    counter("network_receive_fifo_total", "", "Receive FIFO overruns (/proc/net/dev)."),
    counter("network_receive_frame_total", "", "Framing errors while receiving (/proc/net/dev)."),
    counter("network_receive_compressed_total", "", "Compressed packets received (/proc/net/dev)."),
    counter("network_receive_multicast_total", "", "Multicast frames received (/proc/net/dev)."),
    counter("network_transmit_bytes_total", "bytes", "Bytes sent (/proc/net/dev)."),
    counter("network_transmit_packets_total", "", "Packets sent (/proc/net/dev)."),
    counter("network_transmit_errs_total", "", "Errors while sending (/proc/net/dev)."),
    counter("network_transmit_drop_total", "", "Packets dropped before they were sent (/proc/net/dev)."),
    counter("network_transmit_fifo_total", "", "Transmit FIFO underruns (/proc/net/dev)."),
    counter("network_transmit_colls_total", "", "Collisions while sending (/proc/net/dev)."),
    counter("network_transmit_carrier_total", "", "Carrier losses while sending (/proc/net/dev)."),
    counter("network_transmit_compressed_total", "", "Compressed packets sent (/proc/net/dev)."),
};

struct DeviceState {
  bool measured = false;
  std::array<SeriesRef, net_dev_fields> series;
};

class NetworkCollector final : public Collector {
 public:
  explicit NetworkCollector(const CollectorContext& context)
      : series_(context.series),
        filter_(context.paths, context.config.network),
        file_(context.paths.proc("1/net/dev"), context.paths.proc("net/dev")) {}

  Result<Outcome> collect(SampleBatch& out) override {
    const auto text = file_.read();
    if (!text) return without_source(text.error());
    SourceLines lines(file_.path(), *text);
    devices_.begin_pass();
    filter_.begin_pass();
    bool found = false;
    std::string_view line;
    for (std::size_t i = 0; i < net_dev_heading_lines; ++i) {
      if (!lines.next(line)) break;
    }
    while (lines.next(line)) {
      const auto device = parse_net_dev_line(line);
      const DeviceState* state =
          device ? devices_.find_or_add(device->device, [&] { return make_state(device->device); }) : nullptr;
      if (state == nullptr) {
        lines.reject();
      } else if (state->measured) {
        for (std::size_t i = 0; i < net_dev_fields; ++i) out.add(state->series[i], device->counters[i]);
        found = true;
      }
    }
    devices_.end_pass();
    return lines.result(found);
  }

 private:
  [[nodiscard]] DeviceState make_state(std::string_view device) {
    DeviceState state{.measured = filter_.measures(std::string(device)), .series = {}};
    if (!state.measured) return state;
    for (std::size_t i = 0; i < net_dev_fields; ++i) {
      state.series[i] = series_.make(metrics[i], {{"device", device}});
    }
    return state;
  }

  const SeriesFactory& series_;
  NetworkDeviceFilter filter_;
  PolledPair file_;
  KeyedStates<DeviceState> devices_;
};

}  // namespace

extern const CollectorInfo network_collector = {
    .name = "network",
    .job = "network",
    .help = "Traffic, errors and drops of network devices (/proc/1/net/dev, else /proc/net/dev).",
    .metrics = metrics,
    .create = create_collector<NetworkCollector>};

}  // namespace caretaker
