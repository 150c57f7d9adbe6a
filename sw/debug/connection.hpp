#pragma once
// The TCP connection to a debugger.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "debug/packet.hpp"

namespace dojo::debug {

/// A file descriptor that is closed with the object.
class Socket {
 public:
  explicit Socket(int descriptor = -1) : descriptor_(descriptor) {}
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// Waits for a debugger on this computer.
class Listener {
 public:
  /// Port 0: any that is free. Throws InputError when the port cannot be had.
  explicit Listener(std::uint16_t port);
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Waits until a debugger has come. Throws RunError when none can.
  [[nodiscard]] Socket accept() const;

 private:
  Socket socket_;
  std::uint16_t port_ = 0;
};

/// Packets over a connection, acknowledged until the debugger wants no more of that.
class Connection {
 public:
  explicit Connection(Socket socket) : socket_(std::move(socket)) {}

  /// Waits for the next packet and returns its payload; an interrupt is the payload "\x03". Nothing: the debugger is
  /// gone.
  [[nodiscard]] std::optional<std::string> receive();
  /// Whether the debugger has asked to interrupt the machine, or has gone; does not wait.
  [[nodiscard]] bool is_interrupted();
  void send(std::string_view payload);
  /// No acknowledgements from the next packet on.
  void stop_acknowledging() { acknowledges_ = false; }

 private:
  /// Reads what has come; false: the debugger is gone.
  bool fill(bool wait);
  void write(std::string_view bytes);

  Socket socket_;
  PacketReader reader_;
  std::string last_;  ///< packet sent
  bool acknowledges_ = true;
  bool is_gone_ = false;
};

}  // namespace dojo::debug
