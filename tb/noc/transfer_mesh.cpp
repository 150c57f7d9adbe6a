#include "tb/noc/transfer_mesh.hpp"

#include <fmt/format.h>

#include <cstring>
#include <optional>

#include "Vtransfer.h"
#include "Vtransfer___024root.h"
#include "common/error.hpp"
#include "noc/packet.hpp"
#include "verilated.h"

namespace dojo::tb {

using noc::assign_words;
using noc::words_of;

namespace {

unsigned bank_of(unsigned line) {
  return (line ^ (line >> 4) ^ (line >> 8) ^ (line >> 12)) & 15U;
}

}  // namespace

TransferMesh::TransferMesh(const Options& options)
    : options_(options),
      context_(std::make_unique<VerilatedContext>()),
      random_(options.seed * 0x9e3779b97f4a7c15U + 1) {
  context_->randReset(2);
  context_->randSeed(options.reset_seed);
  for (unsigned number = 0; number < options.columns * options.rows; ++number) {
    sites_.push_back(std::make_unique<Site>());
    Site& site = *sites_.back();
    site.model = std::make_unique<Vtransfer>(context_.get(), fmt::format("node{}", number).c_str());
    Vtransfer& model = *site.model;
    model.x_i = static_cast<std::uint16_t>(number % options.columns);
    model.y_i = static_cast<std::uint16_t>(number / options.columns);
    model.rst_ni = 0;
    model.flit_valid_i = 0;
    model.credit_i = 0;
    model.command_valid_i = 0;
    model.remote_valid_i = 0;
    model.nr_grant_i = 0;
    model.nr_bad_i = 0;
    model.taken_i = 0;
    model.nw_grant_i = 0;
    model.protect_enable_i = 0;
    model.host_valid_i = 0;
    model.tree_room_i = 1;
    for (int i = 0; i < 2; ++i) {
      model.clk_i = 0;
      model.eval();
      model.clk_i = 1;
      model.eval();
    }
    model.rst_ni = 1;
  }
}

TransferMesh::~TransferMesh() {
  // A model leaves its context through the thread's current one, which may be another mesh's.
  Verilated::threadContextp(context_.get());
  sites_.clear();
}

void TransferMesh::issue(unsigned node, const hw::TransferDescriptor& descriptor, std::uint32_t address,
                         unsigned channel) {
  static_assert(sizeof descriptor == sizeof(Line));
  Node& target = (*this)[node];
  std::memcpy(target.memory.at((address - hw::sram_base) / hw::line_bytes).data(), &descriptor, sizeof descriptor);
  target.commands.push_back(address + channel);
}

void TransferMesh::protect(unsigned node, const std::vector<ProtectEntry>& entries) {
  // The packed table, from its lowest word: 8 rights of 4 bits, 8 rectangles and 8 ranges of 64 bits.
  constexpr unsigned rectangles = 1;
  constexpr unsigned ranges = rectangles + 16;
  std::array<std::uint32_t, ranges + 16> table{};
  for (unsigned e = 0; e < entries.size(); ++e) {
    const ProtectEntry& entry = entries[e];
    table[0] |= entry.rights << (4 * e);
    table.at(rectangles + 2 * e) = entry.x_first | entry.y_first << 16;
    table.at(rectangles + 2 * e + 1) = entry.x_last | entry.y_last << 16;
    table.at(ranges + 2 * e) = entry.first;
    table.at(ranges + 2 * e + 1) = entry.last;
  }
  Vtransfer& model = *sites_.at(node)->model;
  assign_words(model.protect_table_i, table);
  model.protect_enable_i = 1;
}

void TransferMesh::write_register(unsigned node, std::uint64_t address, std::uint64_t data) {
  Vtransfer& model = *sites_.at(node)->model;
  model.host_valid_i = 1;
  model.host_address_i = static_cast<std::uint32_t>(address);
  model.host_data_i = data;
  step();
  model.host_valid_i = 0;
}

double TransferMesh::chance() {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return static_cast<double>(random_ >> 11) * 0x1p-53;
}

void TransferMesh::count(unsigned number, unsigned semaphore, std::uint32_t amount) {
  (*this)[number].semaphore.at(semaphore) += amount;
  if (on_count_) on_count_(number, semaphore);
}

void TransferMesh::block_trees(unsigned node, bool blocked) {
  sites_.at(node)->model->tree_room_i = blocked ? 0 : 1;
}

void TransferMesh::drive(Site& site) {
  Vtransfer& model = *site.model;
  model.flit_valid_i = static_cast<std::uint8_t>(site.now.flit_valid);
  model.credit_i = static_cast<std::uint8_t>(site.now.credit);
  for (unsigned d = 0; d < 4; ++d) {
    if (((site.now.flit_valid >> d) & 1U) == 0) continue;
    assign_words(model.flit_header_i[d], site.now.header[d]);
    assign_words(model.flit_data_i, site.now.data[d], d);
  }
  model.command_valid_i = !site.node.commands.empty() && model.command_ready_o != 0 ? 1 : 0;
  if (model.command_valid_i != 0) {
    model.command_address_i = site.node.commands.front();
    model.command_hart_i = 3 - (model.command_address_i & 3U);
    site.node.commands.pop_front();
  }
  model.remote_valid_i = site.node.stores.empty() ? 0 : 1;
  if (model.remote_valid_i != 0) {
    const RemoteStore& store = site.node.stores.front();
    model.remote_address_i = store.address;
    model.remote_data_i = store.data;
    model.remote_size_i = static_cast<std::uint8_t>(store.size);
  }
  grant(site);
}

// As the SRAM does: a write of a whole line waits for a read of its bank in a register and then goes first, other
// writes and reads take turns.
void TransferMesh::grant(Site& site) {
  Vtransfer& model = *site.model;
  const unsigned write_bank = bank_of(model.nw_line_o);
  const unsigned read_bank = bank_of(model.nr_line_o);
  bool writes = model.nw_valid_o != 0 && !site.writes_blocked && chance() >= options_.refusal;
  bool reads = model.nr_valid_o != 0 && !site.reads_blocked && chance() >= options_.refusal;
  writes = writes && site.late_bank != write_bank;
  reads = reads && site.late_bank != read_bank;
  site.late_bank.reset();
  if (writes && reads && write_bank == read_bank) {
    if (model.nw_be_o == ~std::uint64_t{0}) {
      site.late_bank = write_bank;
    } else {
      writes = site.write_waited;
      reads = !writes;
    }
  }
  site.write_waited = model.nw_valid_o != 0 && !writes;
  model.nw_grant_i = writes ? 1 : 0;
  model.nr_grant_i = reads ? 1 : 0;
}

// One channel that waits gets its amount when it is there.
void TransferMesh::take_semaphores(Site& site) {
  Vtransfer& model = *site.model;
  model.taken_i = 0;
  for (unsigned c = 0; c < 4 && model.taken_i == 0; ++c) {
    if (((model.park_valid_o >> c) & 1U) == 0) continue;
    std::uint32_t& count = site.node.semaphore.at((model.park_id_o >> (5 * c)) & 31U);
    if (count < model.park_amount_o[c]) continue;
    count -= model.park_amount_o[c];
    model.taken_i = static_cast<std::uint8_t>(1U << c);
  }
}

// The SRAM's clock edge; the ready outputs have settled.
void TransferMesh::memory(Site& site) {
  Vtransfer& model = *site.model;
  if (model.nw_grant_i != 0) {
    Line& line = site.node.memory.at(model.nw_line_o);
    auto* bytes = reinterpret_cast<std::uint8_t*>(line.data());
    for (unsigned i = 0; i < hw::line_bytes; ++i) {
      if (((model.nw_be_o >> i) & 1U) != 0)
        bytes[i] = static_cast<std::uint8_t>(model.nw_data_o[i / 4] >> (8 * (i % 4)));
    }
    ++site.node.lines_written;
  }
  if (model.remote_valid_i != 0 && model.remote_ready_o != 0) site.node.stores.pop_front();
}

void TransferMesh::collect(unsigned number) {
  Site& site = *sites_[number];
  const Vtransfer& model = *site.model;
  const auto mix = [this](std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3U; };
  for (unsigned d = 0; d < 4; ++d) {
    const unsigned x = number % options_.columns;
    const unsigned y = number / options_.columns;
    const bool edge = d == 0 ? y == 0 : d == 1 ? x + 1 == options_.columns : d == 2 ? y + 1 == options_.rows : x == 0;
    const unsigned mask = (1U << d) | (16U << d);
    const unsigned active = (((model.flit_valid_o >> d) & 1U) << d) | (model.credit_o & mask);
    if (active == 0 && ((model.flit_valid_o >> d) & 1U) == 0) continue;
    if (edge) throw RunError(fmt::format("node {} uses its link in direction {}, beyond the mesh", number, d));
    const unsigned to = d == 0   ? number - options_.columns
                        : d == 1 ? number + 1
                        : d == 2 ? number + options_.columns
                                 : number - 1;
    Links& links = sites_[to]->next;
    if (((model.flit_valid_o >> d) & 1U) != 0) {
      links.flit_valid |= 1U << (d ^ 2U);
      links.header[d ^ 2U] = words_of<4>(model.flit_header_o[d]);
      if (header_tap_) {
        hw::PacketHeader header = hw::PacketHeader::decode(links.header[d ^ 2U]);
        header_tap_(number, header);
        links.header[d ^ 2U] = header.encode();
      }
      links.data[d ^ 2U] = words_of<16>(model.flit_data_o, d);
      mix(number * 4 + d);
      for (const std::uint32_t word : links.header[d ^ 2U]) mix(word);
      for (const std::uint32_t word : links.data[d ^ 2U]) mix(word);
    }
    for (unsigned c = 0; c < 2; ++c) {
      if (((model.credit_o >> (4 * c + d)) & 1U) != 0) links.credit |= 1U << (4 * c + (d ^ 2U));
    }
    mix(active);
  }
  if (model.sem_valid_o != 0) count(number, model.sem_id_o, model.sem_amount_o);
  if (model.done_valid_o != 0) count(number, model.done_sem_o, 1);
  if (model.fault_valid_o != 0) {
    site.node.faults.push_back({static_cast<hw::UnitFault>(model.fault_cause_o), model.fault_address_o,
                                model.fault_channel_o, model.fault_hart_o});
  }
  if (model.net_mmio_valid_o != 0) {
    site.node.register_writes.push_back({model.net_mmio_address_o, model.net_mmio_data_o, 1U << model.net_mmio_size_o});
  }
  if (model.refused_valid_o != 0) site.node.refused.push_back(hw::AccessError::decode(model.refused_o));
  if (model.report_valid_o != 0) site.node.reported.push_back(hw::AccessError::decode(model.report_o));
  site.node.reports_lost += model.report_lost_o;
  const Vtransfer___024root& root = *model.rootp;
  applied_ += root.transfer_node__DOT__u_network__DOT__applied_valid_q;
  dropped_ += root.transfer_node__DOT__u_network__DOT__applied_valid_q &
              root.transfer_node__DOT__u_network__DOT__applied_dropped_q;
  reads_accepted_ += root.transfer_node__DOT__u_network__DOT__read_accepted_valid_q;
}

void TransferMesh::step() {
  for (const auto& site : sites_) {
    drive(*site);
    take_semaphores(*site);
    Vtransfer& model = *site->model;
    model.clk_i = 0;
    model.eval();
    std::optional<Line> read;
    bool read_bad = false;
    if (model.nr_grant_i != 0) {
      read = site->node.memory.at(model.nr_line_o);
      read_bad = site->node.bad_lines.contains(model.nr_line_o);
      ++site->node.lines_read;
    }
    memory(*site);
    model.clk_i = 1;
    model.eval();
    // The port's register changes with the clock edge, and keeps its line until the next grant.
    if (read) {
      assign_words(model.nr_data_i, *read);
      model.nr_bad_i = read_bad ? 1 : 0;
    }
    model.taken_i = 0;
    model.command_valid_i = 0;
    model.nr_grant_i = 0;
    model.nw_grant_i = 0;
    model.eval();
    site->next.flit_valid = 0;
    site->next.credit = 0;
  }
  ++cycle_;
  hash_ = (hash_ ^ cycle_) * 0x100000001b3U;
  for (unsigned number = 0; number < nodes(); ++number) collect(number);
  for (const auto& site : sites_) std::swap(site->now, site->next);
}

bool TransferMesh::idle() const {
  for (const auto& site : sites_) {
    if (!site->node.commands.empty() || !site->node.stores.empty() || site->model->idle_o == 0) return false;
    if (site->now.flit_valid != 0 || site->now.credit != 0) return false;
  }
  return true;
}

std::uint64_t TransferMesh::settle(std::uint64_t limit) {
  const std::uint64_t start = cycle_;
  while (!idle()) {
    if (cycle_ - start > limit) throw RunError(fmt::format("the transfers have not ended after {} cycles", limit));
    step();
  }
  return cycle_ - start;
}

std::uint64_t TransferMesh::flits_sent(unsigned node) const {
  return sites_.at(node)->model->flits_sent_o;
}
std::uint64_t TransferMesh::flits_received(unsigned node) const {
  return sites_.at(node)->model->flits_received_o;
}

}  // namespace dojo::tb
