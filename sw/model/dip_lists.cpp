#include "model/dip_lists.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace dojo::model {

namespace {

using Op = hw::DescriptorOpTransfer;
using Wide = unsigned __int128;

constexpr std::uint64_t all_ones = (std::uint64_t{1} << hw::offset_bits) - 1;
constexpr std::uint64_t window_bytes = std::uint64_t{1} << hw::offset_bits;

Op op_of(const hw::TransferDescriptor& d) {
  return static_cast<Op>(d.op);
}
bool is_push(Op op) {
  return op == Op::push || op == Op::push_strided || op == Op::push_gather || op == Op::push_scatter;
}
bool is_pull(Op op) {
  return op == Op::pull || op == Op::pull_strided || op == Op::pull_gather || op == Op::pull_scatter;
}
bool is_strided(Op op) {
  return op == Op::push_strided || op == Op::pull_strided;
}
bool is_indexed(Op op) {
  return op >= Op::push_gather && op <= Op::pull_scatter;
}
// The indices name elements of the memory here.
bool is_table_here(Op op) {
  return op == Op::push_gather || op == Op::pull_scatter;
}
unsigned size_of(const hw::TransferDescriptor& d) {
  return is_strided(op_of(d)) || is_indexed(op_of(d)) ? d.element_size : 6;
}

hw::GlobalAddress remote_of(const hw::TransferDescriptor& d) {
  return hw::GlobalAddress::decode(d.remote_address_low | std::uint64_t{d.remote_address_high} << 32U);
}

// One side of a copy: two nested loops over elements.
struct Side {
  std::uint64_t address = 0;
  std::uint64_t inner_stride = 0;
  std::uint64_t outer_stride = 0;

  [[nodiscard]] std::uint64_t at(std::uint64_t row, std::uint64_t element) const {
    return address + row * outer_stride + element * inner_stride;
  }
  // Whether `rows` times `count` elements lie in so many bytes from `first` on.
  [[nodiscard]] bool inside(std::uint64_t rows, std::uint64_t count, unsigned size, std::uint64_t first,
                            std::uint64_t bytes) const {
    const Wide end = Wide{address} + Wide{rows - 1} * outer_stride + Wide{count - 1} * inner_stride + (1U << size);
    return address >= first && end <= Wide{first} + bytes;
  }
};

Side here_of(const hw::TransferDescriptor& d) {
  Side side{.address = d.local_address | std::uint64_t{d.local_address_high} << 32U,
            .inner_stride = std::uint64_t{1} << size_of(d)};
  if (is_strided(op_of(d))) {
    side.inner_stride = d.local_inner_stride;
    side.outer_stride = d.local_outer_stride;
  }
  return side;
}

Side there_of(const hw::TransferDescriptor& d) {
  Side side{.address = remote_of(d).offset, .inner_stride = std::uint64_t{1} << size_of(d)};
  if (is_strided(op_of(d))) {
    side.inner_stride = d.remote_inner_stride;
    side.outer_stride = d.remote_outer_stride;
  }
  return side;
}

Side list_of(const hw::TransferDescriptor& d) {
  return {.address = d.index_list | std::uint64_t{d.index_list_high} << 32U, .inner_stride = hw::line_bytes};
}

bool is_known(const hw::TransferDescriptor& d, unsigned channel, bool away) {
  const Op op = op_of(d);
  if (op == Op::wait) return true;
  if (channel == DipLists::to_host) return is_push(op) && !is_indexed(op) && d.remote_sem_en == 0;
  if (channel == DipLists::from_host) return is_pull(op) && !is_indexed(op) && d.remote_sem_en == 0;
  const bool pulls = is_pull(op) && d.remote_sem_en == 0 && !(away && op != Op::pull);
  return is_push(op) || pulls || op == Op::signal;
}

bool is_aligned(const hw::TransferDescriptor& d) {
  std::uint64_t together = d.local_address | remote_of(d).offset;
  if (is_strided(op_of(d)))
    together |= d.local_inner_stride | d.local_outer_stride | d.remote_inner_stride | d.remote_outer_stride;
  return (together & ((1U << size_of(d)) - 1)) == 0 && (!is_indexed(op_of(d)) || d.index_list % hw::line_bytes == 0);
}

// Whether no element leaves the memory that it is in; the counts are not 0.
bool is_inside(const hw::TransferDescriptor& d, bool of_host) {
  const Op op = op_of(d);
  const bool kind = remote_of(d).kind;
  const std::uint64_t rows = is_strided(op) ? d.rows : 1;
  const auto count = [&](bool here) { return is_indexed(op) && is_table_here(op) == here ? d.index_limit : d.lines; };
  const std::uint64_t first = of_host || kind ? 0 : hw::sram_base;
  const std::uint64_t bytes = of_host ? window_bytes : kind ? InterfaceProcessor::bytes : hw::sram_size;
  constexpr unsigned line_size = 6;
  return here_of(d).inside(rows, count(true), size_of(d), 0, InterfaceProcessor::bytes) &&
         there_of(d).inside(rows, count(false), size_of(d), first, bytes) &&
         (!is_indexed(op) ||
          list_of(d).inside(1, (std::uint64_t{d.lines} + 15) / 16, line_size, 0, InterfaceProcessor::bytes));
}

}  // namespace

