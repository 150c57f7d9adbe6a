#pragma once
// A program on a machine with a debugger's server beside it, and the other end of the connection.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "debug/connection.hpp"
#include "debug/debugger.hpp"
#include "debug/model_target.hpp"
#include "debug/rtl_target.hpp"
#include "debug/server.hpp"
#include "kernels/firmware.hpp"
#include "runtime/diagnosis.hpp"
#include "runtime/htif.hpp"
#include "runtime/machine.hpp"

namespace dojo::debug {

/// The console and the exit codes of a program on all nodes.
class ProgramHost : public HostSide {
 public:
  ProgramHost(Machine& machine, const Program& program) : backend_(machine.backend()), program_(program) {
    for (unsigned i = 0; i < machine.all().nodes(); ++i) {
      htifs_.emplace_back(backend_, machine.all().node(i), *program.symbol("tohost"), program.symbol("fromhost"),
                          [this](std::string_view text) { console += text; });
    }
    codes_.resize(htifs_.size());
  }
  void serve(StopReason /*reason*/) override {
    for (std::size_t i = 0; i < htifs_.size(); ++i) {
      if (const std::optional<std::uint64_t> code = htifs_[i].serve()) codes_[i] = code;
    }
  }
  [[nodiscard]] bool ended() const override {
    for (const auto& code : codes_) {
      if (!code) return false;
    }
    return true;
  }
  [[nodiscard]] std::uint64_t exit_code() const override { return codes_[0].value_or(0); }
  [[nodiscard]] std::string describe(StopReason reason) override { return describe_stop(backend_, reason, {}); }
  [[nodiscard]] std::string symbolize(std::uint64_t pc) const override { return program_.symbolize(pc); }
  [[nodiscard]] std::vector<std::byte> state() const override {
    const auto bytes = std::as_bytes(std::span(codes_));
    return {bytes.begin(), bytes.end()};
  }
  void set_state(std::span<const std::byte> state) override { std::memcpy(codes_.data(), state.data(), state.size()); }
  void forget_future() override {}

  std::string console;

 private:
  Backend& backend_;
  Program program_;
  std::vector<Htif> htifs_;
  std::vector<std::optional<std::uint64_t>> codes_;
};

/// What machines have done: two runs of a program that are the same have the same.
struct Outcome {
  std::uint64_t cycles = 0;
  std::uint64_t instructions = 0;
  std::vector<std::byte> memory;  ///< of node (0,0)
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

inline Outcome outcome_of(Machine& machine) {
  Outcome outcome{.cycles = machine.cycles(), .memory = std::vector<std::byte>(hw::sram_size)};
  for (unsigned i = 0; i < machine.all().nodes(); ++i) {
    outcome.instructions += machine.backend().instructions_retired(machine.all().node(i));
  }
  machine.backend().read_memory({0, 0}, hw::sram_base, outcome.memory);
  return outcome;
}

/// Program ring, to which a test talks as a debugger does.
class Debugged {
 public:
  explicit Debugged(const MachineConfig& config)
      : machine_(config), program(load_firmware("ring")), host_(machine_, prepared()) {
    machine_.launch(program, machine_.all());
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) throw std::runtime_error("no sockets");
    client_ = Socket(ends[0]);
    if (auto* rtl = dynamic_cast<sim::RtlMachine*>(&machine_.backend())) {
      target_ = std::make_unique<RtlTarget>(*rtl, machine_.grid().dies.nodes());
    } else {
      target_ = std::make_unique<ModelTarget>(dynamic_cast<model::ModelMachine&>(machine_.backend()));
    }
    thread_ = std::thread([this, end = ends[1]] {
      Connection connection{Socket(end)};
      Debugger debugger(*target_, host_, never, [&connection] { return connection.is_interrupted(); });
      farewell_ = Server(debugger, connection).serve(debugger.start());
    });
    EXPECT_EQ(ask("QStartNoAckMode"), "OK");
  }
  ~Debugged() {
    if (!thread_.joinable()) return;
    const std::string packet = frame("k");
    ::send(client_.descriptor(), packet.data(), packet.size(), MSG_NOSIGNAL);  // it may be gone
    thread_.join();
  }
  Debugged(const Debugged&) = delete;
  Debugged& operator=(const Debugged&) = delete;

  void send_bytes(const std::string& bytes) {
    ASSERT_EQ(::send(client_.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  /// The next packet; text for the user is gathered in `text`.
  std::string next() {
    for (;;) {
      while (const std::optional<Event> event = reader_.next()) {
        if (event->kind != Event::Kind::packet) continue;
        if (event->payload.size() < 2 || event->payload[0] != 'O' || event->payload == "OK") return event->payload;
        const auto characters = from_hex(event->payload.substr(1));
        for (const std::byte character : *characters) text += static_cast<char>(character);
      }
      std::array<char, 4096> bytes;
      const ssize_t count = recv(client_.descriptor(), bytes.data(), bytes.size(), 0);
      if (count <= 0) return "closed";
      reader_.add({bytes.data(), static_cast<std::size_t>(count)});
    }
  }
  std::string ask(const std::string& payload) {
    send_bytes(frame(payload));
    return next();
  }
  std::string monitor(const std::string& command) {
    text.clear();
    EXPECT_EQ(ask("qRcmd," + to_hex(command)), "OK");
    return text;
  }
  /// The PC of the selected thread.
  std::uint64_t pc() { return number_of(ask("p20")); }
  /// A value as the protocol sends it.
  static std::uint64_t number_of(const std::string& hex) {
    std::uint64_t value = 0;
    const auto bytes = from_hex(hex);
    if (!bytes || bytes->size() > sizeof value) ADD_FAILURE() << hex;
    if (bytes) std::memcpy(&value, bytes->data(), std::min(bytes->size(), sizeof value));
    return value;
  }
  std::string address_of(const std::string& symbol) { return fmt::format("{:x}", *program.symbol(symbol)); }
  std::uint64_t cycle() { return std::stoull(monitor("cycle")); }
  /// Sends what ends the connection.
  Farewell leave(const std::string& packet) {
    send_bytes(frame(packet));
    thread_.join();
    return farewell_;
  }
  /// After the end of the program.
  Outcome outcome() {
    thread_.join();
    EXPECT_EQ(farewell_, Farewell::ended);
    return outcome_of(machine_);
  }
  [[nodiscard]] const std::string& console() const { return host_.console; }

  std::string text;

 private:
  static constexpr std::uint64_t never = ~std::uint64_t{0};
  const Program& prepared() {
    machine_.load(program, machine_.all());
    return program;
  }

  Machine machine_;

 public:
  const Program program;

 private:
  ProgramHost host_;
  std::unique_ptr<Target> target_;
  Socket client_;
  PacketReader reader_;
  Farewell farewell_ = Farewell::detached;
  std::thread thread_;
};

/// The same without a debugger.
inline Outcome run_freely(const MachineConfig& config) {
  Machine machine(config);
  const Program program = load_firmware("ring");
  machine.load(program, machine.all());
  ProgramHost host(machine, program);
  machine.launch(program, machine.all());
  while (!host.ended()) {
    const StopReason reason = machine.backend().run(1000000);
    if (reason != StopReason::watched) throw std::runtime_error(host.describe(reason));
    host.serve(reason);
  }
  return outcome_of(machine);
}

}  // namespace dojo::debug
