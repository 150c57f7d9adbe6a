#include "sim/snapshot_file.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

#include "common/error.hpp"

namespace dojo::sim {
namespace {

constexpr std::size_t page_bytes = 4096;

bool is_zero(std::span<const std::byte> bytes) {
  return bytes[0] == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

/// The pages of `bytes`, the last of which may be shorter.
template <typename Byte>
std::span<Byte> page_of(std::span<Byte> bytes, std::size_t page) {
  const std::size_t first = page * page_bytes;
  return bytes.subspan(first, std::min(page_bytes, bytes.size() - first));
}

std::size_t pages(std::uint64_t bytes) {
  return (bytes + page_bytes - 1) / page_bytes;
}

std::uint32_t add_to(std::uint32_t checksum, std::span<const std::byte> bytes) {
  if (bytes.empty()) return checksum;  // zlib would begin anew for no place
  return static_cast<std::uint32_t>(
      crc32_z(checksum, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));  // NOLINT(*-reinterpret-cast)
}

}  // namespace

SnapshotWriter::SnapshotWriter(std::filesystem::path file)
    : file_(std::move(file)), part_(file_.string() + ".part"), stream_(part_, std::ios::binary | std::ios::trunc) {
  if (!stream_) throw RunError(fmt::format("{}: the snapshot cannot be written", part_.string()));
}

SnapshotWriter::~SnapshotWriter() {
  std::error_code ignored;
  std::filesystem::remove(part_, ignored);
}

void SnapshotWriter::write(std::span<const std::byte> bytes) {
  checksum_ = add_to(checksum_, bytes);
  stream_.write(reinterpret_cast<const char*>(bytes.data()),  // NOLINT(*-reinterpret-cast)
                static_cast<std::streamsize>(bytes.size()));
  if (!stream_) throw RunError(fmt::format("{}: the snapshot cannot be written", part_.string()));
}

void SnapshotWriter::put_sparse(std::span<const std::byte> bytes) {
  put(std::uint64_t{bytes.size()});
  std::vector<std::uint8_t> is_there(pages(bytes.size()));
  for (std::size_t page = 0; page < is_there.size(); ++page) is_there[page] = is_zero(page_of(bytes, page)) ? 0 : 1;
  write(std::as_bytes(std::span(is_there)));
  for (std::size_t page = 0; page < is_there.size(); ++page) {
    if (is_there[page] != 0) write(page_of(bytes, page));
  }
}

void SnapshotWriter::commit() {
  const std::uint32_t checksum = checksum_;
  put(checksum);
  stream_.close();
  std::error_code error;
  if (stream_) std::filesystem::rename(part_, file_, error);
  if (!stream_ || error) throw RunError(fmt::format("{}: the snapshot cannot be written", file_.string()));
}

SnapshotReader::SnapshotReader(const std::filesystem::path& file)
    : name_(file.string()), stream_(file, std::ios::binary) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(file, error);
  if (!stream_ || error) throw InputError(fmt::format("{}: the snapshot cannot be read", name_));
  if (size < sizeof checksum_) fail();
  left_ = size - sizeof checksum_;
}

void SnapshotReader::fail() const {
  throw InputError(fmt::format("{}: the snapshot is damaged", name_));
}

void SnapshotReader::read(std::span<std::byte> bytes) {
  if (bytes.size() > left_) fail();
  stream_.read(reinterpret_cast<char*>(bytes.data()),  // NOLINT(*-reinterpret-cast)
               static_cast<std::streamsize>(bytes.size()));
  if (!stream_) fail();
  left_ -= bytes.size();
  checksum_ = add_to(checksum_, bytes);
}

std::size_t SnapshotReader::checked_size(std::uint64_t count, std::size_t bytes) const {
  if (count > left_ / bytes) fail();
  return count;
}

std::string SnapshotReader::get_text() {
  const std::vector<char> text = get_list<char>();
  return {text.begin(), text.end()};
}

std::vector<std::byte> SnapshotReader::get_sparse() {
  const auto size = get<std::uint64_t>();
  // So that a damaged size does not ask for all memory.
  if (size > std::numeric_limits<std::uint32_t>::max()) fail();
  std::vector<std::uint8_t> is_there(checked_size(pages(size), 1));
  read(std::as_writable_bytes(std::span(is_there)));
  std::vector<std::byte> bytes(size);
  for (std::size_t page = 0; page < is_there.size(); ++page) {
    if (is_there[page] != 0) read(page_of(std::span(bytes), page));
  }
  return bytes;
}

void SnapshotReader::finish() {
  std::uint32_t expected = 0;
  stream_.read(reinterpret_cast<char*>(&expected), sizeof expected);  // NOLINT(*-reinterpret-cast)
  if (!stream_ || left_ != 0 || expected != checksum_) fail();
}

}  // namespace dojo::sim
