#pragma once
// The host of an Interface Processor: its memory as an AXI4 slave of 128 bits, with latency and a pace of its own.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "dojo_hw.hpp"
#include "model/dip_lists.hpp"

namespace dojo::tb {

/// Bursts are INCR with beats of 16 bytes. Each ID is answered in order; which of two IDs goes first is left to chance.
class HostMemorySlave {
 public:
  using Line = model::HostMemory::Line;
  using Beat = std::array<std::uint32_t, 4>;

  struct Address {
    bool valid = false;
    bool id = false;
    std::uint64_t address = 0;
    unsigned length = 0;  ///< beats - 1
  };
  struct Data {
    bool valid = false;
    Beat data{};
    std::uint32_t strobes = 0;
    bool last = false;
  };
  struct Read {
    bool valid = false;
    bool id = false;
    Beat data{};
    unsigned response = 0;
    bool last = false;
  };
  struct Answer {
    bool valid = false;
    bool id = false;
    unsigned response = 0;
  };

  /// Cycles from a burst to its answer, at least.
  unsigned latency = 200;
  /// Whether AR, AW, W take, and R and B give, in this cycle; by default always.
  std::function<bool(unsigned what)> pace;
  /// Lines whose accesses fail.
  std::vector<std::uint64_t> broken;

  /// What the slave shows in this cycle; data are taken in the cycle of their address at the earliest.
  void begin(std::uint64_t cycle, bool aw_valid);
  [[nodiscard]] bool ar_ready() const { return ar_ready_; }
  [[nodiscard]] bool aw_ready() const { return aw_ready_; }
  [[nodiscard]] bool w_ready() const { return w_ready_; }
  [[nodiscard]] const Read& read() const { return read_; }
  [[nodiscard]] const Answer& answer() const { return answer_; }
  /// What the master shows in this cycle, and whether it takes R.
  void end(const Address& ar, const Address& aw, const Data& w, bool r_ready);

  [[nodiscard]] Line line(std::uint64_t number) const;
  void put(std::uint64_t address, const void* from, std::size_t bytes);
  [[nodiscard]] const std::unordered_map<std::uint64_t, Line>& lines() const { return lines_; }
  [[nodiscard]] bool is_idle() const {
    return reads_[0].empty() && reads_[1].empty() && writes_.empty() && answers_[0].empty() && answers_[1].empty();
  }
  /// Beats that crossed each way.
  [[nodiscard]] std::uint64_t beats_read() const { return beats_read_; }
  [[nodiscard]] std::uint64_t beats_written() const { return beats_written_; }
  /// Broken rules of AXI4.
  [[nodiscard]] const std::vector<std::string>& errors() const { return errors_; }

 private:
  struct Burst {
    Address address;
    std::uint64_t due = 0;
    unsigned beat = 0;
    unsigned response = 0;
  };
  [[nodiscard]] bool is_broken(std::uint64_t address) const;
  [[nodiscard]] bool goes(unsigned what) const { return !pace || pace(what); }
  void check(const char* name, const Address& now, Address& held, bool ready);

  std::uint64_t cycle_ = 0;
  bool ar_ready_ = false;
  bool aw_ready_ = false;
  bool w_ready_ = false;
  Read read_;
  Answer answer_;
  Address held_ar_, held_aw_;
  std::array<std::deque<Burst>, 2> reads_;
  std::deque<Burst> writes_;  // whose data are not complete
  std::array<std::deque<Burst>, 2> answers_;
  unsigned turn_ = 0;
  std::unordered_map<std::uint64_t, Line> lines_;
  std::uint64_t beats_read_ = 0;
  std::uint64_t beats_written_ = 0;
  std::vector<std::string> errors_;
};

}  // namespace dojo::tb
