#pragma once
// The event stream as a trace for ui.perfetto.dev: JSON of the trace event format.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/instruction_texts.hpp"
#include "trace/output_file.hpp"
#include "trace/writer.hpp"

namespace dojo::trace {

/// A process for each node, a track for each hart, unit, channel and direction of packets. A cycle is shown as 1 ns.
/// Flow arrows lead from packets at their source to them at their destination.
class PerfettoWriter : public Writer {
 public:
  PerfettoWriter(const std::string& file, const TraceContext& context);
  void write(const Event& event, std::uint64_t packet, const Flow* flow) override;
  void finish(std::uint64_t end) override;

  /// Tracks of a node.
  enum Track : unsigned {
    hart_0 = 1,
    matrix = 5,
    channel_0 = 6,
    service = 10,
    packets_out = 11,
    packets_in = 12,
    reads_in = 13,
    barrier_0 = 14,
    semaphores = 18,
    host = 19
  };

 private:
  struct Hart {
    HartActivity activity{};
    std::uint64_t since = 0;
    unsigned phases = 0;
    std::array<bool, 16> vector{};  ///< tags of vector instructions that have begun
  };
  struct Node {
    bool named = false;
    std::array<Hart, hw::harts> harts{};
    bool matrix = false;
    std::array<bool, 4> channels{};
    bool service = false;
    std::array<bool, hw::trees> barriers{};
  };

  void name_node(unsigned node);
  /// The part of a record that all have; the record is to be ended.
  void begin_record(char phase, unsigned node, unsigned track, std::uint64_t cycle);
  void begin_slice(const Event& event, unsigned track, std::string_view name, const std::string& detail);
  void end_slice(unsigned node, unsigned track, std::uint64_t cycle);
  void instant(const Event& event, unsigned track, std::string_view name, const std::string& detail);
  void end_activity(unsigned node, unsigned hart, std::uint64_t cycle);
  void change(const Event& event, const HartActivity& activity);
  void retire(const Event& event, const Retired& retired);
  void end_vector(unsigned node, unsigned hart, unsigned tag, std::uint64_t cycle);
  void send(const Event& event, const PacketSent& packet, std::uint64_t number);
  void arrive(const Event& event, const PacketArrived& packet, std::uint64_t number, const Flow* flow);
  void arrive_at_barrier(const Event& event, const BarrierArrival& arrival);
  void sample(const Event& event, const Sample& sample);
  void end_all(unsigned node, std::uint64_t end);

  OutputFile file_;
  TraceContext context_;
  InstructionTexts texts_;
  std::vector<Node> nodes_;
  bool is_first_ = true;
};

}  // namespace dojo::trace
