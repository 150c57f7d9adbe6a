#include "hang/effects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <set>

#include "sim/excursion.hpp"

namespace dojo::hang {
namespace {

constexpr unsigned longest_list = 4096;    ///< descriptors that are looked at
constexpr unsigned most_waits = 8;         ///< of a hart that are satisfied one after the other
constexpr unsigned longest_silence = 400;  ///< cycles in which a hart that goes on retires something
constexpr unsigned grant_period = 8;       ///< cycles until a semaphore has taken what the host adds

void add(const Effect& effect, std::vector<Effect>& effects) {
  if (std::ranges::none_of(effects, [&](const Effect& other) { return other.is_like(effect); })) {
    effects.push_back(effect);
  }
}

bool is_in(std::uint64_t address, std::uint64_t base, std::uint64_t size) {
  return address >= base && address - base < size;
}

unsigned semaphore_at(std::uint64_t offset, std::uint64_t base) {
  return static_cast<unsigned>((offset - base) / hw::semaphore_value_stride);
}

bool is_push(hw::DescriptorOpTransfer op) {
  using enum hw::DescriptorOpTransfer;
  return op == push || op == push_strided || op == push_gather || op == push_scatter;
}

hw::GlobalAddress remote_of(const hw::TransferDescriptor& descriptor) {
  return hw::GlobalAddress::decode(descriptor.remote_address_low | std::uint64_t{descriptor.remote_address_high} << 32);
}

/// Lets the harts of a node go on without the rest of the machine, and gathers what they do.
class HartsAhead {
 public:
  HartsAhead(sim::NodeModel& node, Coordinates place, const FindDip& find_dip,
             const std::function<std::string(std::uint64_t)>& name_of, std::vector<std::byte>& buffer)
      : node_(node), place_(place), find_dip_(find_dip), name_of_(name_of), excursion_(node, buffer) {
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      const hw::HartState state = node.hart_status(hart).state;
      goes_[hart] = state != hw::HartState::stopped && state != hw::HartState::faulted;
    }
  }

  EffectsOfHarts run(unsigned cycles) {
    for (unsigned cycle = 0; cycle < cycles; ++cycle) {
      // The host gives one of the harts in turn what it waits for.
      if (cycle % grant_period == 0) grant(cycle / grant_period % hw::harts);
      if (std::ranges::none_of(goes_, [](bool goes) { return goes; })) break;
      excursion_.run();
      excursion_.quieten();
      return_credits();
      for (unsigned port = 0; port < sim::retire_ports; ++port) {
        const sim::Retirement retired = node_.retirement(port);
        if (!retired.valid || !goes_[retired.hart]) continue;
        last_[retired.hart] = cycle;
        look_at(retired);
      }
      for (unsigned hart = 0; hart < hw::harts; ++hart)
        goes_[hart] = goes_[hart] && cycle - last_[hart] < longest_silence;
    }
    return effects_;
  }

 private:
  void grant(unsigned hart) {
    if (!goes_[hart]) return;
    const HartStatus status = node_.hart_status(hart);
    if (status.state == hw::HartState::running) return;
    const bool waits = status.state == hw::HartState::semaphore || status.state == hw::HartState::wfi;
    goes_[hart] = waits && waits_[hart] < most_waits;
    if (!goes_[hart]) return;
    ++waits_[hart];
    const bool is_semaphore = status.state == hw::HartState::semaphore;
    *node_.ports.host_valid = 1;
    *node_.ports.host_address = static_cast<std::uint32_t>(is_semaphore ? hw::semaphore_value_address(status.semaphore)
                                                                        : hw::clint_msip_address(hart));
    *node_.ports.host_data = is_semaphore ? status.semaphore_amount : 1;
  }

  /// The neighbours take all that comes.
  void return_credits() {
    const sim::NodePorts& ports = node_.ports;
    for (unsigned d = 0; d < sim::directions; ++d) {
      std::array<std::uint32_t, sim::header_words> packed;
      std::copy_n(ports.flit_header_out[d], packed.size(), packed.begin());
      const hw::PacketHeader header = hw::PacketHeader::decode(packed);
      if ((*ports.flit_valid_out >> d & 1) != 0) {
        *ports.credit_in |= static_cast<std::uint8_t>(1U << (sim::directions * static_cast<unsigned>(header.cls) + d));
      }
      if ((*ports.tree_valid_out >> d & 1) != 0) {
        *ports.tree_credit_in |= static_cast<std::uint16_t>(1U << (sim::directions * (header.dst_y % hw::trees) + d));
      }
    }
  }