void HostMemory::read(std::uint64_t address, std::span<std::byte> bytes) const {
  for (std::size_t done = 0; done < bytes.size();) {
    const std::size_t place = (address + done) % hw::line_bytes;
    const std::size_t count = std::min(bytes.size() - done, hw::line_bytes - place);
    const auto found = lines.find((address + done) / hw::line_bytes);
    const Line line = found == lines.end() ? Line{} : found->second;
    std::memcpy(bytes.data() + done, reinterpret_cast<const std::byte*>(line.data()) + place, count);
    done += count;
  }
}

void HostMemory::write(std::uint64_t address, std::span<const std::byte> bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const std::size_t place = (address + done) % hw::line_bytes;
    const std::size_t count = std::min(bytes.size() - done, hw::line_bytes - place);
    Line& line = lines[(address + done) / hw::line_bytes];
    std::memcpy(reinterpret_cast<std::byte*>(line.data()) + place, bytes.data() + done, count);
    done += count;
  }
}

hw::UnitFault DipLists::check(const hw::TransferDescriptor& d, unsigned channel, bool away) {
  const Op op = op_of(d);
  const bool copies = is_push(op) || is_pull(op);
  const bool has_size = size_of(d) >= 3 && size_of(d) <= 6;
  const bool of_host = channel == to_host || channel == from_host;
  const hw::GlobalAddress remote = remote_of(d);
  if (!is_known(d, channel, away)) return hw::UnitFault::opcode;
  if (copies && !is_aligned(d)) return hw::UnitFault::alignment;
  if (copies && (d.lines == 0 || (is_strided(op) && d.rows == 0) || (is_indexed(op) && d.index_limit == 0)))
    return hw::UnitFault::count;
  if (copies && has_size && !is_inside(d, of_host)) return hw::UnitFault::range;
  if (op != Op::wait && (of_host ? remote.is_global || remote.kind : !remote.is_global))
    return hw::UnitFault::remote_address;
  if (copies && !has_size) return hw::UnitFault::element_size;
  return hw::UnitFault::none;
}

void DipLists::start(unsigned channel, std::uint64_t address) {
  lists_.at(channel).push_back({.address = address, .entry = {}});
  run();
}

void DipLists::enter(const hw::TransferDescriptor& entry) {
  lists_.at(entry.channel).push_back({.address = all_ones, .entry = entry, .ringed = true, .tag = entry.tag});
  run();
}

bool DipLists::is_idle() const {
  return std::all_of(lists_.begin(), lists_.end(), [](const auto& lists) { return lists.empty(); });
}

void DipLists::run() {
  bool moved = true;
  while (moved) {
    moved = false;
    for (unsigned channel = 0; channel < channels; ++channel) {
      while (!lists_.at(channel).empty() && step(channel)) moved = true;
    }
  }
}

void DipLists::end(unsigned channel, hw::UnitFault cause, std::uint64_t address) {
  const List& list = lists_.at(channel).front();
  hw::DipListFault& fault = faults_.at(channel);
  has_faulted_ = has_faulted_ || cause != hw::UnitFault::none;
  if (cause != hw::UnitFault::none && !fault.valid) fault = {.valid = true, .cause = cause, .address = address};
  if (list.ringed) {
    completions_.at(channel).push_back({.channel = static_cast<std::uint8_t>(channel),
                                        .cause = cause,
                                        .address = cause == hw::UnitFault::none ? 0 : address,
                                        .tag = list.tag});
  }
  lists_.at(channel).pop_front();
}

