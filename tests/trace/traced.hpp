#pragma once
// Programs whose events are kept, for tests.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/firmware.hpp"
#include "runtime/machine.hpp"
#include "trace/recorder.hpp"

namespace dojo::trace {

/// An event as writers get it.
struct Item {
  Event event = {};
  std::uint64_t packet = 0;
  std::optional<Flow> flow = {};
};
using Items = std::vector<Item>;

/// Keeps all events.
class Collector : public Writer {
 public:
  explicit Collector(std::shared_ptr<Items> items) : items_(std::move(items)) {}
  void write(const Event& event, std::uint64_t packet, const Flow* flow) override {
    items_->push_back(
        {.event = event, .packet = packet, .flow = flow == nullptr ? std::nullopt : std::optional<Flow>(*flow)});
  }
  void finish(std::uint64_t /*end*/) override {}

 private:
  std::shared_ptr<Items> items_;
};

inline TraceContext context_of(Machine& machine) {
  return {.topology = &machine.backend().topology(),
          .symbolize = [&machine](Coordinates node, std::uint64_t pc) { return machine.symbolize(node, pc); }};
}

inline sim::RtlMachine& rtl_of(Machine& machine) {
  return dynamic_cast<sim::RtlMachine&>(machine.backend());
}

/// A program on all nodes of a machine, up to its end.
class Traced {
 public:
  Traced(const MachineConfig& config, std::string_view program, unsigned harts = 1)
      : machine(config), program_(load_firmware(program)), harts_(harts) {}

  /// Adds a file.
  void write(Format format, const std::string& file) {
    writers_.push_back(make_writer(format, file, context_of(machine)));
  }
  void run(const Window& window = {}, std::initializer_list<std::uint64_t> arguments = {}) {
    writers_.push_back(std::make_unique<Collector>(kept_));
    Recorder recorder(rtl_of(machine), machine.grid().dies.nodes() > 1, window, std::move(writers_));
    machine.load(program_, machine.all());
    machine.launch(program_, machine.all(), arguments, harts_).wait();
    recorder.finish();
  }

  [[nodiscard]] const Items& items() const { return *kept_; }
  /// Payloads of a kind, in their order, of a node.
  template <typename Kind>
  [[nodiscard]] std::vector<std::pair<std::uint64_t, Kind>> all(unsigned node = 0) const {
    std::vector<std::pair<std::uint64_t, Kind>> result;
    for (const Item& item : *kept_) {
      const auto* const payload = std::get_if<Kind>(&item.event.payload);
      if (payload != nullptr && item.event.node == node) result.emplace_back(item.event.cycle, *payload);
    }
    return result;
  }
  [[nodiscard]] std::uint64_t symbol(std::string_view name) const { return program_.symbol(name).value(); }

  Machine machine;

 private:
  Program program_;
  unsigned harts_;
  std::vector<std::unique_ptr<Writer>> writers_;
  std::shared_ptr<Items> kept_ = std::make_shared<Items>();
};

}  // namespace dojo::trace
