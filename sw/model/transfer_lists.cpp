#include "model/transfer_lists.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "common/error.hpp"
#include "common/memory_edge.hpp"
#include "model/node.hpp"

namespace dojo::model {
namespace {

constexpr unsigned endless = 1u << 20;             // descriptors of a list without a wait
constexpr std::uint64_t largest_count = 1u << 18;  // no more elements of 8 bytes fit into 2 MiB

bool is_indexed(hw::DescriptorOpTransfer op) {
  return op >= hw::DescriptorOpTransfer::push_gather && op <= hw::DescriptorOpTransfer::pull_scatter;
}

bool is_pull(hw::DescriptorOpTransfer op) {
  return op == hw::DescriptorOpTransfer::pull || op == hw::DescriptorOpTransfer::pull_strided ||
         op == hw::DescriptorOpTransfer::pull_gather || op == hw::DescriptorOpTransfer::pull_scatter;
}

bool is_strided(hw::DescriptorOpTransfer op) {
  return op == hw::DescriptorOpTransfer::push_strided || op == hw::DescriptorOpTransfer::pull_strided;
}

hw::DescriptorOpTransfer op_of(const hw::TransferDescriptor& d) {
  return static_cast<hw::DescriptorOpTransfer>(d.op);
}

unsigned size_of(const hw::TransferDescriptor& d) {
  const bool whole_lines = op_of(d) == hw::DescriptorOpTransfer::push || op_of(d) == hw::DescriptorOpTransfer::pull;
  return whole_lines ? 6 : d.element_size;
}

/// One side of a copy: two nested loops over elements.
struct Side {
  std::uint64_t address = 0;
  std::uint64_t inner = 0;
  std::uint64_t inner_stride = 0;
  std::uint64_t outer = 1;
  std::uint64_t outer_stride = 0;

