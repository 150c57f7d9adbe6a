#include "sim/mpi_exchange.hpp"

#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"

namespace dojo::sim {
namespace {

class MpiExchange : public DieExchange {
 public:
  MpiExchange() {
    int number = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &number);
    rank_ = static_cast<unsigned>(number);
    MPI_Comm_size(MPI_COMM_WORLD, &number);
    ranks_ = static_cast<unsigned>(number);
    MPI_Comm here = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here);
    MPI_Comm_size(here, &number);
    ranks_here_ = static_cast<unsigned>(number);
    MPI_Comm_free(&here);
  }

  [[nodiscard]] unsigned rank() const override { return rank_; }
  [[nodiscard]] unsigned ranks() const override { return ranks_; }
  [[nodiscard]] unsigned ranks_here() const override { return ranks_here_; }

  void join(const PlacedEnd& first, const PlacedEnd& second) override {
    const int tag = links_++;
    if (first.end != nullptr && second.end != nullptr) {
      local_.join(first, second);
    } else if (first.end != nullptr) {
      remote_.push_back({.end = first.end, .peer = static_cast<int>(second.rank), .tag = tag});
    } else if (second.end != nullptr) {
      remote_.push_back({.end = second.end, .peer = static_cast<int>(first.rank), .tag = tag});
    }
  }

  void move_beats() override {
    local_.move_beats();
    requests_.resize(2 * remote_.size());
    for (std::size_t i = 0; i < remote_.size(); ++i) {
      Remote& link = remote_[i];
      link.arrived.resize(hw::edge_flight);
      MPI_Irecv(link.arrived.data(), static_cast<int>(link.arrived.size() * sizeof(Beat)), MPI_BYTE, link.peer,
                link.tag, MPI_COMM_WORLD, &requests_[2 * i]);
      MPI_Isend(link.end->sent().data(), static_cast<int>(link.end->sent().size_bytes()), MPI_BYTE, link.peer, link.tag,
                MPI_COMM_WORLD, &requests_[2 * i + 1]);
    }
    std::vector<MPI_Status> statuses(requests_.size());
    MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), statuses.data());
    for (std::size_t i = 0; i < remote_.size(); ++i) {
      Remote& link = remote_[i];
      int bytes = 0;
      MPI_Get_count(&statuses[2 * i], MPI_BYTE, &bytes);
      link.end->clear_sent();
      link.end->receive(std::span(link.arrived).first(static_cast<std::size_t>(bytes) / sizeof(Beat)));
    }
  }

  void gather_frames(std::vector<EthernetFrame>& frames) override {
    auto bytes = static_cast<int>(frames.size() * sizeof(EthernetFrame));
    std::vector<int> sizes(ranks_);
    MPI_Allgather(&bytes, 1, MPI_INT, sizes.data(), 1, MPI_INT, MPI_COMM_WORLD);
    std::vector<int> places(ranks_);
    std::exclusive_scan(sizes.begin(), sizes.end(), places.begin(), 0);
    const auto sum = static_cast<std::size_t>(places.back()) + static_cast<std::size_t>(sizes.back());
    if (sum == 0) return;
    std::vector<EthernetFrame> all(sum / sizeof(EthernetFrame));
    MPI_Allgatherv(frames.data(), bytes, MPI_BYTE, all.data(), sizes.data(), places.data(), MPI_BYTE, MPI_COMM_WORLD);
    frames = std::move(all);
  }

  WindowReport agree(const WindowReport& report, const std::exception_ptr& error) override {
    // All by their maximum: the first that failed as the largest distance from the last rank.
    std::array<std::uint64_t, 6> all{report.active ? 1u : 0u, report.faulted ? 1u : 0u,  report.watched ? 1u : 0u,
                                     report.active_until,     never - report.next_event, error ? ranks_ - rank_ : 0u};
    MPI_Allreduce(MPI_IN_PLACE, all.data(), static_cast<int>(all.size()), MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD);
    if (all[5] != 0) throw_failure(ranks_ - static_cast<unsigned>(all[5]), error);
    return {.active = all[0] != 0,
            .faulted = all[1] != 0,
            .watched = all[2] != 0,
            .active_until = all[3],
            .next_event = never - all[4]};
  }

  void share(unsigned from, std::span<std::byte> bytes) override {
    constexpr std::size_t most = std::numeric_limits<int>::max();
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(most, bytes.size()))) {
      MPI_Bcast(bytes.data(), static_cast<int>(std::min(most, bytes.size())), MPI_BYTE, static_cast<int>(from),
                MPI_COMM_WORLD);
    }
  }

  [[nodiscard]] std::uint64_t sum(std::uint64_t value) override { return reduced(value, MPI_SUM); }
  [[nodiscard]] std::uint64_t least(std::uint64_t value) override { return reduced(value, MPI_MIN); }
  [[nodiscard]] std::uint64_t most(std::uint64_t value) override { return reduced(value, MPI_MAX); }

 private:
  static std::uint64_t reduced(std::uint64_t value, MPI_Op operation) {
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_UINT64_T, operation, MPI_COMM_WORLD);
    return value;
  }

  /// A link whose far end is at another rank.
  struct Remote {
    EdgeEnd* end;
    int peer;
    int tag;
    std::vector<Beat> arrived = {};
  };

  [[noreturn]] void throw_failure(unsigned from, const std::exception_ptr& error) {
    std::string text;
    if (rank_ == from) {
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& failure) {
        text = failure.what();
      }
    }
    std::uint64_t size = text.size();
    share(from, std::as_writable_bytes(std::span(&size, 1)));
    text.resize(size);
    share(from, std::as_writable_bytes(std::span(text)));
    throw RunError(text);
  }

  unsigned rank_ = 0;
  unsigned ranks_ = 1;
  unsigned ranks_here_ = 1;
  int links_ = 0;
  LocalExchange local_;
  std::vector<Remote> remote_;
  std::vector<MPI_Request> requests_;
};

}  // namespace

MpiSession::MpiSession() {
  // A start without mpirun costs nothing.
  if (std::getenv("OMPI_COMM_WORLD_SIZE") == nullptr && std::getenv("PMI_SIZE") == nullptr) return;
  int provided = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
  int number = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &number);
  rank_ = static_cast<unsigned>(number);
  MPI_Comm_size(MPI_COMM_WORLD, &number);
  ranks_ = static_cast<unsigned>(number);
}

MpiSession::~MpiSession() {
  int initialised = 0;
  MPI_Initialized(&initialised);
  if (initialised != 0) MPI_Finalize();
}

void MpiSession::abort(int exit_code) const {
  MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::abort();
}

std::unique_ptr<DieExchange> make_mpi_exchange() {
  return std::make_unique<MpiExchange>();
}

}  // namespace dojo::sim
