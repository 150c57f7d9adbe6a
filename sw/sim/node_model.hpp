#pragma once
// One simulated RTL node as the mesh engine sees it, whichever Verilated class stands behind it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/backend.hpp"
#include "common/error.hpp"
#include "common/hart_registers.hpp"
#include "sim/node_activity.hpp"
#include "sim/node_queues.hpp"

namespace dojo::sim {

using dojo::directions;
inline constexpr unsigned header_words = 4;    ///< 32-bit words of a flit's header
inline constexpr unsigned payload_words = 16;  ///< 32-bit words of a flit's payload
inline constexpr std::uint64_t never = ~std::uint64_t{0};

using FlitHeader = std::array<std::uint32_t, header_words>;
using FlitPayload = std::array<std::uint32_t, payload_words>;

/// Pointers to the ports of a Verilated node; valid as long as the node lives.
struct NodePorts {
  std::uint8_t* reset_n;
  std::uint64_t* cycle;
  std::uint8_t* flit_valid_in;
  std::array<std::uint32_t*, directions> flit_header_in;
  std::array<std::uint32_t*, directions> flit_data_in;
  std::uint8_t* credit_in;
  std::uint8_t* tree_valid_in;
  std::uint16_t* tree_credit_in;
  std::uint8_t* token_in;  ///< one byte per direction
  std::uint8_t* host_valid;
  std::uint32_t* host_address;
  std::uint64_t* host_data;

  const std::uint8_t* flit_valid_out;
  std::array<const std::uint32_t*, directions> flit_header_out;
  std::array<const std::uint32_t*, directions> flit_data_out;
  const std::uint8_t* credit_out;
  const std::uint8_t* tree_valid_out;
  const std::uint16_t* tree_credit_out;
  const std::uint8_t* token_out;
  const std::uint8_t* idle;
  const std::uint64_t* wake_cycle;
  const std::uint16_t* hart_state;
  const std::uint8_t* fault;
};

/// An instruction that retired or a trap that was taken in a cycle (docs/node.md, "Retirement").
struct Retirement {
  bool valid = false;
  unsigned hart = 0;
  std::uint64_t pc = 0;
  std::uint32_t instruction = 0;
  bool writes_register = false;
  bool late = false;         ///< the register's value, and what an atomic operation stores, comes as a LateResult
  unsigned destination = 0;  ///< bit 5 set: f register
  std::uint64_t destination_data = 0;
  unsigned memory = 0;       ///< 0 none, 1 load, 2 store, 3 atomic
  unsigned memory_size = 0;  ///< log2 of the bytes
  std::uint64_t memory_address = 0;
  std::uint64_t memory_data = 0;
  bool trap = false;
  std::uint64_t cause = 0;
  std::uint64_t trap_value = 0;
  bool vector = false;      ///< went to the vector unit
  unsigned vector_tag = 0;  ///< then: under this tag
};

/// Instructions that can retire in one cycle.
inline constexpr unsigned retire_ports = 2;

/// A result that came after its instruction had retired.
struct LateResult {
  bool valid = false;
  unsigned hart = 0;
  bool writes_register = false;
  unsigned destination = 0;  ///< as in Retirement
  std::uint64_t data = 0;
  bool stores = false;  ///< an atomic operation has written
  std::uint64_t stored = 0;
};

/// A vector register that is written at the end of a cycle.
struct VectorWrite {
  bool valid = false;
  unsigned hart = 0;
  unsigned tag = 0;          ///< of the instruction
  bool synchronous = false;  ///< the instruction retires after its end, when its tag may be another's
  unsigned destination = 0;
  std::uint64_t byte_enable = 0;
  std::array<std::uint8_t, hw::line_bytes> data{};
};

/// A vector instruction that ends in a cycle.
struct VectorEnd {
  bool valid = false;
  unsigned hart = 0;
  unsigned tag = 0;
  bool synchronous = false;
};

inline constexpr unsigned vector_write_ports = 3;  ///< two loads, arithmetic
inline constexpr unsigned vector_pipes = 4;        ///< two of loads, stores, arithmetic

/// A packet that took effect at a node, or a remote read that the node has taken, in a cycle.
struct NetworkEvent {
  bool valid = false;
  FlitHeader header{};
  FlitPayload payload{};
};

/// Headers of the flits on the link between a node and its own router; null: none.
struct LocalFlits {
  const std::uint32_t* to_router = nullptr;
  const std::uint32_t* from_router = nullptr;
};

/// One node. Not thread-safe: one thread at a time may call a node's functions.
class NodeModel {
 public:
  NodeModel() = default;
  NodeModel(const NodeModel&) = delete;
  NodeModel& operator=(const NodeModel&) = delete;
  virtual ~NodeModel() = default;

