#include "kernels/transfer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>

#include "common/error.hpp"
#include "kernels/firmware.hpp"

namespace dojo {
namespace {

using Op = hw::DescriptorOpTransfer;

/// Parts of a node's memory begin at multiples of as many bytes: bank 0, as far as the low four bits of a line say.
constexpr std::size_t alignment = std::size_t{hw::sram_banks} * hw::line_bytes;

constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

bool is_pull(Op op) {
  return op == Op::pull || op == Op::pull_strided || op == Op::pull_gather || op == Op::pull_scatter;
}
bool is_contiguous(Op op) {
  return op == Op::push || op == Op::pull;
}
bool is_strided(Op op) {
  return op == Op::push_strided || op == Op::pull_strided;
}
bool is_gather(Op op) {
  return op == Op::push_gather || op == Op::pull_gather;
}
bool is_scatter(Op op) {
  return op == Op::push_scatter || op == Op::pull_scatter;
}

/// The same on every machine, unlike std::shuffle.
std::vector<std::uint32_t> random_order(std::size_t count, std::mt19937_64& generator) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[generator() % i]);
  return order;
}

}  // namespace

std::size_t Transfer::Side::first() const {
  const std::uint64_t start = memory.value().address();
  return aligned(start - hw::sram_base) - (start - hw::sram_base);
}

Transfer::Transfer(Machine& machine, Coordinates here, Coordinates there, const TransferShape& shape,
                   std::uint64_t seed)
    : machine_(machine), shape_(shape), program_(load_firmware("transfer")) {
  check();
  shape_.row_elements = std::min(shape_.row_elements, shape_.elements());
  const bool inside = here == there;
  if (inside && shape_.both_ways) throw InputError("a copy both ways needs two nodes");
  std::mt19937_64 generator(seed);
  if (is_gather(shape_.op) || is_scatter(shape_.op)) order_ = random_order(shape_.elements(), generator);
  const bool pull = is_pull(shape_.op);
  const bool both = shape_.both_ways || inside;
  sides_.push_back(
      make_side({.node = here, .issues = true, .sends = both || !pull, .receives = both || pull}, generator));
  if (!inside) {
    sides_.push_back(
        make_side({.node = there, .issues = both, .sends = both || pull, .receives = both || !pull}, generator));
  }
  for (Side& side : sides_) write(side, &side == &sides_.front() ? sides_.back() : sides_.front());
}

void Transfer::check() const {
  const auto [op, bytes, element, row, skew, both_ways] = shape_;
  const std::string_view name = hw::to_string(op);
  if (op == Op::wait || op == Op::signal) throw InputError(fmt::format("{} copies nothing", name));
  if (!std::has_single_bit(element) || element < 8 || element > hw::line_bytes) {
    throw InputError(fmt::format("elements of {} bytes: they have 8, 16, 32 or 64", element));
  }
  if (is_contiguous(op) && element != hw::line_bytes) {
    throw InputError(fmt::format("{} of elements of {} bytes: it copies lines of {}", name, element, hw::line_bytes));
  }
  if (bytes == 0 || bytes % element != 0) {
    throw InputError(fmt::format("{} of {} bytes: not a multiple of an element of {}", name, bytes, element));
  }
  if (is_strided(op) && (row == 0 || (shape_.elements() > row && shape_.elements() % row != 0))) {
    throw InputError(fmt::format("{} of {} elements: not a multiple of a row of {}", name, shape_.elements(), row));
  }
}

Transfer::Side Transfer::make_side(Side side, std::mt19937_64& generator) {
  const auto take = [&side](bool needed, std::size_t bytes) {
    const std::size_t offset = side.end;
    if (needed) side.end += aligned(bytes);
    return offset;
  };
  const std::size_t skew = shape_.skew_lines * hw::line_bytes;
  side.source = take(side.sends, source_bytes());
  side.destination = take(side.receives, skew + shape_.bytes) + skew;
  side.indices = take(side.issues, order_.size() * sizeof(order_[0]));
  side.descriptor = take(side.issues, hw::line_bytes);
  const std::size_t needed = side.end + alignment;
  const std::uint64_t available = program_.heap_end() - program_.heap_start();
  if (needed > available) {
    throw InputError(fmt::format("{} of {} bytes needs {} bytes in node ({},{}), which has {} for it",
                                 hw::to_string(shape_.op), shape_.bytes, needed, side.node.x, side.node.y, available));
  }
  machine_.load(program_, {.origin = side.node, .columns = 1, .rows = 1});
  side.memory = machine_.allocate(side.node, needed);
  side.contents.resize(side.end);
  for (std::byte& byte : side.contents) byte = static_cast<std::byte>(generator() >> 56);
  return side;
}

