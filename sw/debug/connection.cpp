#include "debug/connection.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/error.hpp"

namespace dojo::debug {
namespace {

std::string system_error() {
  return std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): one thread serves the debugger
}

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) close(descriptor_);
}

Socket::Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Listener::Listener(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int yes = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const general = reinterpret_cast<sockaddr*>(&address);
  if (socket_.descriptor() < 0 || setsockopt(socket_.descriptor(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      bind(socket_.descriptor(), general, sizeof address) != 0 || listen(socket_.descriptor(), 1) != 0 ||
      getsockname(socket_.descriptor(), general, &size) != 0) {
    throw InputError(fmt::format("--gdb {}: the port cannot be used: {}", port, system_error()));
  }
  port_ = ntohs(address.sin_port);
}

Socket Listener::accept() const {
  for (;;) {
    Socket debugger(::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
    if (debugger.descriptor() >= 0) {
      const int yes = 1;
      setsockopt(debugger.descriptor(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      return debugger;
    }
    if (errno != EINTR) throw RunError(fmt::format("--gdb: no debugger can connect: {}", system_error()));
  }
}

bool Connection::fill(bool wait) {
  pollfd poll_set{.fd = socket_.descriptor(), .events = POLLIN, .revents = 0};
  if (is_gone_) return false;
  if (poll(&poll_set, 1, wait ? -1 : 0) <= 0) return true;
  std::array<char, 4096> bytes;
  const ssize_t count = recv(socket_.descriptor(), bytes.data(), bytes.size(), 0);
  if (count < 0 && errno == EINTR) return true;
  is_gone_ = count <= 0;
  if (!is_gone_) reader_.add({bytes.data(), static_cast<std::size_t>(count)});
  return !is_gone_;
}

std::optional<std::string> Connection::receive() {
  for (;;) {
    std::optional<Event> event = reader_.next();
    if (!event) {
      if (!fill(true)) return std::nullopt;
      continue;
    }
    switch (event->kind) {
      case Event::Kind::packet:
        if (acknowledges_) write("+");
        return std::move(event->payload);
      case Event::Kind::damaged:
        if (acknowledges_) write("-");
        break;
      case Event::Kind::repeat:
        write(last_);
        break;
      case Event::Kind::acknowledge:
        break;
      case Event::Kind::interrupt:
        return "\x03";
    }
  }
}

bool Connection::is_interrupted() {
  if (!fill(false)) return true;
  // While the machine runs, nothing but an interrupt may come.
  for (std::optional<Event> event = reader_.next(); event; event = reader_.next()) {
    if (event->kind == Event::Kind::interrupt) return true;
  }
  return false;
}

void Connection::send(std::string_view payload) {
  last_ = frame(payload);
  write(last_);
}

void Connection::write(std::string_view bytes) {
  while (!bytes.empty() && !is_gone_) {
    const ssize_t count = ::send(socket_.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      is_gone_ = true;
    }
  }
}

}  // namespace dojo::debug
