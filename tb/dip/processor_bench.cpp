#include "tb/dip/processor_bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace dojo::tb {

ProcessorBench::ProcessorBench(int reset_seed) : model_(&context_, "processor") {
  context_.randReset(2);
  context_.randSeed(reset_seed);
  model_.rst_ni = 0;
  model_.flit_valid_i = 0;
  model_.credit_i = 0;
  model_.register_valid_i = 0;
  ethernet_.set_sinks([this](const Packet& packet) { check_away(packet); },
                      [this](const hw::TtpRead& read) { check_away(read); });
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

std::array<model::PortPlace, ProcessorBench::ports> ProcessorBench::places() {
  std::array<model::PortPlace, ports> places;
  for (unsigned port = 0; port < ports; ++port) places.at(port) = {.x = edge, .y = port};
  return places;
}

std::uint64_t ProcessorBench::peer_address(std::uint64_t offset, bool memory, bool away) {
  const std::uint16_t column = away ? away_column : 4;
  return hw::GlobalAddress{.is_global = true, .kind = memory, .y = 9, .x = column, .offset = offset}.encode();
}

void ProcessorBench::enable_ethernet() {
  const hw::DipRouteArea area{
      .enable = true, .y_last = 2047, .y_first = 0, .x_last = away_column, .x_first = away_column};
  write_register(hw::dip_control_ethernet_port_offset, ethernet_port);
  // Not the first entry; one that does not hold the area stands before it.
  write_register(
      hw::dip_control_route_area_offset,
      hw::DipRouteArea{.enable = true, .y_last = 2047, .x_last = away_column + 2, .x_first = away_column + 1}.encode());
  write_register(hw::dip_control_route_via_offset + 8, peer_node);
  write_register(hw::dip_control_route_area_offset + 8, area.encode());
  lists_.set_away([](unsigned x, unsigned) { return x == away_column; });
}

void ProcessorBench::apply_away(const Packet& packet) {
  const model::PortAnswer answer = golden_.apply(packet, {.x = edge, .y = ethernet_port});
  Port& port = port_[ethernet_port];
  port.arrival_elements.insert(port.arrival_elements.end(), answer.elements.begin(), answer.elements.end());
  auto& reports = port.reports.at(static_cast<unsigned>(packet.header.cls));
  reports.insert(reports.end(), answer.reports.begin(), answer.reports.end());
  lists_.run();
}

void ProcessorBench::offer_away(std::span<const Packet> packets) {
  ethernet_.send(packets);
  for (const Packet& packet : packets) {
    if (packet.header.dst_x == edge && packet.header.dst_y < ports)
      apply_away(packet);
    else
      port_[ethernet_port].forwarded.at(static_cast<unsigned>(packet.header.cls)).push_back(packet);
  }
}

void ProcessorBench::offer_away(const hw::TtpRead& read) {
  ethernet_.send(read);
  Packet packet = packet_of(0, {.address = std::uint64_t{read.line} * hw::line_bytes,
                                .to = std::uint64_t{read.return_line} * hw::line_bytes,
                                .x = peer_node % (1U << hw::coordinate_bits),
                                .y = peer_node >> hw::coordinate_bits,
                                .lines = read.lines,
                                .sem_en = read.sem_en,
                                .sem = read.sem});
  packet.header.dst_x = read.dst_x;
  packet.header.dst_y = read.dst_y;
  if (read.dst_x == edge && read.dst_y < ports) return apply_away(packet);
  auto request = hw::ReadRequest::decode(std::span<const std::uint32_t, 9>(packet.data.data(), 9));
  request.last = static_cast<std::uint32_t>((std::uint64_t{read.line} + read.lines) * hw::line_bytes - 1);
  const auto words = request.encode();
  std::copy(words.begin(), words.end(), packet.data.begin());
  port_[ethernet_port].forwarded[0].push_back(packet);
}

void ProcessorBench::put(std::uint64_t address, const void* from, std::size_t bytes) {
  const std::span span(static_cast<const std::byte*>(from), bytes);
  storage_.memory().write(address, span);
  golden_.write_memory(address, span);
}

void ProcessorBench::start(unsigned channel, std::uint64_t address) {
  write_register(hw::dip_control_list_start_offset, address | channel);
  lists_.start(channel, address);
}

void ProcessorBench::clock() {
  show_host();
  show_ethernet();
  model_.clk_i = 0;
  model_.eval();
  take_host();
  take_ethernet();
  model_.clk_i = 1;
  model_.eval();
}

void ProcessorBench::show_host() {
  host_.begin(cycle_, model_.host_awvalid_o != 0);
  model_.host_arready_i = host_.ar_ready();
  model_.host_awready_i = host_.aw_ready();
  model_.host_wready_i = host_.w_ready();
  model_.host_rvalid_i = host_.read().valid;
  model_.host_rid_i = host_.read().id;
  model_.host_rresp_i = host_.read().response;
  model_.host_rlast_i = host_.read().last;
  noc::assign_words(model_.host_rdata_i, host_.read().data);
  model_.host_bvalid_i = host_.answer().valid;
  model_.host_bid_i = host_.answer().id;
  model_.host_bresp_i = host_.answer().response;
}

void ProcessorBench::take_host() {
  if (model_.rst_ni == 0) return;
  const HostMemorySlave::Address ar{.valid = model_.host_arvalid_o != 0,
                                    .id = model_.host_arid_o != 0,
                                    .address = model_.host_araddr_o,
                                    .length = model_.host_arlen_o};
  const HostMemorySlave::Address aw{.valid = model_.host_awvalid_o != 0,
                                    .id = model_.host_awid_o != 0,
                                    .address = model_.host_awaddr_o,
                                    .length = model_.host_awlen_o};
  const HostMemorySlave::Data w{.valid = model_.host_wvalid_o != 0,
                                .data = noc::words_of<4>(model_.host_wdata_o),
                                .strobes = model_.host_wstrb_o,
                                .last = model_.host_wlast_o != 0};
  host_.end(ar, aw, w, model_.host_rready_o != 0);
}

void ProcessorBench::show_ethernet() {
  const EthernetPeer::Beat& beat = ethernet_.beat();
  model_.tx_ready_i = ethernet_.ready();
  model_.rx_valid_i = beat.valid;
  model_.rx_keep_i = beat.keep;
  model_.rx_last_i = beat.last;
  model_.rx_user_i = beat.bad;
  noc::assign_words(model_.rx_data_i, beat.data);
}

void ProcessorBench::take_ethernet() {
  if (model_.rst_ni == 0) return;
  EthernetPeer::Beat sent{.valid = model_.tx_valid_o != 0, .keep = model_.tx_keep_o, .last = model_.tx_last_o != 0};
  if (sent.valid) sent.data = noc::words_of<16>(model_.tx_data_o);
  ethernet_.step(sent);
}

void ProcessorBench::put_host(std::uint64_t address, const void* from, std::size_t bytes) {
  host_.put(address, from, bytes);
  const auto* next = static_cast<const std::uint8_t*>(from);
  for (std::size_t i = 0; i < bytes; ++i) {
    auto& line = lists_.host().lines[(address + i) / hw::line_bytes];
    reinterpret_cast<std::uint8_t*>(line.data())[(address + i) % hw::line_bytes] = next[i];
  }
}

void ProcessorBench::break_host(std::uint64_t address) {
  host_.broken.push_back(address);
  lists_.host().broken = address;
}

void ProcessorBench::enable_rings(std::uint64_t submission_base, unsigned submission_size,
                                  std::uint64_t completion_base, unsigned completion_size) {
  submission_base_ = submission_base;
  submission_size_ = submission_size;
  completion_base_ = completion_base;
  completion_size_ = completion_size;
  submitted_ = 0;
  completed_ = 0;
  const std::vector<std::uint8_t> zeros(std::size_t{completion_size} * (hw::DipCompletion::bits / 8));
  host_.put(completion_base, zeros.data(), zeros.size());
  write_register(hw::dip_control_submission_base_offset, submission_base);
  write_register(hw::dip_control_submission_size_offset, submission_size);
  write_register(hw::dip_control_completion_base_offset, completion_base);
  write_register(hw::dip_control_completion_size_offset, completion_size);
  write_register(hw::dip_control_ring_enable_offset, 1);
}

void ProcessorBench::submit(const hw::TransferDescriptor& entry) {
  host_.put(submission_base_ + submitted_ % submission_size_ * sizeof entry, &entry, sizeof entry);
  write_register(hw::dip_control_submission_tail_offset, ++submitted_);
  if (entry.channel < model::DipLists::channels)
    lists_.enter(entry);
  else
    without_channel_.push_back({.channel = static_cast<std::uint8_t>(entry.channel),
                                .cause = hw::UnitFault::opcode,
                                .address = (std::uint64_t{1} << hw::offset_bits) - 1,
                                .tag = entry.tag});
}

std::vector<hw::DipCompletion> ProcessorBench::take_completions() {
  std::vector<hw::DipCompletion> taken;
  constexpr unsigned bytes = hw::DipCompletion::bits / 8;
  while (true) {
    const std::uint64_t address = completion_base_ + completed_ % completion_size_ * bytes;
    const HostMemorySlave::Line line = host_.line(address / hw::line_bytes);
    hw::DipCompletion entry =
        hw::DipCompletion::decode(std::span<const std::uint32_t, 4>(line.data() + address % hw::line_bytes / 4, 4));
    const bool phase = (completed_ & completion_size_) == 0;
    if (entry.phase != phase) break;
    entry.phase = false;
    auto& expected = entry.channel < model::DipLists::channels ? lists_.completions(entry.channel) : without_channel_;
    if (expected.empty() || !(expected.front() == entry))
      fail(fmt::format("a completion of channel {} with tag {} is not the next one", entry.channel, entry.tag));
    else
      expected.pop_front();
    taken.push_back(entry);
    ++completed_;
  }
  if (!taken.empty()) write_register(hw::dip_control_completion_head_offset, completed_);
  return taken;
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
  lists_.run();
}

void ProcessorBench::drive(unsigned p) {
  Port& port = port_[p];
  for (unsigned c = 0; c < classes; ++c) {
    if (port.owed.at(c) == 0 || (sink_ && !sink_(p))) continue;
    --port.owed.at(c);
    model_.credit_i |= 1U << (ports * c + p);
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

namespace {

// What goes over the mesh and over Ethernet, data and requests, overtake each other.
bool is_same_stream(const Packet& a, const Packet& b) {
  const auto is_away = [](const Packet& packet) { return packet.header.dst_x == ProcessorBench::away_column; };
  return is_away(a) == is_away(b) && a.header.cls == b.header.cls;
}

// The first packet of a stream; takes it out if it is this one.
bool take_first(std::deque<Packet>& packets, const Packet& packet) {
  const auto found = std::ranges::find_if(packets, [&](const Packet& other) { return is_same_stream(other, packet); });
  if (found == packets.end()) return false;
  // A payload does not say which semaphore a line does not count at.
  Packet expected = *found;
  if (expected.header.dst_x == ProcessorBench::away_column && !expected.header.sem_en) expected.header.sem = 0;
  if (!(expected == packet)) return false;
  packets.erase(found);
  return true;
}

}  // namespace

// The next element of a port, or packet of its channel; takes it out of those that are expected.
bool ProcessorBench::is_next(unsigned p, const Packet& packet) {
  if (take_first(port_[p].elements, packet) || take_first(port_[p].arrival_elements, packet)) return true;
  if (!take_first(lists_.packets(p), packet)) return false;
  answer(p, packet);
  return true;
}

void ProcessorBench::check(unsigned p, const Packet& packet) {
  Port& port = port_[p];
  if (packet.header.dst_x == away_column) return fail(fmt::format("port {} sent what should leave over Ethernet", p));
  if (is_next(p, packet)) return;
  std::deque<Packet>& forwarded = port.forwarded.at(static_cast<unsigned>(packet.header.cls));
  if (!forwarded.empty() && forwarded.front() == packet) return forwarded.pop_front();
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

// A packet of any port has come at the other end of the Ethernet.
void ProcessorBench::check_away(const Packet& packet) {
  for (unsigned p = 0; p < ports; ++p) {
    if (is_next(p, packet)) return;
  }
  for (Port& port : port_) {
    for (auto& reports : port.reports) {
      const auto found = std::find(reports.begin(), reports.end(), packet);
      if (found == reports.end()) continue;
      reports.erase(found);
      return;
    }
  }
  fail(fmt::format("a packet for {:#x} that is not the next one has left over Ethernet", packet.header.addr));
}

void ProcessorBench::check_away(const hw::TtpRead& read) {
  for (unsigned p = 0; p < ports; ++p) {
    for (const Packet& packet : lists_.packets(p)) {
      const hw::PacketHeader& header = packet.header;
      if (header.op != hw::PacketOp::read || header.dst_x != away_column) continue;
      const auto request = hw::ReadRequest::decode(std::span<const std::uint32_t, 9>(packet.data.data(), 9));
      const std::uint64_t to = hw::GlobalAddress::decode(request.return_address).offset;
      const hw::TtpRead expected{.kind = hw::TtpNocKind::read,
                                 .sem_en = header.sem_en,
                                 .sem = header.sem,
                                 .dst_y = header.dst_y,
                                 .dst_x = header.dst_x,
                                 .lines = request.lines,
                                 .line = static_cast<std::uint32_t>(header.addr / hw::line_bytes),
                                 .return_line = static_cast<std::uint32_t>(to / hw::line_bytes)};
      if (read == expected && is_next(p, Packet(packet))) return;
      break;
    }
  }
  fail(fmt::format("a READ of line {:#x} that is not the next one has left over Ethernet", read.line));
}

// What the engine sends has come where it was for.
void ProcessorBench::answer(unsigned p, const Packet& packet) {
  const model::PortAnswer answer = peer_.apply(packet, {.x = packet.header.dst_x, .y = packet.header.dst_y});
  for (const Packet& element : answer.elements) {
    if (packet.header.dst_x == away_column)
      offer_away(element);
    else
      offer(p, element);
  }
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
  if (++port.owed.at(static_cast<unsigned>(packet.header.cls)) > hw::router_depth)
    fail(fmt::format("port {} sent a flit without a credit", p));
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

std::uint64_t ProcessorBench::read_register(unsigned offset) {
  model_.register_valid_i = 1;
  model_.register_write_i = 0;
  model_.register_address_i = offset;
  while (model_.register_ready_o == 0) step();
  step();
  model_.register_valid_i = 0;
  return model_.register_data_o;
}

void ProcessorBench::write_register(unsigned offset, std::uint64_t value) {
  model_.register_valid_i = 1;
  model_.register_write_i = 1;
  model_.register_address_i = offset;
  model_.register_data_i = value;
  while (model_.register_ready_o == 0) step();
  step();
  model_.register_valid_i = 0;
}

bool ProcessorBench::settle(unsigned limit) {
  for (unsigned i = 0; i < limit; ++i) {
    bool waits = false;
    for (unsigned p = 0; p < ports; ++p) {
      const Port& port = port_[p];
      waits = waits || !port.source[0].empty() || !port.source[1].empty() || port.owed[0] + port.owed[1] != 0 ||
              !lists_.packets(p).empty();
    }
    if (!waits && !busy() && host_.is_idle() && ethernet_.is_idle() && i > 2) return true;
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

std::vector<std::string> ProcessorBench::errors() {
  std::vector<std::string> found = errors_;
  std::uint64_t lost = lost_;
  for (unsigned p = 0; p < ports; ++p) {
    lost += port_[p].reports[1].size();
    if (!port_[p].reports[0].empty()) found.push_back(fmt::format("port {}: reports of reads are missing", p));
    const std::size_t missing = port_[p].elements.size() + port_[p].arrival_elements.size();
    if (missing != 0) found.push_back(fmt::format("port {}: {} elements are missing", p, missing));
    if (!port_[p].forwarded[0].empty() || !port_[p].forwarded[1].empty())
      found.push_back(fmt::format("port {}: packets from the Ethernet are missing", p));
    if (!lists_.packets(p).empty())
      found.push_back(fmt::format("port {}: {} packets of the engine are missing", p, lists_.packets(p).size()));
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
  for (unsigned sem = 0; sem < hw::semaphores; ++sem)
    compare("a semaphore", read_register(hw::dip_control_semaphore_offset + sem * 8), golden_.semaphore(sem));
  for (unsigned channel = 0; channel < model::DipLists::channels; ++channel)
    compare("list_fault", read_register(hw::dip_control_list_fault_offset + channel * 8),
            lists_.fault(channel).encode());
  unsigned wrong = 0;
  for (const auto& [number, data] : golden_.contents()) {
    if (std::memcmp(storage_.memory().at(number * hw::line_bytes), data.data(), hw::line_bytes) != 0) ++wrong;
  }
  compare("wrong lines", wrong, 0);
  wrong = 0;
  for (const auto& [number, data] : lists_.host().lines) {
    if (host_.line(number) != data) ++wrong;
  }
  compare("wrong lines of the host", wrong, 0);
  for (unsigned channel = 0; channel < model::DipLists::channels; ++channel)
    compare("missing completions", lists_.completions(channel).size(), 0);
  for (const std::string& error : host_.errors()) found.push_back(error);
  return found;
}

}  // namespace dojo::tb
