#include "ttp/frame_port.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "common/error.hpp"

namespace dojo::ttp {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

std::string last_error() {
  return std::strerror(errno);
}

/// UDP addresses of `host` (nullptr: any of this machine) and `port`; the reason why there are none goes to `error`.
Addresses addresses_of(const char* host, const std::string& port, int family, std::string& error) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_NUMERICSERV | (host == nullptr ? AI_PASSIVE : 0);
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host, port.c_str(), &hints, &found);
  if (code != 0) error = gai_strerror(code);
  return {found, freeaddrinfo};
}

bool is_port(const std::string& text) {
  if (text.empty() || text.size() > 5 || text.find_first_not_of("0123456789") != std::string::npos) return false;
  const unsigned long port = std::stoul(text);
  return port > 0 && port <= 65535;
}

}  // namespace

FramePort FramePort::udp(const std::string& place) {
  const std::size_t first = place.find(':');
  const std::size_t last = place.rfind(':');
  const std::string local = place.substr(0, first);
  const std::string remote = last == std::string::npos ? "" : place.substr(last + 1);
  if (first == last || last - first < 2 || !is_port(local) || !is_port(remote)) {
    throw InputError(fmt::format("--udp '{}': expected LOCAL_PORT:HOST:PORT, such as 9001:localhost:9002", place));
  }
  std::string host = place.substr(first + 1, last - first - 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::string error;
  // A name with both kinds of address, such as localhost, means the one that everybody has.
  Addresses to = addresses_of(host.c_str(), remote, AF_INET, error);
  if (!to) to = addresses_of(host.c_str(), remote, AF_INET6, error);
  if (!to) throw InputError(fmt::format("--udp '{}': host {}: {}", place, host, error));
  const Addresses from = addresses_of(nullptr, local, to->ai_family, error);
  if (!from) throw RunError(fmt::format("--udp '{}': port {}: {}", place, local, error));

  FramePort port(socket(to->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (port.descriptor_ < 0) throw RunError(fmt::format("--udp '{}': {}", place, last_error()));
  if (bind(port.descriptor_, from->ai_addr, from->ai_addrlen) != 0) {
    throw RunError(fmt::format("--udp '{}': port {}: {}", place, local, last_error()));
  }
  if (connect(port.descriptor_, to->ai_addr, to->ai_addrlen) != 0) {
    throw RunError(fmt::format("--udp '{}': host {}: {}", place, host, last_error()));
  }
  return port;
}

FramePort FramePort::tap(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ || name.find_first_of("/ %:") != std::string::npos) {
    throw InputError(fmt::format("--tap '{}': a device's name has 1 to {} characters, without blank, /, : or %", name,
                                 IFNAMSIZ - 1));
  }
  FramePort port(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (port.descriptor_ < 0) throw RunError(fmt::format("--tap {}: /dev/net/tun: {}", name, last_error()));
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (ioctl(port.descriptor_, TUNSETIFF, &request) != 0) {
    const char* hint = errno == EPERM ? " (making a TAP device needs CAP_NET_ADMIN)" : "";
    throw RunError(fmt::format("--tap {}: {}{}", name, last_error(), hint));
  }
  const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bool is_up = any >= 0 && ioctl(any, SIOCGIFFLAGS, &request) == 0;
  if (is_up && (request.ifr_flags & IFF_UP) == 0) {
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    is_up = ioctl(any, SIOCSIFFLAGS, &request) == 0;
  }
  const std::string error = last_error();
  if (any >= 0) ::close(any);
  if (!is_up) throw RunError(fmt::format("--tap {}: the device can not be set up: {}", name, error));
  return port;
}

FramePort::FramePort(FramePort&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FramePort::~FramePort() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void FramePort::send(std::span<const std::uint8_t> frame) {
  // No room, or nobody who listens yet: lost.
  [[maybe_unused]] const ssize_t sent = write(descriptor_, frame.data(), frame.size());
}

std::optional<Bytes> FramePort::receive() {
  std::array<std::uint8_t, 2048> buffer;
  static_assert(sizeof(buffer) > hw::ttp_frame_bytes);
  const ssize_t size = read(descriptor_, buffer.data(), buffer.size());
  // Nothing there, or a report that an earlier frame found nobody.
  if (size < 0) return std::nullopt;
  return Bytes(buffer.begin(), buffer.begin() + size);
}

void FramePort::wait(std::chrono::milliseconds time) {
  pollfd wanted{.fd = descriptor_, .events = POLLIN, .revents = 0};
  poll(&wanted, 1, static_cast<int>(time.count()));
}

}  // namespace dojo::ttp