// The descriptor at hand; false if its channel waits.
bool DipLists::step(unsigned channel) {
  List& list = lists_.at(channel).front();
  const std::uint64_t address = list.address;
  hw::TransferDescriptor d{};
  if (list.entry) {
    d = *list.entry;
  } else {
    if (address % hw::line_bytes != 0 || address >= InterfaceProcessor::bytes) {
      end(channel, hw::UnitFault::descriptor_address, address);
      return true;
    }
    const InterfaceProcessor::Line line = memory_.line(address / hw::line_bytes);
    std::memcpy(&d, line.data(), sizeof d);
  }
  const bool away = away_ && away_(remote_of(d).x, remote_of(d).y);
  hw::UnitFault cause = check(d, channel, away);
  if (cause == hw::UnitFault::none && is_indexed(op_of(d)) && !has_indices(d)) cause = hw::UnitFault::index;
  if (cause != hw::UnitFault::none) {
    end(channel, cause, address);
    return true;
  }
  const Op op = op_of(d);
  if (op == Op::wait) {
    if (memory_.semaphore(d.sem) < d.lines) {
      list.wait = {.semaphore = d.sem, .amount = d.lines};
      return false;
    }
    list.wait.reset();
    memory_.increment(d.sem, 0U - d.lines);
  } else if (channel >= to_host) {
    if (!copy_host(d, channel == to_host)) {
      end(channel, hw::UnitFault::host, address);
      return true;
    }
  } else if (is_indexed(op)) {
    copy_indexed(d, channel);
  } else if (is_push(op)) {
    push(d, channel);
  } else if (is_pull(op)) {
    pull(d, channel);
  } else {
    signal(d, channel);
  }
  // A pull from the mesh counts when its last element comes.
  const bool counts = op != Op::wait && (channel >= to_host || !is_pull(op));
  if (counts && d.sem_en != 0) memory_.increment(d.sem, 1);
  if (d.next_en == 0) {
    end(channel, hw::UnitFault::none, address);
  } else {
    list.entry.reset();
    list.address = d.next | std::uint64_t{d.next_high} << 32U;
  }
  return true;
}

bool DipLists::copy_host(const hw::TransferDescriptor& d, bool to) {
  const hw::GlobalAddress remote = remote_of(d);
  const std::uint64_t window = std::uint64_t{remote.x} << 40U | std::uint64_t{remote.y} << 51U;
  const std::size_t count = std::size_t{1} << size_of(d);
  bool whole = true;
  for (std::uint64_t row = 0; row < (is_strided(op_of(d)) ? d.rows : 1); ++row) {
    for (std::uint64_t i = 0; i < d.lines; ++i) {
      const std::uint64_t here = here_of(d).at(row, i);
      const std::uint64_t there = window | there_of(d).at(row, i);
      if (host_.is_broken(there)) {
        whole = false;
        continue;
      }
      HostMemory::Line& host_line = host_.lines[there / hw::line_bytes];
      auto* host_bytes = reinterpret_cast<std::uint8_t*>(host_line.data()) + there % hw::line_bytes;
      if (to) {
        const InterfaceProcessor::Line line = memory_.line(here / hw::line_bytes);
        std::memcpy(host_bytes, reinterpret_cast<const std::uint8_t*>(line.data()) + here % hw::line_bytes, count);
      } else {
        memory_.write_memory(here, std::as_bytes(std::span(host_bytes, count)));
      }
    }
  }
  return whole;
}

std::uint32_t DipLists::index(const hw::TransferDescriptor& d, std::uint64_t element) const {
  const std::uint64_t address = list_of(d).address + 4 * element;
  return memory_.line(address / hw::line_bytes).at(address % hw::line_bytes / 4);
}

bool DipLists::has_indices(const hw::TransferDescriptor& d) const {
  for (std::uint64_t i = 0; i < d.lines; ++i) {
    if (index(d, i) >= d.index_limit) return false;
  }
  return true;
}

// An element at a time: a copy of one row of one.
void DipLists::copy_indexed(const hw::TransferDescriptor& d, unsigned port) {
  const Op op = op_of(d);
  const unsigned size = size_of(d);
  hw::TransferDescriptor one = d;
  one.op = static_cast<std::uint32_t>(is_push(op) ? Op::push_strided : Op::pull_strided) & 0xffU;
  one.rows = 1;
  one.lines = 1;
  one.local_inner_stride = one.local_outer_stride = one.remote_inner_stride = one.remote_outer_stride = 0;
  for (std::uint64_t i = 0; i < d.lines; ++i) {
    const std::uint64_t place = std::uint64_t{index(d, i)} << size;
    const std::uint64_t here = here_of(d).address + (is_table_here(op) ? place : i << size);
    hw::GlobalAddress remote = remote_of(d);
    remote.offset += is_table_here(op) ? i << size : place;
    one.local_address = static_cast<std::uint32_t>(here);
    one.local_address_high = (here >> 32U) & 0xffU;
    one.remote_address_low = static_cast<std::uint32_t>(remote.encode());
    one.remote_address_high = static_cast<std::uint32_t>(remote.encode() >> 32U);
    const bool last = i + 1 == d.lines;
    one.sem_en = last && d.sem_en != 0 ? 1 : 0;
    one.remote_sem_en = last && d.remote_sem_en != 0 ? 1 : 0;
    if (is_push(op)) {
      push(one, port);
    } else {
      pull(one, port);
    }
  }
}

