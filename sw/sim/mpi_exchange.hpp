#pragma once
// Dies in several processes that MPI has started (mpirun -n N).

#include <memory>
#include <string>

#include "sim/die_exchange.hpp"

namespace dojo::sim {

/// Initialises MPI if mpirun has started this process with others, and finalises it at the end. One object in main().
class MpiSession {
 public:
  MpiSession();
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  /// Whether there are other ranks.
  [[nodiscard]] bool has_others() const { return ranks_ > 1; }
  [[nodiscard]] unsigned rank() const { return rank_; }
  /// Ends all ranks, after a failure of this one alone.
  [[noreturn]] void abort(int exit_code) const;

 private:
  unsigned rank_ = 0;
  unsigned ranks_ = 1;
};

/// The exchange among all ranks, while an MpiSession lives that has others.
std::unique_ptr<DieExchange> make_mpi_exchange();

}  // namespace dojo::sim
