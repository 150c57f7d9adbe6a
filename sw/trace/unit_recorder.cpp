#include "trace/unit_recorder.hpp"

#include <cstring>

namespace dojo::trace {
namespace {

std::uint64_t counter(const sim::NodeModel& node, hw::Counter counter) {
  return node.counter(static_cast<unsigned>(counter), 0);
}

TransferBegin begin_of(const sim::TransferStart& start) {
  const hw::TransferDescriptor& d = start.descriptor;
  const auto op = static_cast<hw::DescriptorOpTransfer>(d.op);
  const bool strided = op == hw::DescriptorOpTransfer::push_strided || op == hw::DescriptorOpTransfer::pull_strided;
  const bool lines = op == hw::DescriptorOpTransfer::push || op == hw::DescriptorOpTransfer::pull;
  constexpr std::uint8_t line_size = 6;
  constexpr std::uint8_t signal_size = 3;
  return {.remote = d.remote_address_low | std::uint64_t{d.remote_address_high} << 32,
          .address = start.address,
          .local = d.local_address,
          .lines = d.lines,
          .rows = strided ? d.rows : 1,
          .channel = static_cast<std::uint8_t>(start.channel),
          .op = op,
          .element_size = lines                                    ? line_size
                          : op == hw::DescriptorOpTransfer::signal ? signal_size
                                                                   : static_cast<std::uint8_t>(d.element_size),
          .semaphore = static_cast<std::uint8_t>(d.sem)};
}

}  // namespace

UnitRecorder::UnitRecorder(const sim::NodeModel& node)
    : steps_(counter(node, hw::Counter::matrix_steps)),
      operand_stalls_(counter(node, hw::Counter::matrix_operand_stalls)),
      drain_stalls_(counter(node, hw::Counter::matrix_drain_stalls)) {}

void UnitRecorder::host_write(std::uint32_t address, std::uint64_t data) {
  register_write(address, data);
}

void UnitRecorder::register_write(std::uint64_t address, std::uint64_t data) {
  for (unsigned tree = 0; tree < hw::trees; ++tree) {
    if (address == hw::control_tree_address(tree)) {
      trees_[tree] = hw::Tree::decode(data);
      arrivals_[tree] = 0;
    }
  }
}

void UnitRecorder::after_cycle(sim::NodeModel& node, const sim::NodeActivity& activity, std::uint64_t cycle,
                               EventBuffer* events) {
  if (events != nullptr && activity.command) {
    events->put(cycle, Command{.unit = activity.command->unit, .address = activity.command->address},
                activity.command->hart);
  }
  count_semaphores(activity, cycle, events);
  for (const std::optional<unsigned>& tree : activity.arrivals) {
    if (!tree) continue;
    const bool releases = will_release(*tree);
    if (releases) ++arrivals_[*tree];
    if (events != nullptr) {
      events->put(cycle, BarrierArrival{.tree = static_cast<std::uint8_t>(*tree), .will_release = releases});
    }
  }
  follow_matrix(node, activity, cycle, events);
  follow_transfers(activity, cycle, events);
  follow_barriers(activity, cycle, events);
}

void UnitRecorder::reopen(std::uint64_t cycle, EventBuffer& events) const {
  if (stepping_) events.put(cycle, matrix_.front().begin);
  for (const auto& transfer : transfers_) {
    if (transfer) events.put(cycle, *transfer);
  }
  if (serving_) events.put(cycle, ServiceBegin{});
  for (unsigned tree = 0; tree < hw::trees; ++tree) {
    if (arrivals_[tree] != 0) {
      events.put(cycle, BarrierArrival{.tree = static_cast<std::uint8_t>(tree), .will_release = true});
    }
  }
}

void UnitRecorder::count_semaphores(const sim::NodeActivity& activity, std::uint64_t cycle, EventBuffer* events) {
  if (events == nullptr) return;
  const auto count = [&](SemaphoreCount::From from, unsigned semaphore, std::uint32_t amount) {
    events->put(cycle,
                SemaphoreCount{.from = from, .semaphore = static_cast<std::uint8_t>(semaphore), .amount = amount});
  };
  if (activity.matrix_done) count(SemaphoreCount::From::matrix, *activity.matrix_done, 1);
  if (activity.transfer_done) count(SemaphoreCount::From::transfer, *activity.transfer_done, 1);
  if (activity.network_increment) {
    count(SemaphoreCount::From::network, activity.network_increment->semaphore, activity.network_increment->amount);
  }
}

void UnitRecorder::take_descriptor(sim::NodeModel& node, std::uint32_t address) {
  constexpr unsigned steps_per_tile = 2;  // of a product of tiles: 8x8x8
  const std::uint64_t offset = address - hw::sram_base;
  MatrixWork work{};
  work.begin.address = address;
  if (address % hw::line_bytes == 0 && offset < hw::sram_size) {
    hw::MatrixDescriptor d;
    std::memcpy(&d, &node.sram()[offset], sizeof d);
    work.begin.m_tiles = static_cast<std::uint16_t>(d.m_tiles);
    work.begin.n_tiles = static_cast<std::uint16_t>(d.n_tiles);
    work.begin.k_tiles = static_cast<std::uint16_t>(d.k_tiles);
    work.begin.convolution = d.op == static_cast<unsigned>(hw::DescriptorOpMatrix::convolution);
    work.begin.steps = steps_per_tile * d.m_tiles * d.n_tiles * d.k_tiles;
  }
  work.left = work.begin.steps;
  // Without steps it only writes what an accumulator holds.
  if (work.left != 0) matrix_.push_back(work);
}

void UnitRecorder::follow_matrix(sim::NodeModel& node, const sim::NodeActivity& activity, std::uint64_t cycle,
                                 EventBuffer* events) {
  const std::uint64_t steps = counter(node, hw::Counter::matrix_steps);
  new_steps_ = static_cast<std::uint32_t>(steps - steps_);
  steps_ = steps;
  if (new_steps_ != 0 && !matrix_.empty()) {
    MatrixWork& work = matrix_.front();
    if (!stepping_) {
      stepping_ = true;
      first_operand_stalls_ = operand_stalls_;
      first_drain_stalls_ = drain_stalls_;
      if (events != nullptr) events->put(cycle, work.begin);
    }
    --work.left;
  }
  if (stepping_) {
    operand_stalls_ = counter(node, hw::Counter::matrix_operand_stalls);
    drain_stalls_ = counter(node, hw::Counter::matrix_drain_stalls);
    if (matrix_.front().left == 0) {
      if (events != nullptr) {
        events->put(cycle + 1,
                    MatrixEnd{.operand_stalls = static_cast<std::uint32_t>(operand_stalls_ - first_operand_stalls_),
                              .drain_stalls = static_cast<std::uint32_t>(drain_stalls_ - first_drain_stalls_)});
      }
      matrix_.pop_front();
      stepping_ = false;
    }
  } else if (!matrix_.empty()) {
    operand_stalls_ = counter(node, hw::Counter::matrix_operand_stalls);
    drain_stalls_ = counter(node, hw::Counter::matrix_drain_stalls);
  }
  if (!activity.matrix) {
    matrix_offered_ = false;
    return;
  }
  if (!matrix_offered_) take_descriptor(node, activity.matrix->address);
  matrix_offered_ = !activity.matrix->taken;
}

void UnitRecorder::follow_transfers(const sim::NodeActivity& activity, std::uint64_t cycle, EventBuffer* events) {
  for (unsigned channel = 0; channel < sim::transfer_channels; ++channel) {
    if (!transfers_[channel] || transfer_starts_[channel] > cycle) continue;
    if ((activity.active_streams >> channel & 1) != 0 || activity.waits[channel]) continue;
    transfers_[channel].reset();
    if (events != nullptr) events->put(cycle + 1, TransferEnd{.channel = static_cast<std::uint8_t>(channel)});
  }
  if (activity.transfer && !activity.transfer->bad) {
    const TransferBegin begin = begin_of(*activity.transfer);
    transfers_[begin.channel] = begin;
    transfer_starts_[begin.channel] = cycle + 1;
    if (events != nullptr) events->put(cycle + 1, begin);
  }
  const bool serves = (activity.active_streams >> sim::transfer_channels & 1) != 0;
  if (serves != serving_ && events != nullptr) {
    events->put(cycle + 1, serves ? Payload(ServiceBegin{}) : Payload(ServiceEnd{}));
  }
  serving_ = serves;
}

void UnitRecorder::follow_barriers(const sim::NodeActivity& activity, std::uint64_t cycle, EventBuffer* events) {
  if (!activity.release) return;
  const std::optional<unsigned> tree = tree_of(activity.release->semaphore);
  if (tree) arrivals_[*tree] = 0;
  if (events == nullptr) return;
  if (tree) events->put(cycle + 1, BarrierRelease{.tree = static_cast<std::uint8_t>(*tree)});
  events->put(cycle + 1, SemaphoreCount{.from = SemaphoreCount::From::barrier,
                                        .semaphore = static_cast<std::uint8_t>(activity.release->semaphore),
                                        .amount = activity.release->amount});
}

bool UnitRecorder::will_release(unsigned tree) const {
  const hw::Tree& place = trees_[tree];
  const bool is_root = place.parent >= directions;
  return place.valid && place.member && (!place.join_only || is_root);
}

std::optional<unsigned> UnitRecorder::tree_of(unsigned semaphore) const {
  std::optional<unsigned> found;
  for (unsigned tree = hw::trees; tree-- > 0;) {
    const bool fits = will_release(tree) && trees_[tree].sem == semaphore;
    // Of several with the same semaphore the one that has been waited for.
    if (fits && (!found || arrivals_[tree] != 0)) found = tree;
  }
  return found;
}

}  // namespace dojo::trace
