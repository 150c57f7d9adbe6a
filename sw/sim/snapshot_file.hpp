#pragma once
// Files of snapshots: values one after the other, and a checksum.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace dojo::sim {

/// Writes values to FILE.part, which becomes FILE when all of them are in it. All functions throw RunError when the
/// file cannot be written.
class SnapshotWriter {
 public:
  explicit SnapshotWriter(std::filesystem::path file);
  /// Removes the file unless it is whole.
  ~SnapshotWriter();
  SnapshotWriter(const SnapshotWriter&) = delete;
  SnapshotWriter& operator=(const SnapshotWriter&) = delete;

  template <typename Value>
    requires std::is_trivially_copyable_v<Value>
  void put(const Value& value) {
    write(std::as_bytes(std::span(&value, 1)));
  }
  /// The number of the values, and they.
  template <typename Value>
    requires std::is_trivially_copyable_v<Value>
  void put_list(std::span<const Value> values) {
    put(std::uint64_t{values.size()});
    write(std::as_bytes(values));
  }
  template <typename Value>
  void put_list(const std::vector<Value>& values) {
    put_list(std::span<const Value>(values));
  }
  void put_text(const std::string& text) { put_list(std::span<const char>(text)); }
  /// Bytes of which most are 0: pages of nothing else take no place in the file.
  void put_sparse(std::span<const std::byte> bytes);

  void commit();

 private:
  void write(std::span<const std::byte> bytes);

  std::filesystem::path file_;
  std::filesystem::path part_;
  std::ofstream stream_;
  std::uint32_t checksum_ = 0;
};

/// Reads what a SnapshotWriter has written, in the same order. All functions throw InputError when the file cannot be
/// read or is damaged.
class SnapshotReader {
 public:
  explicit SnapshotReader(const std::filesystem::path& file);

  [[nodiscard]] const std::string& name() const { return name_; }
  template <typename Value>
    requires std::is_trivially_copyable_v<Value>
  void get(Value& value) {
    read(std::as_writable_bytes(std::span(&value, 1)));
  }
  template <typename Value>
  [[nodiscard]] Value get() {
    Value value{};
    get(value);
    return value;
  }
  template <typename Value>
    requires std::is_trivially_copyable_v<Value>
  [[nodiscard]] std::vector<Value> get_list() {
    std::vector<Value> values(checked_size(get<std::uint64_t>(), sizeof(Value)));
    read(std::as_writable_bytes(std::span(values)));
    return values;
  }
  /// A list of as many values as are expected.
  template <typename Value>
  void get_list(std::vector<Value>& values) {
    const std::size_t expected = values.size();
    values = get_list<Value>();
    if (values.size() != expected) fail();
  }
  [[nodiscard]] std::string get_text();
  [[nodiscard]] std::vector<std::byte> get_sparse();

  /// Checks that all has been read and nothing of it is damaged.
  void finish();

 private:
  void read(std::span<std::byte> bytes);
  [[nodiscard]] std::size_t checked_size(std::uint64_t count, std::size_t bytes) const;
  [[noreturn]] void fail() const;

  std::string name_;
  std::ifstream stream_;
  std::uint64_t left_ = 0;  ///< bytes before the checksum
  std::uint32_t checksum_ = 0;
};

}  // namespace dojo::sim