  /// Lets one clock cycle pass. Throws AssertionError when an assertion fails.
  virtual void evaluate() = 0;

  /// Whether cycles that are evaluated from now on belong to the run and are recorded, where waves are.
  virtual void set_recorded(bool /*is_recorded*/) {}

  /// The data cells of the SRAM, in address order. What is written here leaves the check bits as they are.
  [[nodiscard]] virtual std::span<std::byte> sram() = 0;
  /// Writes bytes of the SRAM from `offset` on, with their check bits, outside simulated time.
  virtual void write_sram(std::size_t offset, std::span<const std::byte> bytes) = 0;

  /// Puts all of its state in `bytes`, for a node of the same class to go on with. Throws RunError when the class
  /// cannot tell it.
  virtual void get_state(std::vector<std::byte>& bytes);
  /// Goes on from the state of such a node. Throws InputError when the bytes are no state of this class.
  virtual void set_state(std::span<const std::byte> bytes);

  [[nodiscard]] virtual HartStatus hart_status(unsigned hart) const = 0;
  /// The fault register, as control_fault describes it.
  [[nodiscard]] virtual std::uint64_t fault_register() const = 0;
  [[nodiscard]] virtual NodeErrors errors() const = 0;
  [[nodiscard]] virtual std::uint32_t semaphore(unsigned id) const = 0;
  /// Counter `index`; `hart` matters for counters of hart scope only.
  [[nodiscard]] virtual std::uint64_t counter(unsigned index, unsigned hart) const = 0;
  [[nodiscard]] virtual std::uint64_t instructions_retired(unsigned hart) const = 0;
  /// As they are stored: results that come after their instruction has retired may be missing. Throws RunError when the
  /// class has none.
  [[nodiscard]] virtual HartRegisters registers(unsigned hart) const;
  /// What waits in it. Empty where the class cannot tell.
  [[nodiscard]] virtual NodeQueues queues() const { return {}; }
  /// Grows with every instruction, step and packet.
  [[nodiscard]] std::uint64_t progress() const;

  /// What the last evaluated cycle did; the late result comes before the retirements.
  [[nodiscard]] virtual LateResult late_result() const = 0;
  [[nodiscard]] virtual Retirement retirement(unsigned port) const = 0;
  [[nodiscard]] virtual VectorWrite vector_write(unsigned port) const = 0;
  [[nodiscard]] virtual VectorEnd vector_end(unsigned pipe) const = 0;
  [[nodiscard]] virtual NetworkEvent packet_applied() const = 0;
  [[nodiscard]] virtual NetworkEvent read_accepted() const = 0;
  /// What goes on beside; nothing in a class that does not tell.
  [[nodiscard]] virtual NodeActivity activity() const { return {}; }
  /// What is on the link to and from the router after that cycle; nothing in a class that cannot tell.
  [[nodiscard]] virtual LocalFlits local_flits() const { return {}; }

  NodePorts ports{};
};

inline void NodeModel::get_state(std::vector<std::byte>& /*bytes*/) {
  throw RunError("snapshots: this class of node cannot be saved");
}

inline void NodeModel::set_state(std::span<const std::byte> /*bytes*/) {
  throw RunError("snapshots: this class of node cannot be restored");
}

inline HartRegisters NodeModel::registers(unsigned /*hart*/) const {
  throw RunError("this class of node has no registers");
}

inline std::uint64_t NodeModel::progress() const {
  std::uint64_t sum = 0;
  for (unsigned hart = 0; hart < hw::harts; ++hart) sum += instructions_retired(hart);
  for (const hw::Counter moved : {hw::Counter::matrix_steps, hw::Counter::vector_instructions, hw::Counter::flits_sent,
                                  hw::Counter::flits_received}) {
    sum += counter(static_cast<unsigned>(moved), 0);
  }
  return sum;
}

/// What a node is made with.
struct NodeOptions {
  Coordinates position = {};
  std::uint64_t seed = 0;  ///< of the initial values of unreset state, in node classes that randomise it
};

using NodeFactory = std::unique_ptr<NodeModel> (*)(const NodeOptions&);

/// The fast node class, without waves.
std::unique_ptr<NodeModel> make_plain_node(const NodeOptions& options);

class WaveFile;
/// The node class that can write waves into `file`, which must outlive it. It begins by copy_state().
std::unique_ptr<NodeModel> make_traced_node(const NodeOptions& options, WaveFile& file);
/// Lets `to` go on where `from` is: one of the fast class and one of that which can write waves, in either direction.
/// Throws RunError for other nodes.
void copy_state(NodeModel& from, NodeModel& to);

}  // namespace dojo::sim
