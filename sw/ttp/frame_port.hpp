#pragma once
// Where frames leave the simulation: a UDP socket with one frame per datagram, or a TAP device.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "ttp/station.hpp"

namespace dojo::ttp {

/// One end of an Ethernet line outside of the simulation, which may lose frames. Frames have no FCS.
class FramePort {
 public:
  /// `place` is LOCAL_PORT:HOST:PORT; only what comes from HOST:PORT is received. Throws dojo::InputError if it is not
  /// written so or the host is unknown, and dojo::RunError if the local port can not be had.
  static FramePort udp(const std::string& place);
  /// Makes the TAP device `name`, if it is not there, and sets it up. Throws dojo::InputError if that can not be a
  /// device's name, and dojo::RunError without /dev/net/tun or rights.
  static FramePort tap(const std::string& name);

  FramePort(FramePort&& other) noexcept;
  FramePort& operator=(FramePort&&) = delete;
  ~FramePort();

  /// A frame that finds no room or no receiver is lost, as on any line.
  void send(std::span<const std::uint8_t> frame);
  /// The next frame, if one has come; of one that is too long for TTP at least so much that this can be seen.
  std::optional<Bytes> receive();
  /// Waits until a frame has come or `time` has passed.
  void wait(std::chrono::milliseconds time);

 private:
  explicit FramePort(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace dojo::ttp
