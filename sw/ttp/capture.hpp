#pragma once
// Frames of a run as a pcap file, which Wireshark and tcpdump read.

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace dojo::ttp {

/// Writes Ethernet frames (without FCS) with times in nanoseconds: the cycle, at the clock of hw::clock_hz.
class Capture {
 public:
  /// Throws dojo::InputError, which names the file, if it cannot be written.
  explicit Capture(const std::string& file);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  void write(std::span<const std::uint8_t> frame, std::uint64_t cycle);
  /// Ends the file; call it last. Throws dojo::RunError if not all could be written.
  void close();
  [[nodiscard]] std::uint64_t frames() const { return frames_; }

 private:
  struct File;
  std::string name_;
  std::unique_ptr<File> file_;
  std::uint64_t frames_ = 0;
};

}  // namespace dojo::ttp
