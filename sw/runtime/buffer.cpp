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

}  // namespace dojo
