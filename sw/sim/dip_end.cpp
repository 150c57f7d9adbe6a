#include "sim/dip_end.hpp"

#include <Vinterface_processor.h>
#include <Vinterface_processor__Syms.h>
#include <Vinterface_processor___024root.h>
#include <verilated.h>

#include <cstring>
#include <vector>

#include "sim/verilated_state.hpp"

// Made by scripts/verilate.py.
extern const unsigned long long Vinterface_processor_hash;  // NOLINT(readability-identifier-naming): by Verilator

#include "common/ethernet_route.hpp"

namespace dojo::sim {
namespace {

constexpr unsigned dip_reset_cycles = 2;
constexpr std::uint64_t refresh_period = std::uint64_t{1} << hw::dip_refresh_bits;
constexpr unsigned line_bits = 26;  // of a line number at a channel
static_assert(hw::dip_channel_lines == 1U << line_bits);

VerilatedContext& dip_context() {
  // One for all: they share nothing in it but settings that never change.
  static VerilatedContext shared;
  return shared;
}

/// Bits `first` .. `first + bits - 1` of a wide value.
template <typename Wide>
std::uint32_t field(const Wide& words, unsigned first, unsigned bits) {
  std::uint64_t both = words[first / 32];
  if ((first + bits - 1) / 32 != first / 32) both |= std::uint64_t{words[first / 32 + 1]} << 32U;
  return static_cast<std::uint32_t>(both >> (first % 32)) & ((1U << bits) - 1);
}

/// 64 bits from a multiple of 32 on.
template <typename Wide>
std::uint64_t wide_field(const Wide& words, unsigned first) {
  return words[first / 32] | std::uint64_t{words[first / 32 + 1]} << 32U;
}

constexpr unsigned fault_bits = hw::DipListFault::bits;
static_assert(fault_bits == 64);
constexpr unsigned semaphore_bits = 5;
static_assert(hw::semaphores == 1U << semaphore_bits);

constexpr unsigned bit_of(hw::DipStatus status) {
  return 1U << static_cast<unsigned>(status);
}
/// What ends a run.
constexpr unsigned wrong_status = bit_of(hw::DipStatus::list_fault) | bit_of(hw::DipStatus::ring_error) |
                                  bit_of(hw::DipStatus::start_lost) | bit_of(hw::DipStatus::link_down);

unsigned status_of(const Vinterface_processor& dip) {
  return dip.rootp->interface_processor__DOT__u_registers__DOT__status_q;
}

/// Writes coordinate `element` of a packed array.
template <typename Wide>
void set_coordinate(Wide& words, unsigned element, unsigned value) {
  for (unsigned bit = 0; bit < hw::coordinate_bits; ++bit) {
    const unsigned place = element * hw::coordinate_bits + bit;
    words[place / 32] = (words[place / 32] & ~(1U << (place % 32))) | ((value >> bit & 1U) << (place % 32));
  }
}

}  // namespace

DipEnd::DipEnd(const DipSite& site)
    : site_(site),
      mac_(ttp_node(site)),
      dip_(std::make_unique<Vinterface_processor>(&dip_context(), "interface_processor")) {
  outputs.flits = &flits_;
  outputs.credits = &credits_;
  for (unsigned p = 0; p < hw::dip_ports; ++p) {
    outputs.header[p] = dip_->flit_header_o[p].data();
    outputs.data[p] = dip_->flit_data_o.data() + std::size_t{p} * payload_words;
    constexpr unsigned nowhere = (1U << hw::coordinate_bits) - 1;
    set_coordinate(dip_->x_i, p, site_.ports[p] ? site_.ports[p]->address.x : nowhere);
    set_coordinate(dip_->y_i, p, site_.ports[p] ? site_.ports[p]->address.y : nowhere);
  }
  dip_->clk_i = 0;
  dip_->rst_ni = 0;
  dip_->phase_i = 0;
  dip_->flit_valid_i = 0;
  dip_->credit_i = 0;
  DipHost::reset(*dip_);
  dip_->rx_valid_i = 0;
  dip_->tx_ready_i = 0;
  for (unsigned c = 0; c < dip_reset_cycles; ++c) clock();
  dip_->rst_ni = 1;
  boot_write(hw::dip_control_ethernet_port_offset, ethernet_port(site));
}

void DipEnd::boot_write(std::uint64_t offset, std::uint64_t data) {
  dip_->register_valid_i = 1;
  dip_->register_write_i = 1;
  dip_->register_address_i = static_cast<std::uint16_t>(offset);
  dip_->register_data_i = data;
  clock();
  dip_->register_valid_i = 0;
  clock();
}

DipEnd::~DipEnd() = default;

// Nothing happens at the falling edge: see VerilatedNode::evaluate.
void DipEnd::clock() {
  dip_->clk_i = 1;
  dip_->eval();
  dip_->clk_i = 0;
  if constexpr (requires(Vinterface_processor& dip) { dip.rootp->__Vtrigrprev__TOP__clk_i = 0; }) {
    dip_->rootp->__Vtrigrprev__TOP__clk_i = 0;
  } else {
    dip_->eval();
  }
}

// What the channels ask for in this cycle.
void DipEnd::serve_storage() {
  for (unsigned c = 0; c < hw::dip_channels; ++c) {
    if ((dip_->storage_valid_o >> c & 1U) == 0) continue;
    ++storage_accesses_;
    const std::uint32_t line = field(dip_->storage_line_o, c * line_bits, line_bits);
    if ((dip_->storage_write_o >> c & 1U) != 0) {
      std::uint64_t strobes = 0;
      std::memcpy(&strobes, dip_->storage_strobes_o.data() + 2 * c, sizeof strobes);
      storage_.write(c, line, dip_->storage_data_o.data() + std::size_t{payload_words} * c, strobes);
    } else {
      storage_.read(c, line, dip_->storage_data_i.data() + std::size_t{payload_words} * c);
    }
  }
}

void DipEnd::evaluate(std::uint64_t cycle, const EdgeInbox& arrived) {
  std::uint32_t flits = 0;
  std::uint32_t credits = 0;
  for (unsigned p = 0; p < hw::dip_ports; ++p) {
    credits |= (arrived.credits[p] & 1U) << p | (arrived.credits[p] >> 1 & 1U) << (hw::dip_ports + p);
    if (arrived.flits[p] == 0) continue;
    flits |= 1U << p;
    std::memcpy(dip_->flit_header_i[p].data(), arrived.header[p].data(), sizeof(FlitHeader));
    std::memcpy(dip_->flit_data_i.data() + std::size_t{p} * payload_words, arrived.data[p].data(), sizeof(FlitPayload));
    if (observer_ != nullptr) {
      observer_->arrived(site_.ports[p]->address, cycle, arrived.header[p], arrived.data[p]);
    }
  }
  dip_->flit_valid_i = static_cast<std::uint8_t>(flits);
  dip_->credit_i = static_cast<std::uint16_t>(credits);
  dip_->phase_i = static_cast<std::uint16_t>(cycle % refresh_period);
  if (dip_->storage_valid_o != 0) serve_storage();
  mac_.serve(*dip_, cycle);
  host_.serve(*dip_, cycle);  // last: it looks at outputs that depend on inputs
  clock();
  flits_ = dip_->flit_valid_o;
  const std::uint64_t returned = dip_->credit_o;
  constexpr std::uint64_t ports = (1U << hw::dip_ports) - 1;
  credits_ = (returned & ports) | (returned >> hw::dip_ports) << hw::edge_ports;
}

bool DipEnd::is_busy() const {
  return dip_->busy_o != 0;
}

bool DipEnd::has_failed() const {
  return dip_->remote_error_o >> 63 != 0 || ((status_of(*dip_) & wrong_status) != 0 && !host_.has_writes());
}

DipErrors DipEnd::errors() const {
  DipErrors errors{
      .access = dip_->access_error_o, .remote = dip_->remote_error_o, .reports_lost = dip_->reports_lost_o};
  for (unsigned channel = 0; channel < errors.lists.size(); ++channel) {
    errors.lists[channel] = wide_field(dip_->rootp->interface_processor__DOT__list_fault, channel * fault_bits);
  }
  errors.ring = static_cast<hw::RingError>(dip_->rootp->interface_processor__DOT__ring_error);
  errors.start_lost = (status_of(*dip_) & bit_of(hw::DipStatus::start_lost)) != 0;
  errors.link_down = (status_of(*dip_) & bit_of(hw::DipStatus::link_down)) != 0;
  return errors;
}

std::uint32_t DipEnd::semaphore(unsigned id) const {
  return dip_->rootp->interface_processor__DOT__u_semaphores__DOT__count_q[id];
}

bool DipEnd::has_waits() const {
  return dip_->rootp->interface_processor__DOT__wait_valid != 0;
}

DipWaits DipEnd::waits() const {
  DipWaits waits;
  for (unsigned channel = 0; channel < waits.size(); ++channel) {
    waits[channel].waits = (dip_->rootp->interface_processor__DOT__wait_valid >> channel & 1U) != 0;
    waits[channel].semaphore =
        static_cast<unsigned>(dip_->rootp->interface_processor__DOT__wait_sem >> (channel * semaphore_bits)) %
        hw::semaphores;
    waits[channel].amount = dip_->rootp->interface_processor__DOT__wait_amount[channel];
  }
  return waits;
}

std::optional<std::uint64_t> DipEnd::descriptor_address(unsigned channel) const {
  constexpr std::uint64_t of_ring = (std::uint64_t{1} << hw::offset_bits) - 1;
  const std::uint64_t address = dip_->rootp->interface_processor__DOT__u_engine__DOT__address[channel];
  return address == of_ring ? std::nullopt : std::optional(address);
}

void DipEnd::save(SnapshotWriter& snapshot) {
  std::vector<std::byte> state;
  state_of(*dip_, state);
  snapshot.put_sparse(state);
  save_memory(snapshot, storage_.memory());
  host_.save(snapshot);
  mac_.save(snapshot);
}

void DipEnd::restore(SnapshotReader& snapshot) {
  set_state_of(*dip_, snapshot.get_sparse());
  restore_memory(snapshot, storage_.memory());
  host_.restore(snapshot);
  mac_.restore(snapshot);
}

std::uint64_t dip_end_hash() {
  return Vinterface_processor_hash;
}

std::uint64_t dip_end_bytes() {
  return sizeof(Vinterface_processor__Syms);
}

}  // namespace dojo::sim
