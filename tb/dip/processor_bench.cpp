#include "tb/dip/processor_bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace dojo::tb {

ProcessorBench::ProcessorBench(int reset_seed) : model_(&context_, "processor") {
  context_.randReset(2);
  context_.randSeed(reset_seed);
  model_.rst_ni = 0;
  model_.flit_valid_i = 0;
  model_.credit_i = 0;
  // Packed arrays of 11 bits.
  constexpr unsigned bits = hw::coordinate_bits;
  for (unsigned bit = 0; bit < bits * ports; ++bit) {
    const auto put = [&](auto& wide, unsigned value) {
      wide[bit / 32] = (wide[bit / 32] & ~(1U << (bit % 32))) | (((value >> (bit % bits)) & 1U) << (bit % 32));
    };
    put(model_.x_i, edge);
    put(model_.y_i, bit / bits);
  }
  for (int i = 0; i < 2; ++i) clock();
  model_.rst_ni = 1;
}

// Verilator takes the scopes of a model out of the context that the thread used last.
ProcessorBench::~ProcessorBench() {
  Verilated::threadContextp(&context_);
}

void ProcessorBench::clock() {
  model_.clk_i = 0;
  model_.eval();
  model_.clk_i = 1;
  model_.eval();
}

void ProcessorBench::fail(const std::string& text) {
  if (errors_.size() < 10) errors_.push_back(fmt::format("cycle {}: {}", cycle_, text));
}

Packet ProcessorBench::packet_of(unsigned port, const ReadOf& read) {
  Packet packet{.header = {.dst_x = edge,
                           .dst_y = static_cast<std::uint16_t>(port),
                           .src_x = static_cast<std::uint16_t>(read.x),
                           .src_y = static_cast<std::uint16_t>(read.y),
                           .cls = hw::PacketClass::request,
                           .op = hw::PacketOp::read,
                           .addr = read.address,
                           .size = static_cast<std::uint8_t>(read.size),
                           .sem_en = read.sem_en,
                           .sem = static_cast<std::uint8_t>(read.sem)}};
  const auto words = hw::ReadRequest{.return_outer_stride = read.return_outer,
                                     .return_inner_stride = read.return_inner,
                                     .outer_stride = read.outer,
                                     .inner_stride = read.inner,
                                     .rows = read.rows,
                                     .return_address = hw::GlobalAddress{.is_global = true,
                                                                         .y = static_cast<std::uint16_t>(read.y),
                                                                         .x = static_cast<std::uint16_t>(read.x),
                                                                         .offset = read.to}
                                                           .encode(),
                                     .last = 0,
                                     .lines = read.lines}
                         .encode();
  std::copy(words.begin(), words.end(), packet.data.begin());
  return packet;
}

Packet ProcessorBench::packet_of(unsigned port, std::uint64_t address, const std::array<std::uint32_t, 16>& data,
                                 unsigned size) {
  return {.header = {.dst_x = edge,
                     .dst_y = static_cast<std::uint16_t>(port),
                     .src_x = 3,
                     .src_y = static_cast<std::uint16_t>(port),
                     .cls = hw::PacketClass::data,
                     .op = hw::PacketOp::write,
                     .addr = address,
                     .size = static_cast<std::uint8_t>(size)},
          .data = data};
}

void ProcessorBench::write(unsigned port, std::uint64_t address, const std::array<std::uint32_t, 16>& data,
                           unsigned size) {
  offer(port, packet_of(port, address, data, size));
}

void ProcessorBench::offer(unsigned port, const Packet& packet) {
  port_.at(port).source.at(static_cast<unsigned>(packet.header.cls)).push_back(packet);
  const model::PortAnswer answer = golden_.apply(packet, {.x = edge, .y = port});
  auto& elements = port_.at(port).elements;
  elements.insert(elements.end(), answer.elements.begin(), answer.elements.end());
  auto& reports = port_.at(port).reports.at(static_cast<unsigned>(packet.header.cls));
  reports.insert(reports.end(), answer.reports.begin(), answer.reports.end());
}

void ProcessorBench::drive(unsigned p) {
  Port& port = port_[p];
  if (port.owed != 0 && (!sink_ || sink_(p))) {
    --port.owed;
    model_.credit_i |= 1U << (ports + p);
  }
  for (unsigned i = 0; i < classes; ++i) {
    const unsigned c = port.turn ^ i;
    if (port.source.at(c).empty() || port.credits.at(c) == 0) continue;
    const Packet& packet = port.source.at(c).front();
    noc::assign_words(model_.flit_header_i[p], packet.header.encode());
    noc::assign_words(model_.flit_data_i, packet.data, p);
    model_.flit_valid_i |= 1U << p;
    port.source.at(c).pop_front();
    --port.credits.at(c);
    ++port.taken;
    port.turn = c ^ 1U;
    break;
  }
}