  void look_at(const sim::Retirement& retired) {
    if (retired.trap) return;
    const auto how = [&] {
      const unsigned waits = waits_[retired.hart];
      const std::string later = waits < 2 ? "" : fmt::format(", after {} waits", waits);
      return fmt::format("at {}{}", name_of_(retired.pc), later);
    };
    constexpr unsigned load = 1;
    if (retired.memory > load && !retired.vector) {
      add_effects_of_write(find_dip_, place_, retired.memory_address, retired.memory_data, how(),
                           effects_[retired.hart]);
    }
    for (const hw::Unit unit : {hw::Unit::matrix, hw::Unit::transfer}) {
      if (!is_issue(retired.instruction, unit)) continue;
      issue(unit, node_.registers(retired.hart).x[retired.instruction >> 15 & 31], how(), effects_[retired.hart]);
    }
  }

  void issue(hw::Unit unit, std::uint64_t address, const std::string& how, std::vector<Effect>& effects) {
    constexpr std::uint64_t line_mask = hw::line_bytes - 1;
    const auto read = [this](std::uint64_t from, std::span<std::byte> bytes) {
      if (!is_in(from, hw::sram_base, hw::sram_size) || bytes.size() > hw::sram_base + hw::sram_size - from)
        return false;
      std::ranges::copy(node_.sram().subspan(from - hw::sram_base, bytes.size()), bytes.begin());
      return true;
    };
    if (unit == hw::Unit::transfer) {
      const ListReader list(read, find_dip_, {}, place_);
      list.add_effects(address & ~line_mask, fmt::format(" of a list that it issues {}", how), effects);
      return;
    }
    hw::MatrixDescriptor descriptor{};
    if (!read(address, std::as_writable_bytes(std::span(&descriptor, 1))) || descriptor.sem_en == 0) return;
    add({.semaphore = {.node = place_, .id = descriptor.sem},
         .how = fmt::format("with the product at {:#x} that it issues {}", address, how)},
        effects);
  }

  sim::NodeModel& node_;
  Coordinates place_;
  const FindDip& find_dip_;
  const std::function<std::string(std::uint64_t)>& name_of_;
  sim::Excursion excursion_;
  std::array<bool, hw::harts> goes_{};
  std::array<unsigned, hw::harts> last_{};   ///< cycle in which it retired something
  std::array<unsigned, hw::harts> waits_{};  ///< that were satisfied
  EffectsOfHarts effects_;
};

}  // namespace

bool Effect::is_like(const Effect& other) const {
  return kind == other.kind && semaphore == other.semaphore && node == other.node && number == other.number &&
         counts == other.counts;
}

void add_effects_of_write(const FindDip& find_dip, Coordinates from, std::uint64_t address,
                          std::optional<std::uint64_t> data, const std::string& how, std::vector<Effect>& effects) {
  const hw::GlobalAddress global = hw::GlobalAddress::decode(address);
  const std::uint64_t offset = global.is_global ? global.offset : address;
  if (global.is_global && global.kind) {
    const std::optional<unsigned> dip = find_dip(global.x, global.y);
    if (!dip || !is_in(offset, hw::dip_semaphore_base, hw::dip_semaphore_size)) return;
    add({.semaphore = {.dip = dip, .id = semaphore_at(offset, hw::dip_semaphore_base)}, .how = how}, effects);
    return;
  }
  const Coordinates node = global.is_global ? Coordinates{global.x, global.y} : from;
  if (is_in(offset, hw::semaphore_base, hw::semaphore_size)) {
    add({.semaphore = {.node = node, .id = semaphore_at(offset, hw::semaphore_base)}, .how = how}, effects);
  } else if (offset == hw::control_tree_arrive_address() && data) {
    add({.kind = Effect::Kind::arrival, .node = node, .number = static_cast<unsigned>(*data % hw::trees), .how = how},
        effects);
  } else if (is_in(offset, hw::clint_msip_address(), std::uint64_t{hw::harts} * hw::clint_msip_stride) &&
             data.value_or(1) % 2 != 0) {
    const auto hart = static_cast<unsigned>((offset - hw::clint_msip_address()) / hw::clint_msip_stride);
    add({.kind = Effect::Kind::interrupt, .node = node, .number = hart, .how = how}, effects);
  }
}

