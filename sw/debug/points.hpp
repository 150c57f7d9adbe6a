#pragma once
// At what a machine under the debugger stops: breakpoints, watchpoints, steps.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "dojo_hw.hpp"

namespace dojo::debug {

/// Site of the hart's node times hw::harts, plus its number in the node.
using HartNumber = unsigned;

constexpr unsigned site_of(HartNumber hart) {
  return hart / hw::harts;
}
constexpr unsigned local_of(HartNumber hart) {
  return hart % hw::harts;
}

/// Bytes of a node's SRAM, or semaphores of it.
struct Watchpoint {
  enum class Kind {
    write = 2,   ///< the bytes change
    read = 3,    ///< a hart loads from them
    access = 4,  ///< either, or a hart stores what was there before
  };
  Kind kind = Kind::write;
  std::uint64_t address = 0;  ///< as the debugger named them
  std::uint64_t size = 0;
  unsigned site = 0;
  std::uint64_t local = 0;  ///< address inside the node
  friend bool operator==(const Watchpoint&, const Watchpoint&) = default;
};

/// Something that stops the machine, in the cycle that has just passed.
struct Hit {
  enum class Kind { breakpoint, watchpoint, step, count };
  Kind kind;
  HartNumber hart;
  std::uint64_t pc = 0;
  Watchpoint watchpoint = {};
};

/// What stops the machine.
struct Conditions {
  struct Step {
    HartNumber hart;
    std::uint64_t first = 0;  ///< goes on while the PC is in [first, last)
    std::uint64_t last = 0;
  };
  struct Count {
    HartNumber hart;
    std::uint64_t retired;
  };
  std::vector<std::uint64_t> breakpoints = {};  ///< PCs of all harts
  std::optional<unsigned> only = {};            ///< ... of one node, at this site
  /// The debugger lets this hart alone pass something, and is not to hear of others meanwhile.
  std::optional<HartNumber> alone = {};
  /// Breakpoints that others would have met.
  std::vector<std::uint64_t> passed_over = {};
  std::vector<Watchpoint> watchpoints = {};
  std::optional<Step> step = {};
  std::optional<Count> count = {};  ///< the hart has retired so many instructions

  /// Whether what was met is a breakpoint or watchpoint of these.
  [[nodiscard]] bool has(const Hit& hit) const;
  /// Whether a hart stops before the instruction at `pc`.
  [[nodiscard]] bool is_breakpoint(HartNumber hart, std::uint64_t pc) const;
};

/// A load or store of a hart, at an address inside its node.
struct HartAccess {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  bool reads = false;
  bool writes = false;
};

/// What a hart did in a cycle, and where it then stands.
struct HartCycle {
  std::uint64_t pc = 0;
  hw::HartState state = hw::HartState::stopped;
  bool retired = false;  ///< an instruction or a trap
  std::optional<HartAccess> access = {};
};

/// What has been seen of the harts of a node.
struct NodeProgress {
  std::array<std::uint64_t, hw::harts> retired{};
  std::array<std::uint64_t, hw::harts> pc{};
  std::array<hw::HartState, hw::harts> state{};
};

/// The conditions at one node.
class NodePoints {
 public:
  /// Fills in bytes of the node, as Watchpoint::local names them.
  using Read = std::function<void(std::uint64_t local, std::span<std::byte> bytes)>;

  NodePoints(unsigned site, Read read) : site_(site), read_(std::move(read)) {}

  /// Takes the place of what was there; values of watched bytes are those of now. `conditions` must live on.
  void arm(const Conditions& conditions);
  void disarm() { conditions_ = nullptr; }
  /// Sees a cycle of the node; appends what stops the machine, at most one for each hart and each watchpoint.
  void after_cycle(std::span<const HartCycle, hw::harts> harts, std::vector<Hit>& hits);

  [[nodiscard]] const NodeProgress& progress() const { return progress_; }
  void set_progress(const NodeProgress& progress) { progress_ = progress; }

 private:
  struct Watched {
    Watchpoint point;
    std::vector<std::byte> bytes;
  };
  void check_hart(unsigned local, const HartCycle& cycle, bool arrives, std::vector<Hit>& hits) const;
  void check_watched(Watched& watched, std::span<const HartCycle, hw::harts> harts, std::vector<Hit>& hits);

  unsigned site_;
  Read read_;
  const Conditions* conditions_ = nullptr;
  std::vector<Watched> watched_;
  std::vector<std::byte> now_;
  NodeProgress progress_;
};

}  // namespace dojo::debug
