#include "kernels/collective_plan.hpp"

#include <algorithm>
#include <cstring>

#include "firmware/kernels/collective_plan.h"

namespace dojo {
namespace {

constexpr std::size_t step_bytes = sizeof(collective_step_t);

std::size_t whole_lines(std::size_t bytes) {
  return (bytes + hw::line_bytes - 1) / hw::line_bytes * hw::line_bytes;
}

/// What stands in the place of a node in the global addresses of a tree.
Coordinates group_coordinates(const CollectiveGroup& group) {
  return {hw::group_column, group.tree + hw::trees * static_cast<unsigned>(group.mode)};
}

}  // namespace

unsigned CollectivePlan::harts() const {
  unsigned most = 1;
  for (const auto& node : nodes) {
    for (unsigned hart = 0; hart < hw::harts; ++hart) {
      if (!node[hart].empty()) most = std::max(most, hart + 1);
    }
  }
  return most;
}

std::size_t CollectivePlan::image_bytes() const {
  std::size_t most = 0;
  for (const auto& node : nodes) {
    std::size_t steps = 0;
    std::size_t messages = 0;
    for (const auto& hart : node) {
      steps += hart.size();
      for (const CollectiveStep& step : hart) messages += step.messages.size();
    }
    most = std::max(most, whole_lines(sizeof(collective_plan_t) + steps * step_bytes) + messages * hw::line_bytes);
  }
  return most;
}

std::vector<std::byte> CollectivePlan::image(const Rectangle& rectangle, unsigned index,
                                             const CollectiveMemory& memory) const {
  const auto& node = nodes[index];
  collective_plan_t head{};
  std::vector<collective_step_t> steps;
  std::vector<hw::TransferDescriptor> descriptors;
  std::size_t step_count = 0;
  for (const auto& hart : node) step_count += hart.size();
  const std::size_t descriptors_at = whole_lines(sizeof(head) + step_count * step_bytes);
  const auto data_address = [&](std::size_t line) {
    return static_cast<std::uint32_t>(memory.data + line * hw::line_bytes);
  };
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    const auto slot_address = [&](std::size_t line) {
      return static_cast<std::uint32_t>(memory.slots + (hart * slot_lines + line) * hw::line_bytes);
    };
    const auto next_descriptor = [&] {
      return static_cast<std::uint32_t>(memory.plan + descriptors_at + descriptors.size() * hw::line_bytes);
    };
    head.harts[hart] = {.steps = static_cast<std::uint32_t>(memory.plan + sizeof(head) + steps.size() * step_bytes),
                        .count = static_cast<std::uint32_t>(node[hart].size())};
    for (const CollectiveStep& step : node[hart]) {
      steps.push_back({.semaphore = step.semaphore,
                       .amount = step.amount,
                       .lines = static_cast<std::uint32_t>(step.sum.lines),
                       .slots = slot_address(step.slot),
                       .slot_bytes = static_cast<std::uint32_t>(step.sum.lines * hw::line_bytes),
                       .slot_count = static_cast<std::uint32_t>(step.slot_count),
                       .sum = data_address(step.sum.first) + (step.adds_own ? COLLECTIVE_ADDS_OWN : 0),
                       .list = step.messages.empty() ? 0 : next_descriptor() + step.channel});
      for (const CollectiveMessage& message : step.messages) {
        const Coordinates to = message.group ? group_coordinates(*message.group) : rectangle.node(message.node);
        const std::uint64_t remote = hw::global_address(
            to.x, to.y, message.to_slots ? slot_address(message.slot) : data_address(message.lines.first));
        const bool is_signal = message.lines.lines == 0;
        hw::TransferDescriptor descriptor{};
        descriptor.op = is_signal ? DOJO_DESCRIPTOR_OP_TRANSFER_SIGNAL : DOJO_DESCRIPTOR_OP_TRANSFER_PUSH;
        descriptor.remote_sem_en = 1;
        descriptor.remote_sem = message.semaphore;
        descriptor.lines = is_signal ? 1 : static_cast<std::uint32_t>(message.lines.lines);
        descriptor.local_address = data_address(message.lines.first);
        descriptor.remote_address_low = static_cast<std::uint32_t>(remote);
        descriptor.remote_address_high = static_cast<std::uint32_t>(remote >> 32);
        descriptors.push_back(descriptor);
        if (&message != &step.messages.back()) {
          descriptors.back().next_en = 1;
          descriptors.back().next = next_descriptor();
        }
      }
    }
  }
  std::vector<std::byte> image(descriptors_at + descriptors.size() * hw::line_bytes);
  std::memcpy(image.data(), &head, sizeof(head));
  std::memcpy(image.data() + sizeof(head), steps.data(), steps.size() * step_bytes);
  std::memcpy(image.data() + descriptors_at, descriptors.data(), descriptors.size() * hw::line_bytes);
  return image;
}

}  // namespace dojo
