#pragma once
// A node without RTL: it passes flits on as their payload says, so that the mesh engine can be tested alone.

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <stdexcept>
#include <vector>

#include "sim/link_hash.hpp"
#include "sim/mesh_engine.hpp"
#include "sim/node_model.hpp"

namespace dojo::sim {

/// Payload word 0 is the number of hops a flit has yet to make, word 1 the state of its random walk.
/// A host write of address 0 puts `data` hops on their way; of address 1 sets the timer to cycle `data`;
/// of address 2 makes the node fault; of address 3 makes it throw; of address 4 sends a flit over the northern edge; of
/// address 5 sends the token byte `data` east, which every node passes on; of address 6 sends one over the northern
/// edge; of address 7 sends a line of tree `data` east, which every node passes on and returns a credit for.
class FakeNode : public NodeModel {
 public:
  FakeNode(const Topology& topology, unsigned site)
      : topology_(topology), site_(site), position_(topology.place(site)) {
    ports.reset_n = &reset_n_;
    ports.cycle = &cycle_;
    ports.flit_valid_in = &flit_valid_in_;
    ports.credit_in = &credit_in_;
    ports.tree_valid_in = &tree_valid_in_;
    ports.tree_credit_in = &tree_credit_in_;
    ports.token_in = token_in_.data();
    ports.host_valid = &host_valid_;
    ports.host_address = &host_address_;
    ports.host_data = &host_data_;
    ports.flit_valid_out = &flit_valid_out_;
    ports.credit_out = &credit_out_;
    ports.tree_valid_out = &tree_valid_out_;
    ports.tree_credit_out = &tree_credit_out_;
    ports.token_out = token_out_.data();
    ports.idle = &idle_;
    ports.wake_cycle = &wake_cycle_;
    ports.hart_state = &hart_state_;
    ports.fault = &fault_;
    for (unsigned d = 0; d < directions; ++d) {
      ports.flit_header_in[d] = header_in_[d].data();
      ports.flit_data_in[d] = data_in_[d].data();
      ports.flit_header_out[d] = header_out_[d].data();
      ports.flit_data_out[d] = data_out_[d].data();
    }
  }

  void evaluate() override {
    ++evaluations;
    flit_valid_out_ = 0;
    credit_out_ = 0;
    token_out_ = {};
    tree_valid_out_ = 0;
    tree_credit_out_ = 0;
    if (reset_n_ == 0) {
      idle_ = 0;
      return;
    }
    bool input = (flit_valid_in_ | credit_in_ | tree_valid_in_ | tree_credit_in_ | host_valid_) != 0;
    credits_received += credit_in_ != 0 ? 1u : 0u;
    for (unsigned d = 0; d < directions; ++d) {
      if ((flit_valid_in_ >> d & 1u) == 0) continue;
      ++flits_received;
      credit_out_ |= static_cast<std::uint8_t>((data_in_[d][1] & 1u) != 0 ? 1u << d : 16u << d);
      if (data_in_[d][0] > 0) waiting_.push_back(data_in_[d]);
    }
    for (unsigned d = 0; d < directions; ++d) {
      if (token_in_[d] == 0) continue;
      input = true;
      token_cycles.push_back(cycle_);
      tokens_received.push_back(token_in_[d]);
      if (inside(opposite(d))) token_out_[opposite(d)] = token_in_[d];
    }
    if (tree_valid_in_ == 1u << west) {
      lines_received.push_back(data_in_[west][0]);
      tree_credit_out_ = static_cast<std::uint16_t>(1u << (directions * data_in_[west][0] + west));
      if (inside(east)) send_line(data_in_[west][0]);
    }
    if (tree_credit_in_ != 0) tree_credits_received.push_back(tree_credit_in_);
    if (host_valid_ != 0) take_host_write();
    if (timer_ <= cycle_) {
      timer_ = never;
      timer_fired_in = cycle_;
    }
    send();
    wake_cycle_ = timer_;
    idle_ = waiting_.empty() && !input ? 1 : 0;
  }

