#include "sim/snapshot_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "common/error.hpp"

namespace dojo::sim {
namespace {

constexpr std::string_view prefix = "cycle-";
constexpr std::string_view of_rank = ".rank-";

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().filename().string().starts_with(prefix)) files.push_back(entry->path());
  }
  if (error) throw InputError(fmt::format("{}: snapshots cannot be read: {}", folder.string(), error.message()));
  return files;
}

}  // namespace

SnapshotFolder::SnapshotFolder(std::filesystem::path folder, unsigned rank, unsigned ranks)
    : folder_(std::move(folder)), rank_(rank), ranks_(ranks) {}

void SnapshotFolder::create() const {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) throw InputError(fmt::format("{}: snapshots cannot be written: {}", folder_.string(), error.message()));
}

std::filesystem::path SnapshotFolder::file(std::uint64_t cycle) const {
  return folder_ / fmt::format("{}{}{}{}-of-{}", prefix, cycle, of_rank, rank_, ranks_);
}

std::optional<std::uint64_t> SnapshotFolder::cycle_of(const std::filesystem::path& file) const {
  const std::string name = file.filename().string();
  const std::size_t end = name.find(of_rank);
  std::uint64_t cycle = 0;
  if (end == std::string::npos) return std::nullopt;
  std::from_chars(name.data() + prefix.size(), name.data() + end, cycle);
  return this->file(cycle).filename() == name ? std::optional(cycle) : std::nullopt;
}

std::optional<std::uint64_t> SnapshotFolder::newest(std::uint64_t last) const {
  std::optional<std::uint64_t> newest;
  std::string other;
  for (const std::filesystem::path& file : files_of(folder_)) {
    const std::optional<std::uint64_t> cycle = cycle_of(file);
    if (cycle && *cycle <= last) newest = std::max(newest.value_or(0), *cycle);
    if (!cycle && file.filename().string().find(fmt::format("-of-{}", ranks_)) == std::string::npos) {
      other = file.filename().string();
    }
  }
  if (!newest && !other.empty()) {
    throw InputError(fmt::format("{}: snapshots such as {} are not of {} rank{}", folder_.string(), other, ranks_,
                                 ranks_ == 1 ? "" : "s"));
  }
  return newest;
}

void SnapshotFolder::remove_before(std::uint64_t cycle) const {
  for (const std::filesystem::path& file : files_of(folder_)) {
    const std::optional<std::uint64_t> other = cycle_of(file);
    std::error_code ignored;
    if (other && *other < cycle) std::filesystem::remove(file, ignored);
  }
}

}  // namespace dojo::sim
