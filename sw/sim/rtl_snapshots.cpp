// Snapshots of an RtlMachine: when they are made, what is in them, and how a machine goes on from one.

#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "sim/rtl_machine.hpp"

namespace dojo::sim {
namespace {

constexpr std::string_view format = "OpenDojo snapshot 2\n";

/// FNV-1a.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char character : text) hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3;
  return hash;
}

}  // namespace

std::string RtlMachine::description() const {
  std::string details =
      fmt::format("{} {} {}", config_.errors.bit_error_rate, config_.errors.drop_rate, config_.link_hash);
  for (const auto& [first, second, cycle] : config_.errors.cuts) {
    details += fmt::format(" {},{}-{},{}@{}", first.x, first.y, second.x, second.y, cycle);
  }
  for (const auto& [from, first, last, via] : config_.ethernet) {
    details += fmt::format(" {}:{},{}-{},{}:{}", from, first.x, first.y, last.x, last.y, via);
  }
  for (unsigned site = 0; site < topology_.sites(); ++site) {
    details += topology_.is_alive(site) ? '1' : '0';
    for (unsigned d = 0; d < directions; ++d) details += topology_.neighbour(site, d) ? '1' : '0';
  }
  const auto [columns, rows] = config_.dies;
  return fmt::format("{}x{} dies of {}x{} nodes{}, seed {}, faults and errors {:016x}", columns, rows,
                     config_.mesh.columns, config_.mesh.rows, config_.memory ? " with memory" : "", config_.seed,
                     hash_of(details));
}

template <typename Work>
void RtlMachine::on_all_ranks(Work work) {
  std::exception_ptr error;
  try {
    work();
  } catch (const std::exception&) {
    error = std::current_exception();
  }
  try {
    engine_->exchange().agree({}, error);
  } catch (const std::exception& failure) {
    throw InputError(failure.what());
  }
}

void RtlMachine::begin_snapshots() {
  const SnapshotConfig& snapshots = config_.snapshots;
  log_.enable();
  if (!snapshots.resume_from.empty()) open_snapshot();
  if (!snapshots.makes()) return;
  const SnapshotFolder folder = folder_of(snapshots.folder);
  on_all_ranks([&] {
    folder.create();
    if (folder.newest() && snapshots.folder != snapshots.resume_from) {
      throw InputError(fmt::format("{}: there are snapshots of another run", snapshots.folder.string()));
    }
  });
  next_snapshot_ = next_after(0, snapshots.every);
}

SnapshotFolder RtlMachine::folder_of(const std::filesystem::path& path) {
  return {path, engine_->exchange().rank(), engine_->exchange().ranks()};
}

void RtlMachine::open_snapshot() {
  const std::filesystem::path& path = config_.snapshots.resume_from;
  const SnapshotFolder folder = folder_of(path);
  std::uint64_t cycle = 0;
  on_all_ranks([&] { cycle = folder.newest(config_.snapshots.resume_before).value_or(0); });
  // A run may have ended while some ranks had made a snapshot and others had not; all have the one before.
  cycle = engine_->exchange().least(cycle);
  on_all_ranks([&] {
    if (cycle == 0) throw InputError(fmt::format("{}: there are no snapshots", path.string()));
    resumed_ = std::make_unique<SnapshotReader>(folder.file(cycle));
    const std::string& name = resumed_->name();
    if (resumed_->get_text() != format) throw InputError(fmt::format("{}: no snapshot of this version", name));
    if (resumed_->get<std::uint64_t>() != rtl_hash()) {
      throw InputError(fmt::format("{}: the snapshot is of other RTL than this program simulates", name));
    }
    if (const std::string other = resumed_->get_text(); other != description()) {
      throw InputError(
          fmt::format("{}: the snapshot is of another machine: {}; this one is {}", name, other, description()));
    }
    log_.load(resumed_->get_list<std::byte>(), name);
  });
}

void RtlMachine::write_snapshot(const std::filesystem::path& file) {
  SnapshotWriter snapshot(file);
  snapshot.put_text(std::string(format));
  snapshot.put(rtl_hash());
  snapshot.put_text(description());
  snapshot.put_list(log_.bytes());
  engine_->save(snapshot);
  snapshot.put(config_.hang_cycles);
  snapshot.put(last_look_.has_value());
  snapshot.put(last_look_.value_or(Progress{}));
  snapshot.commit();
}

void RtlMachine::save() {
  const std::uint64_t cycle = engine_->cycles();
  const SnapshotFolder folder = folder_of(config_.snapshots.folder);
  std::exception_ptr error;
  try {
    write_snapshot(folder.file(cycle));
  } catch (const RunError&) {
    error = std::current_exception();
  }
  engine_->exchange().agree({}, error);
  // All ranks have theirs.
  folder.remove_before(cycle);
  next_snapshot_ = next_after(cycle, config_.snapshots.every);
}

void RtlMachine::save_for_repetition() {
  const std::uint64_t cycle = engine_->cycles();
  const SnapshotFolder folder = folder_of(config_.snapshots.folder);
  const auto start = SnapshotPace::Clock::now();
  try {
    write_snapshot(folder.file(cycle));
  } catch (const RunError&) {
    // No room, say: a repetition begins with what there is.
    pace_.end();
    return;
  }
  saved_.push_back(cycle);
  // The newest from which a failure right now can be repeated, and those behind it.
  const auto far = [&](std::uint64_t saved) { return cycle - saved >= config_.snapshots.reach; };
  while (saved_.size() > 1 && far(saved_[1])) saved_.erase(saved_.begin());
  folder.remove_before(saved_.front());
  pace_.took(SnapshotPace::Clock::now() - start);
}

void RtlMachine::save_if_due() {
  const std::uint64_t cycle = engine_->cycles();
  if (cycle >= next_snapshot_) save();
  if (cycle == 0 || (runs_in_windows() && cycle % hw::edge_flight != 0)) return;
  const auto estimate = [this] {
    // Most of the time goes into the nodes, and half of that into the file.
    constexpr int parts = 2;
    unsigned site = 0;
    while (!topology_.is_alive(site)) ++site;
    const auto start = SnapshotPace::Clock::now();
    std::vector<std::byte> state;
    engine_->node(site).get_state(state);
    return (SnapshotPace::Clock::now() - start) * topology_.live_nodes() * parts;
  };
  if (pace_.is_due(estimate)) save_for_repetition();
}

void RtlMachine::resume() {
  on_all_ranks([this] {
    engine_->restore(*resumed_);
    // So that the watch for progress ends the run in the same cycle.
    const bool looks_alike = resumed_->get<std::uint64_t>() == config_.hang_cycles;
    const bool has_looked = resumed_->get<bool>();
    const auto look = resumed_->get<Progress>();
    if (looks_alike && has_looked) last_look_ = look;
    resumed_->finish();
  });
  resumed_.reset();
  resumed_cycles_ = engine_->cycles();
  next_snapshot_ = next_after(resumed_cycles_, config_.snapshots.every);
  next_look_ = next_after(resumed_cycles_, config_.hang_cycles);
}

}  // namespace dojo::sim
