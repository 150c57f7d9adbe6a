#include "trace/call_stack.hpp"

#include <algorithm>
#include <iterator>

namespace dojo::trace {
namespace {

constexpr unsigned ra = 1;
constexpr unsigned t0 = 5;

bool is_link(unsigned number) {
  return number == ra || number == t0;
}

/// What a jump does to the stack.
struct Jump {
  bool calls = false;
  bool returns = false;
  unsigned bytes = 4;
};

Jump jump_of(std::uint32_t instruction) {
  constexpr unsigned jal = 0x6f;
  constexpr unsigned jalr = 0x67;
  const bool compressed = (instruction & 3) != 3;
  if (compressed) {
    // c.jr, c.jalr: 100x rs1 00000 10
    const unsigned source = instruction >> 7 & 31;
    if ((instruction & 0xe07f) != 0x8002 || source == 0) return {};
    const bool links = (instruction & 0x1000) != 0;
    return {.calls = links, .returns = is_link(source) && !(links && source == ra), .bytes = 2};
  }
  const unsigned destination = instruction >> 7 & 31;
  const unsigned opcode = instruction & 0x7f;
  if (opcode == jal) return {.calls = is_link(destination)};
  if (opcode != jalr) return {};
  const unsigned source = instruction >> 15 & 31;
  return {.calls = is_link(destination), .returns = is_link(source) && source != destination};
}

}  // namespace

unsigned CallTree::called(unsigned caller, std::uint64_t pc) {
  const Stack stack{.caller = caller, .call = pc};
  const auto [place, is_new] = numbers_.try_emplace(stack, static_cast<unsigned>(stacks_.size()));
  if (is_new) stacks_.push_back(stack);
  return place->second;
}

std::vector<std::uint64_t> CallTree::calls(unsigned stack) const {
  std::vector<std::uint64_t> result;
  for (; stack != root; stack = stacks_[stack].caller) result.push_back(stacks_[stack].call);
  std::ranges::reverse(result);
  return result;
}

void CallStack::clear() {
  frames_.clear();
  stack_ = CallTree::root;
  leaving_ = Leaving::no;
}

unsigned CallStack::at(std::uint64_t pc) {
  if (leaving_ == Leaving::call) leave_call(pc);
  if (leaving_ == Leaving::trap) leave_trap();
  leaving_ = Leaving::no;
  return stack_;
}

void CallStack::retire(const sim::Retirement& retired) {
  constexpr std::uint32_t mret = 0x30200073;
  if (retired.trap) {
    push(retired.pc, retired.pc, true);
    return;
  }
  if (retired.instruction == mret) {
    leaving_ = Leaving::trap;
    return;
  }
  const Jump jump = jump_of(retired.instruction);
  if (jump.calls) {
    push(retired.pc, retired.pc + jump.bytes, false);
  } else if (jump.returns) {
    leaving_ = Leaving::call;
  }
}

void CallStack::push(std::uint64_t call, std::uint64_t return_address, bool trap) {
  if (frames_.size() >= deepest) clear();
  frames_.push_back({.return_address = return_address, .caller = stack_, .trap = trap});
  stack_ = tree_.called(stack_, call);
}

void CallStack::leave_call(std::uint64_t pc) {
  for (std::size_t i = frames_.size(); i-- > 0 && !frames_[i].trap;) {
    if (frames_[i].return_address != pc) continue;
    stack_ = frames_[i].caller;
    frames_.resize(i);
    return;
  }
}

void CallStack::leave_trap() {
  const auto last = std::ranges::find_if(frames_.rbegin(), frames_.rend(), &Frame::trap);
  if (last == frames_.rend()) return;
  stack_ = last->caller;
  frames_.erase(std::prev(last.base()), frames_.end());
}

}  // namespace dojo::trace
