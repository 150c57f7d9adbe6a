#pragma once
// Call stacks of harts, followed from the instructions that retire.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sim/node_model.hpp"

namespace dojo::trace {

/// All call stacks that came up, as a tree: a stack is the one of its caller and the place of the call.
class CallTree {
 public:
  static constexpr unsigned root = 0;
  /// The stack below `caller` of what is called at `pc`.
  unsigned called(unsigned caller, std::uint64_t pc);
  /// Addresses of the calls, outermost first.
  [[nodiscard]] std::vector<std::uint64_t> calls(unsigned stack) const;

 private:
  struct Stack {
    unsigned caller = root;
    std::uint64_t call = 0;
  };
  struct Hash {
    std::size_t operator()(const Stack& stack) const {
      return (stack.call ^ std::uint64_t{stack.caller} << 32) * 0x9e3779b97f4a7c15 >> 8;
    }
  };
  struct Equal {
    bool operator()(const Stack& a, const Stack& b) const { return a.caller == b.caller && a.call == b.call; }
  };
  std::vector<Stack> stacks_ = std::vector<Stack>(1);
  std::unordered_map<Stack, unsigned, Hash, Equal> numbers_;
};

/// The shadow stack of one hart. A jump that writes ra or t0 calls; a jump through one of them returns, if it leads
/// behind a call of the stack, whose callees are then left, too. Other jumps change nothing: after a tail call the
/// callee stands where its caller stood, and the next return leaves it. A trap is a call that mret ends.
class CallStack {
 public:
  explicit CallStack(CallTree& tree) : tree_(tree) {}

  /// The hart starts anew.
  void clear();
  /// The stack of the instruction that retires next, at `pc`.
  unsigned at(std::uint64_t pc);
  /// It has retired, or trapped.
  void retire(const sim::Retirement& retired);

 private:
  /// Where recursion without end is cut.
  static constexpr std::size_t deepest = 512;
  struct Frame {
    std::uint64_t return_address;
    unsigned caller;
    bool trap;
  };
  enum class Leaving { no, call, trap };
  void push(std::uint64_t call, std::uint64_t return_address, bool trap);
  void leave_call(std::uint64_t pc);
  void leave_trap();

  CallTree& tree_;
  std::vector<Frame> frames_;
  unsigned stack_ = CallTree::root;
  Leaving leaving_ = Leaving::no;  ///< with the instruction before
};

}  // namespace dojo::trace