void ProcessorBench::serve() {
  if (model_.storage_valid_o == 0) return;
  constexpr unsigned line_bits = 26;
  static_assert(hw::dip_channel_lines == 1U << line_bits);
  for (unsigned c = 0; c < hw::dip_channels; ++c) {
    if (((model_.storage_valid_o >> c) & 1U) == 0) continue;
    const unsigned bit = c * line_bits;
    std::uint64_t both = model_.storage_line_o[bit / 32];
    if (bit / 32 + 1 < (hw::dip_channels * line_bits + 31) / 32)
      both |= std::uint64_t{model_.storage_line_o[bit / 32 + 1]} << 32U;
    const std::uint64_t line = (both >> (bit % 32)) & ((1U << line_bits) - 1);
    if (((model_.storage_write_o >> c) & 1U) != 0) {
      const std::uint64_t strobes = model_.storage_strobes_o[2 * c] | std::uint64_t{model_.storage_strobes_o[2 * c + 1]}
                                                                          << 32U;
      storage_.write(c, line, &model_.storage_data_o[16 * c], strobes);
    } else {
      storage_.read(c, line, &model_.storage_data_i[16 * c]);
    }
  }
}

void ProcessorBench::check(unsigned p, const Packet& packet) {
  Port& port = port_[p];
  if (!port.elements.empty() && port.elements.front() == packet) {
    port.elements.pop_front();
    return;
  }
  if (packet.header.op != hw::PacketOp::error)
    return fail(fmt::format("port {} sent an element for {:#x} that is not the next one", p, packet.header.addr));
  auto& [of_requests, of_data] = port.reports;
  if (!of_requests.empty() && of_requests.front() == packet) {
    of_requests.pop_front();
    return;
  }
  // Reports before it were lost.
  const auto found = std::find(of_data.begin(), of_data.end(), packet);
  if (found == of_data.end())
    return fail(fmt::format("port {} sent a report of {:#x} that nothing explains", p, packet.header.addr));
  lost_ += static_cast<std::uint64_t>(found - of_data.begin());
  of_data.erase(of_data.begin(), found + 1);
}

void ProcessorBench::collect(unsigned p) {
  Port& port = port_[p];
  for (unsigned c = 0; c < classes; ++c) {
    if (((model_.credit_o >> (ports * c + p)) & 1U) == 0) continue;
    if (++port.credits.at(c) > hw::router_depth) fail(fmt::format("port {} returned a credit too many", p));
  }
  if (((model_.flit_valid_o >> p) & 1U) == 0) return;
  const Packet packet{.header = hw::PacketHeader::decode(noc::words_of<4>(model_.flit_header_o[p])),
                      .data = noc::words_of<16>(model_.flit_data_o, p)};
  if (++port.owed > hw::router_depth) fail(fmt::format("port {} sent a flit without a credit", p));
  if (port.sent++ == 0) port.first_sent = cycle_;
  mix(cycle_);
  mix(p);
  mix(packet.header.addr);
  for (const std::uint32_t word : packet.data) mix(word);
  check(p, packet);
}

void ProcessorBench::step() {
  model_.flit_valid_i = 0;
  model_.credit_i = 0;
  model_.phase_i = cycle_ % refresh_period;
  for (unsigned p = 0; p < ports; ++p) drive(p);
  serve();
  clock();
  ++cycle_;
  for (unsigned p = 0; p < ports; ++p) collect(p);
}

bool ProcessorBench::settle(unsigned limit) {
  for (unsigned i = 0; i < limit; ++i) {
    const bool waits = std::any_of(port_.begin(), port_.end(), [](const Port& port) {
      return !port.source[0].empty() || !port.source[1].empty() || port.owed != 0;
    });
    if (!waits && !busy() && i > 2) return true;
    step();
  }
  return false;
}

hw::AccessError ProcessorBench::access_error() const {
  return hw::AccessError::decode(model_.access_error_o);
}
hw::AccessError ProcessorBench::remote_error() const {
  return hw::AccessError::decode(model_.remote_error_o);
}

std::vector<std::string> ProcessorBench::errors() const {
  std::vector<std::string> found = errors_;
  std::uint64_t lost = lost_;
  for (unsigned p = 0; p < ports; ++p) {
    lost += port_[p].reports[1].size();
    if (!port_[p].reports[0].empty()) found.push_back(fmt::format("port {}: reports of reads are missing", p));
    if (!port_[p].elements.empty())
      found.push_back(fmt::format("port {}: {} elements are missing", p, port_[p].elements.size()));
    for (unsigned c = 0; c < classes; ++c) {
      if (port_[p].credits.at(c) != hw::router_depth)
        found.push_back(fmt::format("port {}, class {}: a credit is missing", p, c));
    }
  }
  const auto compare = [&](const char* name, std::uint64_t is, std::uint64_t should) {
    if (is != should) found.push_back(fmt::format("{} is {} and not {}", name, is, should));
  };
  compare("reports_lost", model_.reports_lost_o, lost);
  compare("access_refused", model_.access_refused_o, golden_.refused());
  compare("remote_refused", model_.remote_refused_o, golden_.reported());
  unsigned wrong = 0;
  for (const auto& [number, data] : golden_.contents()) {
    if (std::memcmp(storage_.at(number * hw::line_bytes), data.data(), hw::line_bytes) != 0) ++wrong;
  }
  compare("wrong lines", wrong, 0);
  return found;
}

}  // namespace dojo::tb
