#include "tb/noc/scoreboard.hpp"

#include <fmt/format.h>

namespace dojo::tb {

namespace {

constexpr std::size_t kept_errors = 8;

std::uint64_t scramble(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

}  // namespace

Packet Scoreboard::expected(std::uint64_t number, const Flow& flow) const {
  const auto& [source, destination, cls] = flow;
  const std::uint64_t bits = scramble(number ^ 0x5eedU);
  Packet packet;
  packet.header = {.dst_x = static_cast<std::uint16_t>(destination % columns_),
                   .dst_y = static_cast<std::uint16_t>(destination / columns_),
                   .src_x = static_cast<std::uint16_t>(source % columns_),
                   .src_y = static_cast<std::uint16_t>(source / columns_),
                   .cls = cls,
                   .op = cls == hw::PacketClass::request ? hw::PacketOp::read : hw::PacketOp::write,
                   .addr = bits & 0xffffffffffU,
                   .size = static_cast<std::uint8_t>((bits >> 40) & 7U),
                   .sem_en = ((bits >> 43) & 1U) != 0,
                   .sem = static_cast<std::uint8_t>((bits >> 44) & 31U)};
  packet.data[0] = static_cast<std::uint32_t>(number);
  packet.data[1] = static_cast<std::uint32_t>(number >> 32);
  for (std::size_t i = 2; i < packet.data.size(); ++i) {
    packet.data[i] = static_cast<std::uint32_t>(scramble(number * packet.data.size() + i));
  }
  return packet;
}

Packet Scoreboard::make(unsigned source, unsigned destination, hw::PacketClass cls) {
  const Flow flow{source, destination, cls};
  waiting_[flow].push_back(made_);
  return expected(made_++, flow);
}

void Scoreboard::deliver(unsigned node, const Packet& packet) {
  ++delivered_;
  const hw::PacketHeader& header = packet.header;
  const unsigned source = header.src_y * columns_ + header.src_x;
  const unsigned destination = header.dst_y * columns_ + header.dst_x;
  if (destination != node) fail(fmt::format("node {} received a packet for node {}", node, destination));
  const Flow flow{source, destination, header.cls};
  const auto found = waiting_.find(flow);
  const std::string name = fmt::format("{} -> {} class {}", source, destination, static_cast<unsigned>(header.cls));
  if (found == waiting_.end() || found->second.empty()) {
    fail(fmt::format("{}: a packet that nobody sent", name));
    return;
  }
  const std::uint64_t number = found->second.front();
  found->second.pop_front();
  const Packet sent = expected(number, flow);
  if (packet == sent) return;
  const std::uint64_t arrived = packet.data[0] | (std::uint64_t{packet.data[1]} << 32);
  fail(arrived == number ? fmt::format("{}: packet {} arrived changed", name, number)
                         : fmt::format("{}: packet {} arrived, {} is the next", name, arrived, number));
}

std::uint64_t Scoreboard::outstanding() const {
  std::uint64_t sum = 0;
  for (const auto& [flow, numbers] : waiting_) sum += numbers.size();
  return sum;
}

void Scoreboard::fail(std::string text) {
  if (errors_.size() < kept_errors) errors_.push_back(std::move(text));
}

}  // namespace dojo::tb
