#include "runtime/buffer.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "runtime/allocator.hpp"

namespace dojo {

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    release();
    backend_ = other.backend_;
    allocator_ = std::move(other.allocator_);
    node_ = other.node_;
    address_ = other.address_;
    size_ = other.size_;
  }
  return *this;
}

Buffer::~Buffer() {
  release();
}

void Buffer::release() {
  if (allocator_) allocator_->release(address_);
  allocator_.reset();
}

void Buffer::check(std::size_t offset, std::size_t bytes) const {
  if (offset > size_ || bytes > size_ - offset) {
    throw RunError(fmt::format("node ({},{}): {} bytes from byte {} on are not in the buffer of {} bytes at {:#x}",
                               node_.x, node_.y, bytes, offset, size_, address_));
  }
}

void Buffer::write_bytes(std::span<const std::byte> bytes, std::size_t offset) {
  check(offset, bytes.size());
  backend_->write_memory(node_, address_ + offset, bytes);
}

void Buffer::read_bytes(std::span<std::byte> bytes, std::size_t offset) const {
  check(offset, bytes.size());
  backend_->read_memory(node_, address_ + offset, bytes);
}

DipBuffer& DipBuffer::operator=(DipBuffer&& other) noexcept {
  if (this != &other) {
    release();
    backend_ = other.backend_;
    allocator_ = std::move(other.allocator_);
    dip_ = other.dip_;
    address_ = other.address_;
    size_ = other.size_;
  }
  return *this;
}

DipBuffer::~DipBuffer() {
  release();
}

void DipBuffer::release() {
  if (allocator_) allocator_->release(address_);
  allocator_.reset();
}

void DipBuffer::check(std::size_t offset, std::size_t bytes) const {
  if (offset > size_ || bytes > size_ - offset) {
    throw RunError(
        fmt::format("Interface Processor {}: {} bytes from byte {} on are not in the buffer of {} bytes at {:#x}", dip_,
                    bytes, offset, size_, address_));
  }
}

std::uint64_t DramBuffer::global_address_at(Coordinates port) const {
  return hw::GlobalAddress{.is_global = true,
                           .kind = true,
                           .y = static_cast<std::uint16_t>(port.y),
                           .x = static_cast<std::uint16_t>(port.x),
                           .offset = address()}
      .encode();
}

std::uint64_t DramBuffer::global_address(unsigned port) const {
  const DipSite& site = backend().dips()[dip()];
  if (port >= hw::dip_ports || !site.ports[port]) {
    throw RunError(fmt::format("Interface Processor {} has no port {}", dip(), port));
  }
  return global_address_at(site.ports[port]->address);
}

std::uint64_t DramBuffer::global_address(Coordinates node) const {
  const DipPort* nearest = nullptr;
  unsigned fewest = 0;
  for (const auto& port : backend().dips()[dip()].ports) {
    if (!port) continue;
    const auto between = [](unsigned a, unsigned b) { return a < b ? b - a : a - b; };
    const unsigned hops = between(node.x, port->router.x) + between(node.y, port->router.y);
    if (nearest != nullptr && hops >= fewest) continue;
    nearest = &*port;
    fewest = hops;
  }
  if (nearest == nullptr) throw RunError(fmt::format("Interface Processor {} has no port", dip()));
  return global_address_at(nearest->address);
}

void DramBuffer::write_bytes(std::span<const std::byte> bytes, std::size_t offset) {
  check(offset, bytes.size());
  backend().write_dram(dip(), address() + offset, bytes);
}

void DramBuffer::read_bytes(std::span<std::byte> bytes, std::size_t offset) const {
  check(offset, bytes.size());
  backend().read_dram(dip(), address() + offset, bytes);
}

void HostBuffer::write_bytes(std::span<const std::byte> bytes, std::size_t offset) {
  check(offset, bytes.size());
  backend().write_host(dip(), address() + offset, bytes);
}

void HostBuffer::read_bytes(std::span<std::byte> bytes, std::size_t offset) const {
  check(offset, bytes.size());
  backend().read_host(dip(), address() + offset, bytes);
}

}  // namespace dojo
