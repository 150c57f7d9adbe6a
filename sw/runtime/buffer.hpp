#pragma once
// Memory in a node's SRAM, in an Interface Processor's DRAM, or of its host.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "common/backend.hpp"

namespace dojo {

class Machine;
class Allocator;

/// Copies of items for a class that copies bytes: `first` counts items of the type.
template <typename Memory>
class ItemAccess {
 public:
  template <typename T, std::size_t Extent>
  void write(std::span<const T, Extent> items, std::size_t first = 0) {
    static_assert(std::is_trivially_copyable_v<T>);
    static_cast<Memory&>(*this).write_bytes(std::as_bytes(items), first * sizeof(T));
  }
  template <typename T>
  void write(const std::vector<T>& items, std::size_t first = 0) {
    write(std::span<const T>(items), first);
  }
  /// Reads `count` items.
  template <typename T>
  [[nodiscard]] std::vector<T> read(std::size_t count, std::size_t first = 0) const {
    static_assert(std::is_trivially_copyable_v<T>);
    std::vector<T> items(count);
    static_cast<const Memory&>(*this).read_bytes(std::as_writable_bytes(std::span(items)), first * sizeof(T));
    return items;
  }
};

/// A range of a node's SRAM, aligned to 64 bytes and free for the owner until it is destroyed. Move-only.
/// Contents are undefined until written. It must not be read or written after its Machine is gone; it may be destroyed
/// then.
class Buffer : public ItemAccess<Buffer> {
 public:
  Buffer(Buffer&& other) noexcept = default;
  Buffer& operator=(Buffer&& other) noexcept;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();

  [[nodiscard]] Coordinates node() const { return node_; }
  /// Address inside the node.
  [[nodiscard]] std::uint64_t address() const { return address_; }
  /// Address for transfers from other nodes.
  [[nodiscard]] std::uint64_t global_address() const { return hw::global_address(node_.x, node_.y, address_); }
  /// Size in bytes, as asked for.
  [[nodiscard]] std::size_t size() const { return size_; }

  /// Copies `bytes` into the buffer from byte `offset` on. Throws RunError when they do not fit.
  void write_bytes(std::span<const std::byte> bytes, std::size_t offset = 0);
  /// Copies bytes out of the buffer from byte `offset` on. Throws RunError when the range leaves the buffer.
  void read_bytes(std::span<std::byte> bytes, std::size_t offset = 0) const;

 private:
  friend class Machine;
  Buffer(Backend& backend, std::shared_ptr<Allocator> allocator, Coordinates node, std::uint64_t address,
         std::size_t size)
      : backend_(&backend), allocator_(std::move(allocator)), node_(node), address_(address), size_(size) {}
  void check(std::size_t offset, std::size_t bytes) const;
  void release();

  Backend* backend_;
  std::shared_ptr<Allocator> allocator_;
  Coordinates node_;
  std::uint64_t address_;
  std::size_t size_;
};

/// A range of a memory of an Interface Processor, aligned to 64 bytes and free for the owner until it is destroyed.
/// Move-only. Contents are undefined until written. It must not be read or written after its Machine is gone; it may be
/// destroyed then.
class DipBuffer {
 public:
  DipBuffer(DipBuffer&& other) noexcept = default;
  DipBuffer& operator=(DipBuffer&& other) noexcept;
  DipBuffer(const DipBuffer&) = delete;
  DipBuffer& operator=(const DipBuffer&) = delete;
  ~DipBuffer();

  /// Number of the Interface Processor.
  [[nodiscard]] unsigned dip() const { return dip_; }
  /// Address inside the memory.
  [[nodiscard]] std::uint64_t address() const { return address_; }
  /// Size in bytes, as asked for.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Throws RunError when the range leaves the buffer.
  void check(std::size_t offset, std::size_t bytes) const;

 protected:
  DipBuffer(Backend& backend, std::shared_ptr<Allocator> allocator, unsigned dip, std::uint64_t address,
            std::size_t size)
      : backend_(&backend), allocator_(std::move(allocator)), dip_(dip), address_(address), size_(size) {}
  [[nodiscard]] Backend& backend() const { return *backend_; }

 private:
  void release();

  Backend* backend_;
  std::shared_ptr<Allocator> allocator_;
  unsigned dip_;
  std::uint64_t address_;
  std::size_t size_;
};

/// In its DRAM (docs/dip.md).
class DramBuffer : public DipBuffer, public ItemAccess<DramBuffer> {
 public:
  /// Address for transfers of nodes through a port, which must exist; throws RunError otherwise.
  [[nodiscard]] std::uint64_t global_address(unsigned port) const;
  /// The same through the port that is fewest hops from a node.
  [[nodiscard]] std::uint64_t global_address(Coordinates node) const;

  /// Copies `bytes` into the buffer from byte `offset` on. Throws RunError when they do not fit.
  void write_bytes(std::span<const std::byte> bytes, std::size_t offset = 0);
  /// Copies bytes out of the buffer from byte `offset` on. Throws RunError when the range leaves the buffer.
  void read_bytes(std::span<std::byte> bytes, std::size_t offset = 0) const;

 private:
  friend class Machine;
  using DipBuffer::DipBuffer;
  [[nodiscard]] std::uint64_t global_address_at(Coordinates port) const;
};

/// In the memory of its host.
class HostBuffer : public DipBuffer, public ItemAccess<HostBuffer> {
 public:
  /// As those of DramBuffer.
  void write_bytes(std::span<const std::byte> bytes, std::size_t offset = 0);
  void read_bytes(std::span<std::byte> bytes, std::size_t offset = 0) const;

 private:
  friend class Machine;
  using DipBuffer::DipBuffer;
};

}  // namespace dojo