  std::span<std::byte> sram() override { return memory; }
  void write_sram(std::size_t offset, std::span<const std::byte> bytes) override {
    std::copy(bytes.begin(), bytes.end(), memory.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  HartStatus hart_status(unsigned) const override { return {}; }
  std::uint64_t fault_register() const override { return 0; }
  NodeErrors errors() const override { return {}; }
  std::uint32_t semaphore(unsigned) const override { return 0; }
  std::uint64_t counter(unsigned, unsigned) const override { return 0; }
  std::uint64_t instructions_retired(unsigned) const override { return 0; }
  LateResult late_result() const override { return {}; }
  VectorWrite vector_write(unsigned /*port*/) const override { return {}; }
  VectorEnd vector_end(unsigned /*pipe*/) const override { return {}; }
  Retirement retirement(unsigned) const override { return {}; }
  NetworkEvent packet_applied() const override { return {}; }
  NetworkEvent read_accepted() const override { return {}; }

  std::uint64_t evaluations = 0;
  std::uint64_t flits_received = 0;
  std::uint64_t credits_received = 0;
  std::uint64_t timer_fired_in = never;
  std::vector<std::uint64_t> host_write_cycles;
  std::vector<std::uint64_t> token_cycles;
  std::vector<unsigned> tokens_received;
  std::vector<unsigned> lines_received;  ///< of which tree
  std::vector<unsigned> tree_credits_received;
  std::array<std::byte, 64> memory{};

 private:
  static constexpr unsigned east = 1;
  static constexpr unsigned west = 3;

  void send_line(std::uint32_t tree) {
    data_out_[east] = {tree, 5, 6};
    header_out_[east] = {1, 2, 3};
    tree_valid_out_ = 1u << east;
  }

  void take_host_write() {
    host_write_cycles.push_back(cycle_);
    switch (host_address_) {
      case 0:
        waiting_.push_back(
            {static_cast<std::uint32_t>(host_data_), static_cast<std::uint32_t>(mix(position_.x * 64 + position_.y))});
        break;
      case 1:
        timer_ = host_data_;
        break;
      case 2:
        fault_ = 1;
        break;
      case 4:
        leave_mesh_ = true;
        waiting_.push_back({1, 0});
        break;
      case 5:
        token_out_[east] = static_cast<std::uint8_t>(host_data_);
        break;
      case 6:
        token_out_[0] = 1;
        break;
      case 7:
        send_line(static_cast<std::uint32_t>(host_data_));
        break;
      default:
        throw std::runtime_error("the fake node was told to throw");
    }
  }

  [[nodiscard]] bool inside(unsigned direction) const { return topology_.neighbour(site_, direction).has_value(); }

  void send() {
    if (waiting_.empty()) return;
    FlitPayload flit = waiting_.front();
    waiting_.pop_front();
    if (flit[0] == 0) return;
    --flit[0];
    flit[1] = static_cast<std::uint32_t>(mix(flit[1] + std::uint64_t{position_.x}));
    flit[15] = flit[1] ^ 0xabcdu;
    unsigned direction = flit[1] % directions;
    if (!leave_mesh_) {
      while (!inside(direction)) direction = (direction + 1) % directions;
    } else {
      direction = 0;
    }
    data_out_[direction] = flit;
    header_out_[direction] = {flit[1], flit[0], 7};
    flit_valid_out_ = static_cast<std::uint8_t>(1u << direction);
  }

  Topology topology_;
  unsigned site_;
  Coordinates position_;
  std::uint8_t reset_n_ = 1;
  std::uint64_t cycle_ = 0;
  std::uint8_t flit_valid_in_ = 0;
  std::uint8_t credit_in_ = 0;
  std::uint8_t host_valid_ = 0;
  std::uint32_t host_address_ = 0;
  std::uint64_t host_data_ = 0;
  std::uint8_t flit_valid_out_ = 0;
  std::uint8_t credit_out_ = 0;
  std::array<std::uint8_t, directions> token_in_{}, token_out_{};
  std::uint8_t tree_valid_in_ = 0;
  std::uint8_t tree_valid_out_ = 0;
  std::uint16_t tree_credit_in_ = 0;
  std::uint16_t tree_credit_out_ = 0;
  std::uint8_t idle_ = 0;
  std::uint64_t wake_cycle_ = never;
  std::uint16_t hart_state_ = 0;
  std::uint8_t fault_ = 0;
  std::array<FlitHeader, directions> header_in_{}, header_out_{};
  std::array<FlitPayload, directions> data_in_{}, data_out_{};
  std::deque<FlitPayload> waiting_;
  std::uint64_t timer_ = never;
  bool leave_mesh_ = false;
};

}  // namespace dojo::sim
