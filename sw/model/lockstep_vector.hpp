#pragma once
// Vector registers in lockstep: what the vector unit writes, some time before or after an instruction retires, against
// what the golden model computed for that instruction.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/backend.hpp"
#include "model/hart.hpp"

namespace dojo::model {

/// A write of a vector register of a node.
struct VectorWriteEvent {
  Coordinates node;
  unsigned hart = 0;
  std::uint64_t cycle = 0;
  unsigned tag = 0;  ///< of the instruction, among those in flight in the node
  unsigned reg = 0;
  std::array<std::uint8_t, vector_bytes> data{};
  std::uint64_t byte_enable = 0;  ///< bit i: byte i is written
};

/// The instruction with this tag has made its last write; the tag may be used again.
struct VectorDoneEvent {
  Coordinates node;
  unsigned hart = 0;
  std::uint64_t cycle = 0;
  unsigned tag = 0;
};

/// The vector instructions in flight of one node.
class VectorTracker {
 public:
  /// The model has executed the instruction `tag`; the registers around it. Returns a report if the unit, which has
  /// already finished, has written something else; else nothing.
  [[nodiscard]] std::string retired(unsigned hart, unsigned tag, const StepResult& result, const VectorState& before,
                                    const VectorState& after);
  void write(const VectorWriteEvent& event);
  /// Returns a report if instruction `tag`, which has already retired, has written something else; else nothing.
  [[nodiscard]] std::string done(const VectorDoneEvent& event);
  /// The first instruction that has retired or written and not finished, as text; empty if there is none.
  [[nodiscard]] std::string unfinished() const;

 private:
  using Register = std::array<std::uint8_t, vector_bytes>;
  struct Entry {
    bool has_retired = false;
    bool is_done = false;
    StepResult result;
    unsigned sew = 0;
    std::map<unsigned, std::pair<Register, Register>> registers;  ///< before and after, of those that may be written
    std::vector<VectorWriteEvent> writes;
  };
  /// Hart and tag: a synchronous instruction may retire so late that another hart's has its tag by then.
  using Key = std::pair<unsigned, unsigned>;
  std::string finish(const Key& key);

  std::map<Key, Entry> entries_;
};

}  // namespace dojo::model
