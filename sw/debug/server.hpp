#pragma once
// Serves the gdb remote protocol from a machine. Source: the GDB manual, "Remote Serial Protocol".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "debug/connection.hpp"
#include "debug/debugger.hpp"
#include "debug/memory_view.hpp"

namespace dojo::debug {

/// How a debugger has left.
enum class Farewell {
  ended,     ///< it has seen the end of the program
  detached,  ///< the machine may run on
  killed     ///< it may not
};

/// One debugger. Each hart of each live node is a thread, all of one process; memory is that of the thread's node.
class Server {
 public:
  Server(Debugger& debugger, Connection& connection);

  /// Answers until the debugger leaves. `first` is why the machine stands still when it comes. Throws what the machine
  /// throws when it runs; the debugger is told before.
  Farewell serve(Stop first);

 private:
  struct Breakpoint {
    std::uint64_t pc;
    bool is_hardware;
  };

  /// The answer to a packet; nothing: none is sent.
  std::optional<std::string> answer(std::string_view packet);
  std::string query(std::string_view packet);
  std::string set_thread(std::string_view packet);
  std::string read_register(std::string_view number);
  std::string read_memory(std::string_view packet);
  std::string write_memory(std::string_view packet, bool is_binary);
  std::string set_point(std::string_view packet);
  std::string set_watchpoint(bool inserts, unsigned kind, std::uint64_t address, std::uint64_t size);
  std::string run_command(std::string_view text);
  std::string resume(std::string_view actions);
  std::string go_back(bool is_step);
  template <typename Run>
  std::string stopped_after(Run run);
  std::string stop_reply(const Stop& stop);
  [[nodiscard]] int failure_signal(const Stop& stop);
  [[nodiscard]] std::string thread_list();
  [[nodiscard]] std::string thread_info(std::string_view thread);
  [[nodiscard]] std::vector<HartNumber> harts() const;
  [[nodiscard]] std::optional<HartNumber> hart_of(std::string_view thread) const;
  [[nodiscard]] std::string name_of(HartNumber hart) const;
  [[nodiscard]] hw::HartState state_of(HartNumber hart);
  [[nodiscard]] Conditions conditions() const;

  Debugger& debugger_;
  Connection& connection_;
  MemoryView memory_;
  Stop stop_;
  HartNumber hart_ = 0;                  ///< that is asked about
  std::optional<HartNumber> back_hart_;  ///< that steps back, if it is another one
  std::vector<Breakpoint> breakpoints_;
  std::vector<Breakpoint> before_;  ///< breakpoints while the machine ran the last time
  std::vector<Watchpoint> watchpoints_;
  std::vector<Watchpoint> watched_before_;
  /// gdb expects a RISC-V machine to stop before the instruction that a watchpoint is about, and makes a step then; but
  /// the bytes have changed already.
  std::optional<HartNumber> step_is_made_;
  std::optional<Farewell> farewell_;
};

}  // namespace dojo::debug
