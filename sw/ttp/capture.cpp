#include "ttp/capture.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include "common/error.hpp"
#include "dojo_hw.hpp"

namespace dojo::ttp {

struct Capture::File {
  using Handle = std::unique_ptr<pcap_t, decltype(&pcap_close)>;
  using Dump = std::unique_ptr<pcap_dumper_t, decltype(&pcap_dump_close)>;

  Handle handle{pcap_open_dead_with_tstamp_precision(DLT_EN10MB, 65535, PCAP_TSTAMP_PRECISION_NANO), pcap_close};
  Dump dump{nullptr, pcap_dump_close};
};

Capture::Capture(const std::string& file) : name_(file), file_(std::make_unique<File>()) {
  if (!file_->handle) throw RunError("libpcap: no memory");
  file_->dump.reset(pcap_dump_open(file_->handle.get(), file.c_str()));
  // Its message begins with the file's name.
  if (!file_->dump) throw InputError(fmt::format("--pcap {}", pcap_geterr(file_->handle.get())));
}

Capture::~Capture() = default;

void Capture::write(std::span<const std::uint8_t> frame, std::uint64_t cycle) {
  constexpr std::uint64_t nanoseconds = 1000000000;
  constexpr std::uint64_t cycles_per_second = hw::clock_hz;
  pcap_pkthdr header{};
  header.ts.tv_sec = static_cast<time_t>(cycle / cycles_per_second);
  // With this precision the field holds nanoseconds.
  header.ts.tv_usec = static_cast<suseconds_t>(cycle % cycles_per_second * nanoseconds / cycles_per_second);
  header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
  pcap_dump(reinterpret_cast<u_char*>(file_->dump.get()), &header, frame.data());
  ++frames_;
}

void Capture::close() {
  const bool written = pcap_dump_flush(file_->dump.get()) == 0 && std::ferror(pcap_dump_file(file_->dump.get())) == 0;
  file_->dump.reset();
  if (!written) throw RunError(fmt::format("--pcap {}: not all frames could be written", name_));
}

}  // namespace dojo::ttp
