#include "tb/dip/channel_bench.hpp"

#include <fmt/format.h>

#include <random>
#include <utility>

#include "noc/packet.hpp"

namespace dojo::tb {

ChannelBench::ChannelBench(int reset_seed, std::uint64_t cycle) : model_(&context_, "channel"), cycle_(cycle) {
  context_.randReset(2);
  context_.randSeed(reset_seed);
  model_.rst_ni = 0;
  model_.arvalid_i = 0;
  model_.awvalid_i = 0;
  model_.wvalid_i = 0;
  model_.rready_i = 0;
  model_.bready_i = 0;
  for (int i = 0; i < 2; ++i) clock();
  model_.rst_ni = 1;
}

// Verilator takes the scopes of a model out of the context that the thread used last.
ChannelBench::~ChannelBench() {
  Verilated::threadContextp(&context_);
}

void ChannelBench::clock() {
  model_.clk_i = 0;
  model_.eval();
  model_.clk_i = 1;
  model_.eval();
}

void ChannelBench::fail(const std::string& text) {
  if (errors_.size() < 10) errors_.push_back(fmt::format("cycle {}: {}", cycle_, text));
}

bool ChannelBench::may_read(const AxiRequest& request) const {
  const auto from = under_way_.lower_bound(request.line(0));
  for (auto line = from; line != under_way_.end() && line->first <= request.line(request.length); ++line) {
    if (line->second.writes != 0) return false;
  }
  return true;
}

bool ChannelBench::may_write(const AxiRequest& request) const {
  const auto from = under_way_.lower_bound(request.line(0));
  for (auto line = from; line != under_way_.end() && line->first <= request.line(request.length); ++line) {
    if (line->second.reads != 0 || (line->second.writes != 0 && line->second.writer != request.id)) return false;
  }
  return true;
}

void ChannelBench::read(const AxiRequest& request) {
  ar_.push_back(request);
  expected_.at(request.id).push_back({.request = request, .beats = golden_.read(request)});
  for (unsigned b = 0; b <= request.length; ++b) ++under_way_[request.line(b)].reads;
  ++reads_;
}

void ChannelBench::write(const AxiRequest& request, std::vector<AxiWriteBeat> beats) {
  aw_.push_back(request);
  responses_.at(request.id).push_back({.request = request, .response = golden_.write(request, beats)});
  for (unsigned b = 0; b <= request.length; ++b) {
    Lines& line = under_way_[request.line(b)];
    ++line.writes;
    line.writer = request.id;
    w_.emplace_back(beats[b], b == request.length);
  }
  ++writes_;
}

void ChannelBench::write(const AxiRequest& request, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<AxiWriteBeat> beats(request.length + 1);
  for (AxiWriteBeat& beat : beats) {
    for (std::uint32_t& word : beat.data) word = static_cast<std::uint32_t>(random());
    beat.strobes = ~std::uint64_t{0};
  }
  write(request, std::move(beats));
}

void ChannelBench::drive() {
  now_ = pace_ ? pace_() : AxiPace{};
  // What is offered stays until it is taken.
  if (model_.arvalid_i == 0 && now_.ar && !ar_.empty()) {
    const AxiRequest& request = ar_.front();
    model_.arvalid_i = 1;
    model_.arid_i = request.id;
    model_.araddr_i = request.address;
    model_.arlen_i = request.length;
    model_.arsize_i = request.size;
    model_.arburst_i = static_cast<unsigned>(request.kind);
  }
  if (model_.awvalid_i == 0 && now_.aw && !aw_.empty()) {
    const AxiRequest& request = aw_.front();
    model_.awvalid_i = 1;
    model_.awid_i = request.id;
    model_.awaddr_i = request.address;
    model_.awlen_i = request.length;
    model_.awsize_i = request.size;
    model_.awburst_i = static_cast<unsigned>(request.kind);
  }
  if (model_.wvalid_i == 0 && now_.w && !w_.empty()) {
    model_.wvalid_i = 1;
    noc::assign_words(model_.wdata_i, w_.front().first.data);
    model_.wstrb_i = w_.front().first.strobes;
    model_.wlast_i = w_.front().second ? 1 : 0;
  }
  model_.rready_i = now_.r ? 1 : 0;
  model_.bready_i = now_.b ? 1 : 0;
  model_.phase_i = cycle_ % refresh_period;
}

void ChannelBench::serve() {
  if (model_.storage_valid_o == 0) return;
  if (model_.storage_write_o != 0)
    storage_.write(0, model_.storage_line_o, &model_.storage_data_o[0], model_.storage_strobes_o);
  else
    storage_.read(0, model_.storage_line_o, &model_.storage_data_i[0]);
}

void ChannelBench::take_beat() {
  const unsigned id = model_.rid_o;
  const AxiReadBeat beat{.data = noc::words_of<16>(model_.rdata_o),
                         .response = static_cast<hw::AxiResponse>(model_.rresp_o),
                         .last = model_.rlast_o != 0};
  ++beats_read_;
  mix(cycle_);
  mix(id);
  for (const std::uint32_t word : beat.data) mix(word);
  if (reader_) reader_(id, beat);
  auto& queue = expected_.at(id);
  if (queue.empty()) return fail(fmt::format("a beat of ID {} for which nothing waits", id));
  Expected& expected = queue.front();
  const AxiReadBeat& right = expected.beats.at(expected.taken);
  if (!expect_anything_ && beat != right)
    fail(fmt::format("beat {} of ID {} at {:#x} is not what was written (response {}, last {})", expected.taken, id,
                     expected.request.address, model_.rresp_o, beat.last));
  if (++expected.taken < expected.beats.size()) return;
  for (unsigned b = 0; b <= expected.request.length; ++b) {
    const auto line = under_way_.find(expected.request.line(b));
    if (--line->second.reads == 0 && line->second.writes == 0) under_way_.erase(line);
  }
  --reads_;
  queue.pop_front();
}

void ChannelBench::take_response() {
  const unsigned id = model_.bid_o;
  mix(cycle_);
  mix(id);
  auto& queue = responses_.at(id);
  if (queue.empty()) return fail(fmt::format("a response of ID {} for which nothing waits", id));
  const Response& expected = queue.front();
  if (static_cast<hw::AxiResponse>(model_.bresp_o) != expected.response)
    fail(fmt::format("response {} of ID {} at {:#x}", model_.bresp_o, id, expected.request.address));
  for (unsigned b = 0; b <= expected.request.length; ++b) {
    const auto line = under_way_.find(expected.request.line(b));
    if (--line->second.writes == 0 && line->second.reads == 0) under_way_.erase(line);
  }
  --writes_;
  queue.pop_front();
}

void ChannelBench::take() {
  if (model_.arvalid_i != 0 && model_.arready_o != 0) ar_.pop_front();
  if (model_.awvalid_i != 0 && model_.awready_o != 0) aw_.pop_front();
  if (model_.wvalid_i != 0 && model_.wready_o != 0) w_.pop_front();
  if (model_.rvalid_o != 0 && model_.rready_i != 0) take_beat();
  if (model_.bvalid_o != 0 && model_.bready_i != 0) take_response();
}

void ChannelBench::step() {
  drive();
  serve();
  take();
  const bool ar_taken = model_.arvalid_i != 0 && model_.arready_o != 0;
  const bool aw_taken = model_.awvalid_i != 0 && model_.awready_o != 0;
  const bool w_taken = model_.wvalid_i != 0 && model_.wready_o != 0;
  clock();
  if (ar_taken) model_.arvalid_i = 0;
  if (aw_taken) model_.awvalid_i = 0;
  if (w_taken) model_.wvalid_i = 0;
  ++cycle_;
}

bool ChannelBench::drain(unsigned limit) {
  for (unsigned i = 0; i < limit && !answered(); ++i) step();
  return answered();
}

bool ChannelBench::settle(unsigned limit) {
  for (unsigned i = 0; i < limit; ++i) {
    if (answered() && !busy()) return true;
    step();
  }
  return false;
}

hw::DipCounters ChannelBench::counters() const {
  return hw::DipCounters::decode(noc::words_of<4>(model_.counters_o));
}

unsigned ChannelBench::wrong_lines() const {
  unsigned wrong = 0;
  for (const auto& [number, data] : golden_.contents()) {
    AxiLine line;
    storage_.read(0, number, line.data());
    if (line != data) ++wrong;
  }
  return wrong;
}

}  // namespace dojo::tb
