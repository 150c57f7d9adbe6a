#pragma once
// What a host program has asked of a machine and been told, so that the program can be led through the same calls again
// without the machine.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace dojo::sim {

enum class HostCall : std::uint8_t {
  read_memory,
  write_memory,
  write_register,
  ask,
  run,
  read_dram,
  write_dram,
  read_host,
  write_host,
  write_dip_register,
  ask_dip
};

/// A call is noted with a digest of it and of all before, then its answer. A log that has been loaded is replayed
/// first: calls must be the same, and answers come from it.
class HostLog {
 public:
  /// Keeps a log; else nothing is noted.
  void enable() { enabled_ = true; }
  /// What has been noted, to be loaded later.
  [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }
  /// Begins the replay. `name` is that of the snapshot, for errors.
  void load(std::vector<std::byte> bytes, std::string name);

  /// Notes a call with what it says. True: it was made before, and its answer is in the log, except that of the last
  /// call, for which the machine is needed. Throws InputError when another call was made then.
  bool call(HostCall call, std::initializer_list<std::uint64_t> arguments, std::span<const std::byte> data = {});
  /// Whether there is more to be replayed.
  [[nodiscard]] bool is_replaying() const { return next_ < bytes_.size(); }
  /// The answer to a call: fills in what it was, or notes it.
  void answer(std::span<std::byte> bytes);

 private:
  void take(std::span<std::byte> bytes);

  bool enabled_ = false;
  std::string name_;
  std::vector<std::byte> bytes_;
  std::size_t next_ = 0;  ///< of what is replayed; behind all else
  std::uint64_t digest_ = 0;
  std::uint64_t calls_ = 0;
};

}  // namespace dojo::sim
