#include "sim/edge_end.hpp"

#include <Vedge_link.h>
#include <Vedge_link__Syms.h>
#include <Vedge_link___024root.h>
#include <fmt/format.h>
#include <verilated.h>

#include <cstring>
#include <utility>

#include "common/error.hpp"
#include "sim/verilated_state.hpp"

// Made by scripts/verilate.py.
extern const unsigned long long Vedge_link_hash;  // NOLINT(readability-identifier-naming): named by Verilator

namespace dojo::sim {
namespace {

constexpr unsigned reset_cycles = 2;
constexpr unsigned counter_words = 7;

VerilatedContext& context() {
  // One for all ends: they share nothing in it but settings that never change.
  static VerilatedContext shared;
  return shared;
}

}  // namespace

EdgeEnd::EdgeEnd(Options options)
    : options_(std::move(options)),
      errors_({.bits = beat_bits,
               .bit_error_rate = options_.bit_error_rate,
               .drop_rate = options_.drop_rate,
               .seed = options_.seed}),
      link_(std::make_unique<Vedge_link>(&context(), "edge_link")) {
  static_assert(sizeof(link_->line_o) == sizeof(Beat::words));
  outputs.flits = &link_->flit_valid_o;
  outputs.credits = &link_->credit_o;
  for (unsigned p = 0; p < hw::edge_ports; ++p) {
    outputs.header[p] = link_->flit_header_o[p].data();
    outputs.data[p] = link_->flit_data_o.data() + std::size_t{p} * payload_words;
  }
  link_->clk_i = 0;
  link_->rst_ni = 0;
  link_->enable_i = 0;
  link_->flit_valid_i = 0;
  link_->credit_i = 0;
  link_->line_valid_i = 0;
  for (unsigned c = 0; c < reset_cycles; ++c) clock();
  link_->rst_ni = 1;
  link_->enable_i = 1;
}

EdgeEnd::~EdgeEnd() = default;

// Nothing happens at the falling edge: see VerilatedNode::evaluate.
void EdgeEnd::clock() {
  link_->clk_i = 1;
  link_->eval();
  link_->clk_i = 0;
  if constexpr (requires(Vedge_link& link) { link.rootp->__Vtrigrprev__TOP__clk_i = 0; }) {
    link_->rootp->__Vtrigrprev__TOP__clk_i = 0;
  } else {
    link_->eval();
  }
}

void EdgeEnd::evaluate(std::uint64_t cycle, const EdgeInbox& arrived) {
  std::uint32_t flits = 0;
  std::uint64_t credits = 0;
  for (unsigned p = 0; p < hw::edge_ports; ++p) {
    credits |= (arrived.credits[p] & std::uint64_t{1}) << p;
    credits |= (arrived.credits[p] >> 1 & std::uint64_t{1}) << (hw::edge_ports + p);
    if (arrived.flits[p] == 0) continue;
    flits |= 1U << p;
    std::memcpy(link_->flit_header_i[p].data(), arrived.header[p].data(), sizeof(FlitHeader));
    std::memcpy(link_->flit_data_i.data() + std::size_t{p} * payload_words, arrived.data[p].data(),
                sizeof(FlitPayload));
  }
  link_->flit_valid_i = flits;
  link_->credit_i = credits;
  link_->line_valid_i = 0;
  if (next_arrival() == cycle) {
    link_->line_valid_i = 1;
    std::memcpy(link_->line_i.data(), incoming_[next_].words.data(), sizeof(Beat::words));
    ++next_;
  }
  clock();
  if (link_->line_valid_o != 0) {
    Beat& beat = sent_.emplace_back();
    beat.arrival = cycle + hw::edge_flight;
    std::memcpy(beat.words.data(), link_->line_o.data(), sizeof(Beat::words));
    if (!errors_.pass(beat.words) || cycle >= cut_from_) sent_.pop_back();
  }
  if (state() == hw::EdgeState::dead) {
    throw RunError(
        fmt::format("the die-edge link {} is dead: {} tries to send went unanswered", options_.name, hw::edge_retries));
  }
}

bool EdgeEnd::is_busy() const {
  return link_->busy_o != 0;
}

void EdgeEnd::receive(std::span<const Beat> beats) {
  incoming_.erase(incoming_.begin(), incoming_.begin() + static_cast<std::ptrdiff_t>(next_));
  next_ = 0;
  incoming_.insert(incoming_.end(), beats.begin(), beats.end());
}

void EdgeEnd::save(SnapshotWriter& snapshot) {
  std::vector<std::byte> state;
  state_of(*link_, state);
  snapshot.put_sparse(state);
  snapshot.put_text(errors_.state());
  snapshot.put_list(sent_);
  snapshot.put_list(std::span<const Beat>(incoming_).subspan(next_));
}

void EdgeEnd::restore(SnapshotReader& snapshot) {
  set_state_of(*link_, snapshot.get_sparse());
  errors_.set_state(snapshot.get_text());
  sent_ = snapshot.get_list<Beat>();
  incoming_ = snapshot.get_list<Beat>();
  next_ = 0;
}

hw::EdgeState EdgeEnd::state() const {
  return static_cast<hw::EdgeState>(link_->state_o);
}

hw::EdgeCounters EdgeEnd::counters() const {
  std::array<std::uint32_t, counter_words> words{};
  std::memcpy(words.data(), link_->counters_o.data(), sizeof words);
  return hw::EdgeCounters::decode(words);
}

std::uint64_t edge_end_bytes() {
  return sizeof(Vedge_link__Syms);
}

std::uint64_t edge_end_hash() {
  return Vedge_link_hash;
}

}  // namespace dojo::sim