// Indices and descriptor go into the contents, and all of it into the node.
void Transfer::write(Side& side, const Side& other) {
  if (side.issues) {
    const hw::TransferDescriptor descriptor = describe(side, other);
    std::copy_n(reinterpret_cast<const std::byte*>(order_.data()), order_.size() * sizeof(order_[0]),
                side.contents.begin() + static_cast<std::ptrdiff_t>(side.indices));
    std::memcpy(&side.contents[side.descriptor], &descriptor, sizeof(descriptor));
  }
  side.memory->write_bytes(side.contents, side.first());
}

hw::TransferDescriptor Transfer::describe(const Side& side, const Side& other) const {
  const bool pull = is_pull(shape_.op);
  const std::uint64_t local = side.address() + (pull ? side.destination : side.source);
  const std::uint64_t remote =
      hw::global_address(other.node.x, other.node.y, other.address() + (pull ? other.source : other.destination));
  hw::TransferDescriptor descriptor{};
  descriptor.op = static_cast<std::uint32_t>(shape_.op);
  descriptor.element_size = static_cast<std::uint32_t>(std::countr_zero(shape_.element_bytes));
  descriptor.sem_en = 1;
  descriptor.remote_sem_en = pull ? 0 : 1;
  descriptor.lines = static_cast<std::uint32_t>(shape_.elements());
  descriptor.local_address = static_cast<std::uint32_t>(local);
  descriptor.remote_address_low = static_cast<std::uint32_t>(remote);
  descriptor.remote_address_high = static_cast<std::uint32_t>(remote >> 32);
  if (is_strided(shape_.op)) {
    const auto element = static_cast<std::uint32_t>(shape_.element_bytes);
    const auto row = static_cast<std::uint32_t>(shape_.row_elements * shape_.element_bytes);
    descriptor.lines = static_cast<std::uint32_t>(shape_.row_elements);
    descriptor.rows = static_cast<std::uint32_t>(shape_.elements() / shape_.row_elements);
    descriptor.local_inner_stride = element;
    descriptor.remote_inner_stride = element;
    descriptor.local_outer_stride = pull ? row : 2 * row;
    descriptor.remote_outer_stride = pull ? 2 * row : row;
  }
  if (!order_.empty()) {
    descriptor.index_list = static_cast<std::uint32_t>(side.address() + side.indices);
    descriptor.index_limit = static_cast<std::uint32_t>(order_.size());
  }
  return descriptor;
}

std::size_t Transfer::source_bytes() const {
  return is_strided(shape_.op) ? 2 * shape_.bytes : shape_.bytes;
}

std::size_t Transfer::source_offset(std::size_t element) const {
  if (is_gather(shape_.op)) return order_[element] * shape_.element_bytes;
  if (!is_strided(shape_.op)) return element * shape_.element_bytes;
  const std::size_t row = shape_.row_elements;
  return (element / row * 2 * row + element % row) * shape_.element_bytes;
}

std::size_t Transfer::destination_offset(std::size_t element) const {
  return (is_scatter(shape_.op) ? order_[element] : element) * shape_.element_bytes;
}

void Transfer::launch() {
  events_.clear();
  for (const Side& side : sides_) {
    const std::uint64_t arrivals = side.receives && !is_pull(shape_.op) ? 1 : 0;
    const std::uint64_t counts = arrivals + (side.issues ? 1 : 0);
    if (counts == 0) continue;
    const std::uint64_t list = side.issues ? side.address() + side.descriptor : 0;
    events_.push_back(machine_.launch(program_, {.origin = side.node, .columns = 1, .rows = 1}, {list, counts}));
  }
}

void Transfer::wait() {
  const std::uint64_t start = machine_.cycles();
  for (Event& event : events_) event.wait();
  cycles_ = machine_.cycles() - start;
}

bool Transfer::correct() const {
  for (const Side& side : sides_) {
    const Side& from = &side == &sides_.front() ? sides_.back() : sides_.front();
    std::vector<std::byte> expected = side.contents;
    for (std::size_t i = 0; side.receives && i < shape_.elements(); ++i) {
      std::copy_n(from.contents.begin() + static_cast<std::ptrdiff_t>(from.source + source_offset(i)),
                  shape_.element_bytes,
                  expected.begin() + static_cast<std::ptrdiff_t>(side.destination + destination_offset(i)));
    }
    std::vector<std::byte> found(expected.size());
    side.memory->read_bytes(found, side.first());
    if (found != expected) return false;
  }
  return true;
}

}  // namespace dojo