void DipLists::push(const hw::TransferDescriptor& d, unsigned port) {
  const Side here = here_of(d);
  const Side there = there_of(d);
  const hw::GlobalAddress remote = remote_of(d);
  noc::Packet read{.header = {.cls = hw::PacketClass::request,
                              .op = hw::PacketOp::read,
                              .addr = here.address,
                              .size = static_cast<std::uint8_t>(size_of(d)),
                              .sem_en = d.remote_sem_en != 0,
                              .sem = static_cast<std::uint8_t>(d.remote_sem)}};
  const auto words = hw::ReadRequest{.return_outer_stride = static_cast<std::uint32_t>(there.outer_stride),
                                     .return_inner_stride = static_cast<std::uint32_t>(there.inner_stride),
                                     .outer_stride = static_cast<std::uint32_t>(here.outer_stride),
                                     .inner_stride = static_cast<std::uint32_t>(here.inner_stride),
                                     .rows = is_strided(op_of(d)) ? d.rows : 1,
                                     .return_address = remote.encode(),
                                     .last = 0,
                                     .lines = d.lines}
                         .encode();
  std::copy(words.begin(), words.end(), read.data.begin());
  const std::vector<noc::Packet> elements = memory_.read(read, places_.at(port));
  packets_.at(port).insert(packets_.at(port).end(), elements.begin(), elements.end());
}

void DipLists::pull(const hw::TransferDescriptor& d, unsigned port) {
  const Side here = here_of(d);
  const Side there = there_of(d);
  const hw::GlobalAddress remote = remote_of(d);
  const std::uint64_t rows = is_strided(op_of(d)) ? d.rows : 1;
  const PortPlace place = places_.at(port);
  noc::Packet packet{.header = {.dst_x = remote.x,
                                .dst_y = remote.y,
                                .src_x = static_cast<std::uint16_t>(place.x),
                                .src_y = static_cast<std::uint16_t>(place.y),
                                .cls = hw::PacketClass::request,
                                .op = hw::PacketOp::read,
                                .addr = there.address,
                                .size = static_cast<std::uint8_t>(size_of(d)),
                                .sem_en = d.sem_en != 0,
                                .sem = static_cast<std::uint8_t>(d.sem)}};
  const auto words =
      hw::ReadRequest{.return_outer_stride = static_cast<std::uint32_t>(here.outer_stride),
                      .return_inner_stride = static_cast<std::uint32_t>(here.inner_stride),
                      .outer_stride = static_cast<std::uint32_t>(there.outer_stride),
                      .inner_stride = static_cast<std::uint32_t>(there.inner_stride),
                      .rows = static_cast<std::uint32_t>(rows),
                      .return_address = hw::GlobalAddress{.is_global = true,
                                                          .y = static_cast<std::uint16_t>(place.y),
                                                          .x = static_cast<std::uint16_t>(place.x),
                                                          .offset = here.address}
                                            .encode(),
                      .last = static_cast<std::uint32_t>(there.at(rows - 1, d.lines - 1) + (1U << size_of(d)) - 1),
                      .lines = d.lines}
          .encode();
  std::copy(words.begin(), words.end(), packet.data.begin());
  packets_.at(port).push_back(packet);
}

void DipLists::signal(const hw::TransferDescriptor& d, unsigned port) {
  const hw::GlobalAddress remote = remote_of(d);
  noc::Packet packet{
      .header = {.dst_x = remote.x,
                 .dst_y = remote.y,
                 .src_x = static_cast<std::uint16_t>(places_.at(port).x),
                 .src_y = static_cast<std::uint16_t>(places_.at(port).y),
                 .cls = hw::PacketClass::data,
                 .op = hw::PacketOp::write,
                 .addr = (remote.kind ? hw::dip_semaphore_base : hw::semaphore_base) + std::uint64_t{d.remote_sem} * 8,
                 .size = 3}};
  for (unsigned word = 0; word < packet.data.size(); word += 2) packet.data.at(word) = d.lines;
  packets_.at(port).push_back(packet);
}

}  // namespace dojo::model