void add_effects_of_packet(const FindDip& find_dip, const hw::PacketHeader& header, const std::string& how,
                           std::vector<Effect>& effects) {
  if (header.op == hw::PacketOp::error) return;
  const bool is_read = header.op == hw::PacketOp::read;
  const Coordinates target =
      is_read ? Coordinates{header.src_x, header.src_y} : Coordinates{header.dst_x, header.dst_y};
  const std::optional<unsigned> dip = find_dip(target.x, target.y);
  if (header.sem_en) add({.semaphore = {.dip = dip, .node = target, .id = header.sem}, .how = how}, effects);
  if (is_read) return;
  hw::GlobalAddress address{.is_global = true, .kind = dip.has_value()};
  address.x = header.dst_x;
  address.y = header.dst_y;
  address.offset = header.addr;
  add_effects_of_write(find_dip, target, address.encode(), {}, how, effects);
}

std::optional<hw::TransferDescriptor> ListReader::at(std::uint64_t address) const {
  hw::TransferDescriptor descriptor{};
  if (!read_(address, std::as_writable_bytes(std::span(&descriptor, 1)))) return std::nullopt;
  return descriptor;
}

std::optional<std::uint64_t> ListReader::next_of(const hw::TransferDescriptor& descriptor) const {
  if (descriptor.next_en == 0) return std::nullopt;
  return descriptor.next | (dip_ ? std::uint64_t{descriptor.next_high} << 32 : 0);
}

void ListReader::add_effects(std::uint64_t address, const std::string& how, std::vector<Effect>& effects) const {
  std::set<std::uint64_t> seen;
  std::optional<std::uint64_t> next = address;
  while (next && seen.size() < longest_list && seen.insert(*next).second) {
    const std::optional<hw::TransferDescriptor> descriptor = at(*next);
    if (!descriptor) return;
    add_effects_of(*descriptor, fmt::format("with the {}{}", describe(*descriptor, *next), how), effects);
    next = next_of(*descriptor);
  }
}

void ListReader::add_effects_of(const hw::TransferDescriptor& descriptor, const std::string& how,
                                std::vector<Effect>& effects) const {
  const auto op = static_cast<hw::DescriptorOpTransfer>(descriptor.op);
  if (op == hw::DescriptorOpTransfer::wait) return;
  if (descriptor.sem_en != 0) {
    add({.semaphore = {.dip = dip_, .node = node_, .id = descriptor.sem}, .how = how}, effects);
  }
  const hw::GlobalAddress remote = remote_of(descriptor);
  const bool counts_there = op == hw::DescriptorOpTransfer::signal || (is_push(op) && descriptor.remote_sem_en != 0);
  if (!remote.kind && remote.x == hw::group_column) {
    Effect line{.kind = Effect::Kind::contribution, .node = node_, .number = remote.y % hw::trees, .how = how};
    if (counts_there) line.counts = descriptor.remote_sem;
    add(line, effects);
  } else if (counts_there) {
    const std::optional<unsigned> dip = remote.kind ? find_dip_(remote.x, remote.y) : std::nullopt;
    add({.semaphore = {.dip = dip, .node = {remote.x, remote.y}, .id = descriptor.remote_sem}, .how = how}, effects);
  }
}

std::optional<EffectsOfHarts> effects_of_harts(sim::NodeModel& node, Coordinates place, unsigned cycles,
                                               const FindDip& find_dip,
                                               const std::function<std::string(std::uint64_t)>& name_of,
                                               std::vector<std::byte>& buffer) {
  try {
    return HartsAhead(node, place, find_dip, name_of, buffer).run(cycles);
  } catch (const std::exception&) {
    // The class of the node tells no state, or one of its assertions fails without the rest of the machine.
    return std::nullopt;
  }
}

bool is_issue(std::uint32_t instruction, hw::Unit unit) {
  constexpr std::uint32_t opcode_mask = 0x7f;
  return (instruction & opcode_mask) == hw::xdojo_opcode && (instruction >> 12 & 7) == hw::xdojo_issue_funct3 &&
         instruction >> 25 == static_cast<std::uint32_t>(unit);
}

std::string describe(const hw::TransferDescriptor& descriptor, std::uint64_t address) {
  return fmt::format("{} at {:#x}", hw::to_string(static_cast<hw::DescriptorOpTransfer>(descriptor.op)), address);
}

}  // namespace dojo::hang