  [[nodiscard]] std::uint64_t at(std::uint64_t row, std::uint64_t element) const {
    return address + row * outer_stride + element * inner_stride;
  }
  [[nodiscard]] std::uint64_t last_byte(unsigned size) const {
    return at(outer - 1, inner - 1) + (std::uint64_t{1} << size) - 1;
  }
  /// Whether all elements of 2**size bytes lie in the SRAM; counts are at most largest_count, or the outer one is 1.
  [[nodiscard]] bool in_sram(unsigned size) const {
    return address >= hw::sram_base && last_byte(size) < hw::sram_base + hw::sram_size;
  }
  /// The same for the memory of an Interface Processor.
  [[nodiscard]] bool in_memory(unsigned size) const { return last_byte(size) < dip_bytes; }
};

hw::GlobalAddress remote_address(const hw::TransferDescriptor& d) {
  return hw::GlobalAddress::decode(d.remote_address_low | (std::uint64_t{d.remote_address_high} << 32));
}

/// The side here or at the remote address; of a gather or scatter the one that the indices name is its whole table.
Side side_of(const hw::TransferDescriptor& d, bool remote) {
  const hw::DescriptorOpTransfer op = op_of(d);
  const std::uint64_t address = remote ? remote_address(d).offset : d.local_address;
  if (is_strided(op)) {
    return remote ? Side{address, d.lines, d.remote_inner_stride, d.rows, d.remote_outer_stride}
                  : Side{address, d.lines, d.local_inner_stride, d.rows, d.local_outer_stride};
  }
  const bool by_index =
      remote ? op == hw::DescriptorOpTransfer::push_scatter || op == hw::DescriptorOpTransfer::pull_gather
             : op == hw::DescriptorOpTransfer::push_gather || op == hw::DescriptorOpTransfer::pull_scatter;
  return {address, by_index ? d.index_limit : d.lines, std::uint64_t{1} << size_of(d), 1, 0};
}

/// Whether a side leaves the memory that it is in.
bool leaves_memory(const hw::TransferDescriptor& d, unsigned size) {
  const Side local = side_of(d, false);
  const Side remote = side_of(d, true);
  const bool is_table =
      op_of(d) == hw::DescriptorOpTransfer::push_scatter || op_of(d) == hw::DescriptorOpTransfer::pull_gather;
  if (local.inner > largest_count || local.outer > largest_count || (!is_table && remote.inner > largest_count))
    return true;
  return !local.in_sram(size) || !(remote_address(d).kind ? remote.in_memory(size) : remote.in_sram(size));
}

hw::UnitFault check(const hw::TransferDescriptor& d) {
  const hw::DescriptorOpTransfer op = op_of(d);
  if (op < hw::DescriptorOpTransfer::push || op > hw::DescriptorOpTransfer::signal ||
      (is_pull(op) && d.remote_sem_en != 0)) {
    return hw::UnitFault::opcode;
  }
  if (op == hw::DescriptorOpTransfer::wait) return hw::UnitFault::none;
  const hw::GlobalAddress remote = remote_address(d);
  const bool bad_remote = !remote.is_global || (remote.kind && remote.x == hw::group_column);
  if (op == hw::DescriptorOpTransfer::signal) return bad_remote ? hw::UnitFault::remote_address : hw::UnitFault::none;

  const unsigned size = size_of(d);
  std::uint64_t addresses = d.local_address | remote.offset;
  if (is_strided(op)) {
    addresses |= d.local_inner_stride | d.local_outer_stride | d.remote_inner_stride | d.remote_outer_stride;
  }
  if (addresses % (1u << size) != 0 || (is_indexed(op) && d.index_list % hw::line_bytes != 0)) {
    return hw::UnitFault::alignment;
  }
  if (d.lines == 0 || (is_strided(op) && d.rows == 0) || (is_indexed(op) && d.index_limit == 0)) {
    return hw::UnitFault::count;
  }
  const bool size_exists = size >= 3 && size <= 6;
  const std::uint64_t index_lines = (std::uint64_t{d.lines} + 15) / 16;
  if (size_exists && (leaves_memory(d, size) ||
                      (is_indexed(op) && !Side{d.index_list, index_lines, hw::line_bytes, 1, 0}.in_sram(6)))) {
    return hw::UnitFault::range;
  }
  if (bad_remote) return hw::UnitFault::remote_address;
  return size_exists ? hw::UnitFault::none : hw::UnitFault::element_size;
}

PacketStream stream_of(unsigned channel) {
  return static_cast<PacketStream>(static_cast<unsigned>(PacketStream::channel_0) + channel);
}

/// Sends 2**size bytes at `source` of the node's SRAM to `target`, or a report in place of an uncorrectable line;
/// false: it was a report.
bool send_element(Node& node, PacketStream stream, std::uint64_t source, hw::GlobalAddress target, unsigned size,
                  bool sem_en, unsigned sem) {
  Packet packet;
  packet.stream = stream;
  packet.header.dst_x = target.x;
  packet.header.dst_y = target.y;
  packet.header.cls = hw::PacketClass::data;
  packet.header.op = hw::PacketOp::write;
  packet.header.addr = target.offset;
  packet.header.size = static_cast<std::uint8_t>(size);
  packet.header.sem_en = sem_en;
  packet.header.sem = sem_en ? static_cast<std::uint8_t>(sem) : 0;
  const bool is_bad = node.reads(source, std::uint64_t{1} << size, hw::SramPort::network_read);
  if (is_bad) {
    const hw::AccessError error{.valid = true,
                                .kind = hw::AccessKind::uncorrectable,
                                .y = static_cast<std::uint16_t>(node.position().y),
                                .x = static_cast<std::uint16_t>(node.position().x),
                                .address = static_cast<std::uint32_t>(source)};
    packet.header.op = hw::PacketOp::error;
    packet.header.size = 6;
    packet.header.sem_en = false;
    packet.data[0] = static_cast<std::uint32_t>(error.encode());
    packet.data[1] = static_cast<std::uint32_t>(error.encode() >> 32);
  } else {
    std::memcpy(reinterpret_cast<std::uint8_t*>(packet.data.data()) + target.offset % hw::line_bytes,
                node.sram_bytes() + (source - hw::sram_base), std::size_t{1} << size);
  }
  node.send(packet);
  return !is_bad;
}

/// Sends all elements of `source` to their places in `target`, a side of node (x, y); false: one was uncorrectable. A
/// list ends there, the service of a READ goes on, and neither counts.
bool send_all(Node& node, PacketStream stream, const Side& source, const Side& target, hw::GlobalAddress node_address,
              unsigned size, bool sem_en, unsigned sem) {
  bool sound = true;
  for (std::uint64_t row = 0; row < source.outer; ++row) {
    for (std::uint64_t i = 0; i < source.inner; ++i) {
      node_address.offset = target.at(row, i);
      const bool last = row + 1 == source.outer && i + 1 == source.inner;
      sound &= send_element(node, stream, source.at(row, i), node_address, size, last && sem_en && sound, sem);
      if (!sound && stream != PacketStream::service) return false;
    }
  }
  return sound;
}

/// Asks a node for the elements of `from`; they come back to the places of `to` here.
void send_read(Node& node, PacketStream stream, const hw::TransferDescriptor& d, const Side& from, const Side& to,
               bool sem_en) {
  const hw::GlobalAddress remote = remote_address(d);
  const unsigned size = size_of(d);
  hw::ReadRequest shape;
  shape.return_outer_stride = static_cast<std::uint32_t>(to.outer_stride);
  shape.return_inner_stride = static_cast<std::uint32_t>(to.inner_stride);
  shape.outer_stride = static_cast<std::uint32_t>(from.outer_stride);
  shape.inner_stride = static_cast<std::uint32_t>(from.inner_stride);
  shape.rows = static_cast<std::uint32_t>(from.outer);
  shape.return_address = hw::global_address(node.position().x, node.position().y, to.address);
  shape.last = static_cast<std::uint32_t>(std::min<std::uint64_t>(from.last_byte(size), 0xffffffff));
  shape.lines = static_cast<std::uint32_t>(from.inner);
  Packet request;
  request.stream = stream;
  request.header.dst_x = remote.x;
  request.header.dst_y = remote.y;
  request.header.cls = hw::PacketClass::request;
  request.header.op = hw::PacketOp::read;
  request.header.addr = from.address;
  request.header.size = static_cast<std::uint8_t>(size);
  request.header.sem_en = sem_en;
  request.header.sem = static_cast<std::uint8_t>(d.sem);
  const auto words = shape.encode();
  std::copy(words.begin(), words.end(), request.data.begin());
  node.send(request);
}

}  // namespace

void TransferLists::issue(std::uint32_t address, unsigned hart) {
  const unsigned number = address % channels;
  channels_[number].queue.push_back({address - number, hart});
  run(number);
}

void TransferLists::semaphore_changed(unsigned id) {
  for (unsigned number = 0; number < channels; ++number) {
    Channel& channel = channels_[number];
    if (!channel.waiting || channel.semaphore != id || !node_.take_semaphore(id, channel.amount)) continue;
    channel.waiting = false;
    run(number);
  }
}

void TransferLists::run(unsigned number) {
  Channel& channel = channels_[number];
  if (channel.running) return;
  channel.running = true;
  for (unsigned steps = 0; !channel.waiting && (channel.next || !channel.queue.empty()); ++steps) {
    if (steps == endless) {
      throw RunError(fmt::format("node ({},{}): a list on channel {} of the transfer engine does not end, at {:#x}",
                                 node_.position().x, node_.position().y, number, channel.next.value_or(0)));
    }
    std::uint32_t address = 0;
    if (channel.next) {
      address = *channel.next;
    } else {
      address = channel.queue.front().address;
      channel.hart = channel.queue.front().hart;
      channel.queue.pop_front();
    }
    channel.next.reset();
    hw::UnitFault fault = hw::UnitFault::descriptor_address;
    hw::TransferDescriptor descriptor{};
    if (address % hw::line_bytes == 0 && address - hw::sram_base < hw::sram_size) {
      std::memcpy(&descriptor, node_.sram_bytes() + (address - hw::sram_base), sizeof descriptor);
      const bool is_bad = node_.reads(address, sizeof descriptor, hw::SramPort::network_read);
      fault = is_bad ? hw::UnitFault::uncorrectable : check(descriptor);
      if (fault == hw::UnitFault::none) fault = check_indices(descriptor);
      if (fault == hw::UnitFault::none && !execute(number, descriptor)) fault = hw::UnitFault::uncorrectable;
    }
    if (fault != hw::UnitFault::none) {
      node_.list_fault(number, channel.hart, fault, address);
      continue;
    }
    if (descriptor.next_en != 0) channel.next = descriptor.next;
  }
  channel.running = false;
}

std::uint32_t TransferLists::index(const hw::TransferDescriptor& d, std::uint64_t element) const {
  std::uint32_t result = 0;
  std::memcpy(&result, node_.sram().data() + (d.index_list - hw::sram_base) + 4 * element, sizeof result);
  return result;
}

hw::UnitFault TransferLists::check_indices(const hw::TransferDescriptor& d) const {
  if (!is_indexed(op_of(d))) return hw::UnitFault::none;
  if (node_.reads(d.index_list, std::uint64_t{4} * d.lines, hw::SramPort::network_read)) {
    return hw::UnitFault::uncorrectable;
  }
  for (std::uint64_t i = 0; i < d.lines; ++i) {
    if (index(d, i) >= d.index_limit) return hw::UnitFault::index;
  }
  return hw::UnitFault::none;
}

bool TransferLists::execute(unsigned number, const hw::TransferDescriptor& d) {
  if (op_of(d) == hw::DescriptorOpTransfer::wait) {
    Channel& channel = channels_[number];
    channel.semaphore = d.sem;
    channel.amount = d.lines;
    channel.waiting = !node_.take_semaphore(d.sem, d.lines);
    return true;
  }
  if (op_of(d) == hw::DescriptorOpTransfer::signal) {
    Packet packet;
    packet.stream = stream_of(number);
    packet.header.dst_x = remote_address(d).x;
    packet.header.dst_y = remote_address(d).y;
    packet.header.cls = hw::PacketClass::data;
    packet.header.op = hw::PacketOp::write;
    // Semaphores of an Interface Processor stand above its memory.
    packet.header.addr = remote_address(d).kind ? hw::dip_semaphore_base + std::uint64_t{8} * d.remote_sem
                                                : hw::semaphore_value_address(d.remote_sem);
    packet.header.size = 3;
    packet.data[packet.header.addr % hw::line_bytes / 4] = d.lines;
    node_.send(packet);
  } else if (!copy(number, d)) {
    return false;
  }
  if (d.sem_en != 0 && !is_pull(op_of(d))) node_.add_semaphore(d.sem, 1);
  return true;
}

bool TransferLists::copy(unsigned number, const hw::TransferDescriptor& d) {
  const hw::DescriptorOpTransfer op = op_of(d);
  const PacketStream stream = stream_of(number);
  Side local = side_of(d, false);
  Side remote = side_of(d, true);
  Side& table =
      op == hw::DescriptorOpTransfer::push_gather || op == hw::DescriptorOpTransfer::pull_scatter ? local : remote;
  const std::uint64_t base = table.address;
  const unsigned size = size_of(d);
  if (!is_indexed(op)) {
    if (is_pull(op)) {
      send_read(node_, stream, d, remote, local, d.sem_en != 0);
      return true;
    }
    return send_all(node_, stream, local, remote, remote_address(d), size, d.remote_sem_en != 0, d.remote_sem);
  }
  Side& packed = &table == &local ? remote : local;
  const std::uint64_t start = packed.address;
  for (Side* side : {&local, &remote}) *side = {side->address, 1, 0, 1, 0};
  for (std::uint64_t i = 0; i < d.lines; ++i) {
    table.address = base + (std::uint64_t{index(d, i)} << size);
    packed.address = start + (i << size);
    const bool last = i + 1 == d.lines;
    if (is_pull(op)) {
      send_read(node_, stream, d, remote, local, last && d.sem_en != 0);
    } else if (!send_all(node_, stream, local, remote, remote_address(d), size, last && d.remote_sem_en != 0,
                         d.remote_sem)) {
      return false;
    }
  }
  return true;
}

void serve_read(Node& node, const Packet& request) {
  std::array<std::uint32_t, hw::ReadRequest::bits / 32> words;
  std::copy_n(request.data.begin(), words.size(), words.begin());
  const hw::ReadRequest shape = hw::ReadRequest::decode(words);
  const hw::GlobalAddress target = hw::GlobalAddress::decode(shape.return_address);
  const Side from{request.header.addr, shape.lines, shape.inner_stride, shape.rows, shape.outer_stride};
  const Side to{target.offset, shape.lines, shape.return_inner_stride, shape.rows, shape.return_outer_stride};
  const unsigned size = request.header.size;
  if (shape.lines == 0 || shape.rows == 0 || size < 3 || size > 6 || !from.in_sram(size)) return;
  send_all(node, PacketStream::service, from, to, target, size, request.header.sem_en, request.header.sem);
}

}  // namespace dojo::model
