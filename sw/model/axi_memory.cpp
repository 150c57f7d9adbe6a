#include "model/axi_memory.hpp"

namespace dojo::model {

hw::AxiResponse AxiMemory::response(const AxiRequest& request) const {
  constexpr unsigned line_size = 6;
  if (request.kind != hw::AxiBurst::increment || request.size != line_size) return hw::AxiResponse::slave_error;
  return request.line(request.length) < lines_ ? hw::AxiResponse::okay : hw::AxiResponse::decode_error;
}

AxiLine AxiMemory::line(std::uint64_t number) const {
  const auto found = contents_.find(number);
  return found == contents_.end() ? AxiLine{} : found->second;
}

std::vector<AxiReadBeat> AxiMemory::read(const AxiRequest& request) const {
  std::vector<AxiReadBeat> beats(request.length + 1);
  for (unsigned b = 0; b <= request.length; ++b) {
    beats[b].response = response(request);
    if (beats[b].response == hw::AxiResponse::okay) beats[b].data = line(request.line(b));
  }
  beats.back().last = true;
  return beats;
}

hw::AxiResponse AxiMemory::write(const AxiRequest& request, std::span<const AxiWriteBeat> beats) {
  const hw::AxiResponse answer = response(request);
  if (answer != hw::AxiResponse::okay) return answer;
  for (unsigned b = 0; b <= request.length; ++b) {
    AxiLine& line = contents_[request.line(b)];
    for (unsigned byte = 0; byte < hw::line_bytes; ++byte) {
      if (((beats[b].strobes >> byte) & 1U) == 0) continue;
      const std::uint32_t mask = 0xffU << (8 * (byte % 4));
      line.at(byte / 4) = (line.at(byte / 4) & ~mask) | (beats[b].data.at(byte / 4) & mask);
    }
  }
  return answer;
}

}  // namespace dojo::model
