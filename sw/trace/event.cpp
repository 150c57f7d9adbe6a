#include "trace/event.hpp"

#include <fmt/format.h>

#include "model/disassembler.hpp"

namespace dojo::trace {
namespace {

constexpr unsigned float_registers = 32;  ///< numbers of f registers begin here
constexpr std::array<std::string_view, std::variant_size_v<Payload>> kinds{
    "retired",        "late_value",      "vector_value",    "vector_end",   "hart",
    "phase_begin",    "phase_end",       "command",         "matrix_begin", "matrix_end",
    "transfer_begin", "transfer_end",    "service_begin",   "service_end",  "packet_sent",
    "packet_arrived", "barrier_arrival", "barrier_release", "semaphore",    "host_write",
    "sample"};
constexpr std::array<std::string_view, 4> increment_sources{"matrix", "transfer", "network", "barrier"};
constexpr std::array<std::string_view, 4> memory_effects{"", "load", "store", "atomic"};

std::string packet_text(const hw::PacketHeader& header) {
  std::string text =
      header.dst_x == hw::group_column
          ? fmt::format("op={} class={} from={}:{} to=tree{} mode={}", hw::to_string(header.op),
                        hw::to_string(header.cls), header.src_x, header.src_y, header.dst_y & 3,
                        hw::to_string(static_cast<hw::TreeMode>(header.dst_y >> 2 & 3)))
          : fmt::format("op={} class={} from={}:{} to={}:{}", hw::to_string(header.op), hw::to_string(header.cls),
                        header.src_x, header.src_y, header.dst_x, header.dst_y);
  text += fmt::format(" address={:#x} bytes={}", header.addr, 1u << header.size);
  if (header.sem_en) text += fmt::format(" semaphore={}", header.sem);
  return text;
}

std::string text_of(const Retired& retired) {
  std::string text = fmt::format("pc={:#x} instruction={:#x}", retired.pc, retired.instruction);
  if (retired.trap) return text + fmt::format(" trap={:#x} mtval={:#x}", retired.data, retired.value);
  if (retired.writes && !retired.late) {
    text += fmt::format(" {}={:#x}", register_of(retired.destination), retired.value);
  } else if (retired.writes) {
    text += fmt::format(" {}=later", register_of(retired.destination));
  }
  if (retired.memory != MemoryEffect::none) {
    text += fmt::format(" {}={:#x} bytes={}", memory_effects[static_cast<unsigned>(retired.memory)], retired.address,
                        1u << retired.memory_size);
    if (retired.memory == MemoryEffect::store) text += fmt::format(" data={:#x}", retired.data);
  }
  if (retired.vector) text += fmt::format(" tag={}", retired.vector_tag);
  return text;
}

std::string text_of(const LateValue& late) {
  std::string text;
  if (late.writes) text = fmt::format("{}={:#x}", register_of(late.destination), late.value);
  if (late.stores) text += fmt::format("{}stored={:#x}", late.writes ? " " : "", late.stored);
  return text;
}

std::string text_of(const HartActivity& activity) {
  if (activity.cause != Cause::semaphore) return fmt::format("does={}", to_string(activity.cause));
  return fmt::format("does=semaphore semaphore={} amount={}", activity.semaphore, activity.amount);
}

std::string text_of(const MatrixBegin& begin) {
  return fmt::format("op={} descriptor={:#x} tiles={}x{}x{} steps={}", begin.convolution ? "convolution" : "gemm",
                     begin.address, begin.m_tiles, begin.n_tiles, begin.k_tiles, begin.steps);
}

std::string text_of(const TransferBegin& begin) {
  if (begin.op == hw::DescriptorOpTransfer::wait) {
    return fmt::format("channel={} op=wait descriptor={:#x} semaphore={} amount={}", begin.channel, begin.address,
                       begin.semaphore, begin.lines);
  }
  return fmt::format("channel={} op={} descriptor={:#x} local={:#x} remote={:#x} lines={} rows={} bytes={}",
                     begin.channel, hw::to_string(begin.op), begin.address, begin.local, begin.remote, begin.lines,
                     begin.rows, 1u << begin.element_size);
}

}  // namespace

std::string text_of(const VectorValue& value) {
  std::string text;
  for (std::size_t i = value.data.size(); i-- > 0;) {
    text += (value.byte_enable >> i & 1) != 0 ? fmt::format("{:02x}", value.data[i]) : "--";
  }
  return text;
}

std::string register_of(unsigned destination) {
  return destination < float_registers ? std::string(model::register_name(destination))
                                       : std::string(model::float_register_name(destination - float_registers));
}

std::string_view kind_of(const Payload& payload) {
  return kinds[payload.index()];
}

bool is_of_hart(const Payload& payload) {
  return std::visit(Overloaded{[](const Retired&) { return true; }, [](const LateValue&) { return true; },
                               [](const VectorValue&) { return true; }, [](const VectorEnd&) { return true; },
                               [](const HartActivity&) { return true; }, [](const PhaseBegin&) { return true; },
                               [](const PhaseEnd&) { return true; }, [](const Command&) { return true; },
                               [](const auto&) { return false; }},
                    payload);
}

std::string describe(const Payload& payload) {
  return std::visit(
      Overloaded{
          [](const Retired& event) { return text_of(event); }, [](const LateValue& event) { return text_of(event); },
          [](const VectorValue& event) {
            return fmt::format("tag={} v{}={}", event.tag, event.destination, text_of(event));
          },
          [](const VectorEnd& event) { return fmt::format("tag={}", event.tag); },
          [](const HartActivity& event) { return text_of(event); },
          [](const PhaseBegin& event) { return fmt::format("name={}", event.name.data()); },
          [](const Command& event) {
            return fmt::format("unit={} descriptor={:#x}", hw::to_string(event.unit), event.address);
          },
          [](const MatrixBegin& event) { return text_of(event); },
          [](const MatrixEnd& event) {
            return fmt::format("operand_stalls={} drain_stalls={}", event.operand_stalls, event.drain_stalls);
          },
          [](const TransferBegin& event) { return text_of(event); },
          [](const TransferEnd& event) { return fmt::format("channel={}", event.channel); },
          [](const PacketSent& event) { return packet_text(event.header); },
          [](const PacketArrived& event) { return packet_text(event.header); },
          [](const BarrierArrival& event) { return fmt::format("tree={}", event.tree); },
          [](const BarrierRelease& event) { return fmt::format("tree={}", event.tree); },
          [](const SemaphoreCount& event) {
            return fmt::format("semaphore={} amount={} from={}", event.semaphore, event.amount,
                               increment_sources[static_cast<unsigned>(event.from)]);
          },
          [](const HostWrite& event) { return fmt::format("address={:#x} data={:#x}", event.address, event.data); },
          [](const Sample& event) {
            return fmt::format("start={} instructions={} matrix_steps={} flits_sent={} flits_received={}", event.start,
                               event.instructions, event.matrix_steps, event.flits_sent, event.flits_received);
          },
          [](const auto&) { return std::string(); }},
      payload);
}

}  // namespace dojo::trace
