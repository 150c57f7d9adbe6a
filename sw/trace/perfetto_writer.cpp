#include "trace/perfetto_writer.hpp"

namespace dojo::trace {
namespace {

constexpr unsigned cycles_per_microsecond = 1000;  ///< times are in microseconds

/// As the inside of a JSON string.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') result += '\\';
    result += letter;
  }
  return result;
}

std::string time_of(std::uint64_t cycle) {
  return fmt::format("{}.{:03}", cycle / cycles_per_microsecond, cycle % cycles_per_microsecond);
}

std::string activity_name(const HartActivity& activity) {
  switch (activity.cause) {
    case Cause::semaphore:
      return fmt::format("semaphore {} >= {}", activity.semaphore, activity.amount);
    case Cause::wfi:
      return "wfi";
    case Cause::other:
      return "other";
    default:
      return fmt::format("wait: {}", to_string(activity.cause));
  }
}

/// Retired instructions are slices of their own, and a hart that has stopped shows nothing.
bool is_shown(Cause cause) {
  return cause != Cause::retired && cause != Cause::stopped && cause != Cause::faulted;
}

unsigned track_of_channel(unsigned channel) {
  return PerfettoWriter::channel_0 + channel;
}

}  // namespace

PerfettoWriter::PerfettoWriter(const std::string& file, const TraceContext& context)
    : file_(file), context_(context), nodes_(context.topology->sites()) {
  file_.print("{{\"displayTimeUnit\":\"ns\",\"otherData\":{{\"unit\":\"1 ns is a cycle\"}},\"traceEvents\":[");
}

void PerfettoWriter::name_node(unsigned node) {
  if (nodes_[node].named) return;
  nodes_[node].named = true;
  const Coordinates place = context_.topology->place(node);
  const auto name = [&](std::string_view what, unsigned track, const std::string& text) {
    begin_record('M', node, track, 0);
    file_.print(",\"name\":\"{}\",\"args\":{{\"name\":\"{}\"}}}}", what, text);
    if (what != "thread_name") return;
    begin_record('M', node, track, 0);
    file_.print(",\"name\":\"thread_sort_index\",\"args\":{{\"sort_index\":{}}}}}", track);
  };
  name("process_name", 0, fmt::format("node ({},{})", place.x, place.y));
  for (unsigned hart = 0; hart < hw::harts; ++hart) name("thread_name", hart_0 + hart, fmt::format("hart {}", hart));
  name("thread_name", matrix, "matrix unit");
  for (unsigned channel = 0; channel < nodes_[node].channels.size(); ++channel) {
    name("thread_name", track_of_channel(channel), fmt::format("transfer channel {}", channel));
  }
  name("thread_name", service, "reads for other nodes");
  name("thread_name", packets_out, "packets out");
  name("thread_name", packets_in, "packets in");
  name("thread_name", reads_in, "read requests in");
  for (unsigned tree = 0; tree < hw::trees; ++tree) {
    name("thread_name", barrier_0 + tree, fmt::format("barrier of tree {}", tree));
  }
  name("thread_name", semaphores, "semaphores");
  name("thread_name", host, "host");
}

void PerfettoWriter::begin_record(char phase, unsigned node, unsigned track, std::uint64_t cycle) {
  file_.print("{}\n{{\"ph\":\"{}\",\"pid\":{},\"tid\":{},\"ts\":{}", is_first_ ? "" : ",", phase, node + 1, track,
              time_of(cycle));
  is_first_ = false;
}

void PerfettoWriter::begin_slice(const Event& event, unsigned track, std::string_view name, const std::string& detail) {
  begin_record('B', event.node, track, event.cycle);
  file_.print(",\"name\":\"{}\"", escaped(name));
  if (!detail.empty()) file_.print(",\"args\":{{\"detail\":\"{}\"}}", escaped(detail));
  file_.print("}}");
}

void PerfettoWriter::end_slice(unsigned node, unsigned track, std::uint64_t cycle) {
  begin_record('E', node, track, cycle);
  file_.print("}}");
}

void PerfettoWriter::instant(const Event& event, unsigned track, std::string_view name, const std::string& detail) {
  begin_record('i', event.node, track, event.cycle);
  file_.print(",\"s\":\"t\",\"name\":\"{}\",\"args\":{{\"detail\":\"{}\"}}}}", escaped(name), escaped(detail));
}

void PerfettoWriter::write(const Event& event, std::uint64_t packet, const Flow* flow) {
  name_node(event.node);
  Node& node = nodes_[event.node];
  std::visit(Overloaded{[&](const Retired& retired) { retire(event, retired); },
                        [](const LateValue&) {},
                        [](const VectorValue&) {},
                        [&](const VectorEnd& end) { end_vector(event.node, event.hart, end.tag, event.cycle); },
                        [&](const HartActivity& activity) { change(event, activity); },
                        [&](const PhaseBegin& begin) {
                          ++node.harts[event.hart].phases;
                          begin_slice(event, hart_0 + event.hart, begin.name.data(), {});
                        },
                        [&](const PhaseEnd&) {
                          --node.harts[event.hart].phases;
                          end_slice(event.node, hart_0 + event.hart, event.cycle + 1);
                        },
                        [&](const Command& command) {
                          instant(event, hart_0 + event.hart, fmt::format("issue {}", hw::to_string(command.unit)),
                                  describe(command));
                        },
                        [&](const MatrixBegin& begin) {
                          node.matrix = true;
                          begin_slice(event, matrix,
                                      fmt::format("{} {}x{}x{}", begin.convolution ? "convolution" : "gemm",
                                                  begin.m_tiles, begin.n_tiles, begin.k_tiles),
                                      describe(begin));
                        },
                        [&](const MatrixEnd& end) {
                          node.matrix = false;
                          begin_record('E', event.node, matrix, event.cycle);
                          file_.print(",\"args\":{{\"operand_stalls\":{},\"drain_stalls\":{}}}}}", end.operand_stalls,
                                      end.drain_stalls);
                        },
                        [&](const TransferBegin& begin) {
                          node.channels[begin.channel] = true;
                          begin_slice(event, track_of_channel(begin.channel), hw::to_string(begin.op), describe(begin));
                        },
                        [&](const TransferEnd& end) {
                          node.channels[end.channel] = false;
                          end_slice(event.node, track_of_channel(end.channel), event.cycle);
                        },
                        [&](const ServiceBegin&) {
                          node.service = true;
                          begin_slice(event, service, "read", {});
                        },
                        [&](const ServiceEnd&) {
                          node.service = false;
                          end_slice(event.node, service, event.cycle);
                        },
                        [&](const PacketSent& sent) { send(event, sent, packet); },
                        [&](const PacketArrived& arrived) { arrive(event, arrived, packet, flow); },
                        [&](const BarrierArrival& arrival) { arrive_at_barrier(event, arrival); },
                        [&](const BarrierRelease& release) {
                          if (!node.barriers[release.tree]) return;
                          node.barriers[release.tree] = false;
                          end_slice(event.node, barrier_0 + release.tree, event.cycle);
                        },
                        [&](const SemaphoreCount& count) {
                          instant(event, semaphores, fmt::format("semaphore {} + {}", count.semaphore, count.amount),
                                  describe(count));
                        },
                        [&](const HostWrite& write) { instant(event, host, "write", describe(write)); },
                        [&](const Sample& counts) { sample(event, counts); }},
             event.payload);
}

/// The slice of what the hart did before `cycle`.
void PerfettoWriter::end_activity(unsigned node, unsigned hart, std::uint64_t cycle) {
  Hart& state = nodes_[node].harts[hart];
  if (is_shown(state.activity.cause) && state.since < cycle) {
    begin_record('X', node, hart_0 + hart, state.since);
    file_.print(",\"dur\":{},\"name\":\"{}\"}}", time_of(cycle - state.since), activity_name(state.activity));
  }
}

void PerfettoWriter::change(const Event& event, const HartActivity& activity) {
  end_activity(event.node, event.hart, event.cycle);
  Hart& hart = nodes_[event.node].harts[event.hart];
  hart.activity = activity;
  hart.since = event.cycle;
}

void PerfettoWriter::retire(const Event& event, const Retired& retired) {
  const std::string& text = texts_.text(retired.pc, retired.instruction);
  const Coordinates place = context_.topology->place(event.node);
  const std::string where = context_.symbolize ? context_.symbolize(place, retired.pc) : std::string();
  begin_record('X', event.node, hart_0 + event.hart, event.cycle);
  file_.print(",\"dur\":{},\"name\":\"{}\",\"args\":{{\"instruction\":\"{}\",\"at\":\"{}\",\"detail\":\"{}\"}}}}",
              time_of(1), retired.trap ? "trap" : std::string_view(text).substr(0, text.find(' ')), escaped(text),
              escaped(where), describe(retired));
  if (!retired.vector || retired.has_ended || retired.trap) return;
  // Vector instructions overlap: slices that are not bound to a track.
  begin_record('b', event.node, hart_0 + event.hart, event.cycle);
  file_.print(",\"cat\":\"vector unit\",\"id2\":{{\"local\":\"{}.{}\"}},\"name\":\"{}\"}}", event.hart,
              retired.vector_tag, escaped(text));
  nodes_[event.node].harts[event.hart].vector[retired.vector_tag] = true;
}

void PerfettoWriter::end_vector(unsigned node, unsigned hart, unsigned tag, std::uint64_t cycle) {
  bool& open = nodes_[node].harts[hart].vector[tag];
  if (!open) return;
  open = false;
  begin_record('e', node, hart_0 + hart, cycle);
  file_.print(",\"cat\":\"vector unit\",\"id2\":{{\"local\":\"{}.{}\"}}}}", hart, tag);
}

void PerfettoWriter::send(const Event& event, const PacketSent& packet, std::uint64_t number) {
  begin_record('X', event.node, packets_out, event.cycle);
  file_.print(",\"dur\":{},\"name\":\"{}\",\"args\":{{\"packet\":{},\"detail\":\"{}\"}}}}", time_of(1),
              hw::to_string(packet.header.op), number, describe(packet));
}

void PerfettoWriter::arrive(const Event& event, const PacketArrived& packet, std::uint64_t number, const Flow* flow) {
  const unsigned track = packet.header.cls == hw::PacketClass::request ? reads_in : packets_in;
  begin_record('X', event.node, track, event.cycle);
  file_.print(",\"dur\":{},\"name\":\"{}\",\"args\":{{\"packet\":{},\"detail\":\"{}\"}}}}", time_of(1),
              hw::to_string(packet.header.op), number, describe(packet));
  if (flow == nullptr) return;
  begin_record('s', flow->source, packets_out, flow->sent);
  file_.print(",\"cat\":\"packet\",\"name\":\"packet\",\"id\":{}}}", flow->copy);
  begin_record('f', event.node, track, event.cycle);
  file_.print(",\"bp\":\"e\",\"cat\":\"packet\",\"name\":\"packet\",\"id\":{}}}", flow->copy);
}

void PerfettoWriter::arrive_at_barrier(const Event& event, const BarrierArrival& arrival) {
  bool& waits = nodes_[event.node].barriers[arrival.tree];
  if (arrival.will_release && !waits) {
    waits = true;
    begin_slice(event, barrier_0 + arrival.tree, "barrier", {});
  } else {
    instant(event, barrier_0 + arrival.tree, "arrival", {});
  }
}

void PerfettoWriter::sample(const Event& event, const Sample& counts) {
  const auto counter = [&](std::string_view name, std::uint32_t value) {
    begin_record('C', event.node, 0, counts.start);
    file_.print(",\"name\":\"{}\",\"args\":{{\"in 128 cycles\":{}}}}}", name, value);
  };
  counter("instructions", counts.instructions);
  counter("matrix steps", counts.matrix_steps);
  counter("packets sent", counts.flits_sent);
  counter("packets received", counts.flits_received);
}

void PerfettoWriter::end_all(unsigned number, std::uint64_t end) {
  Node& node = nodes_[number];
  for (unsigned hart = 0; hart < hw::harts; ++hart) {
    end_activity(number, hart, end);
    for (; node.harts[hart].phases != 0; --node.harts[hart].phases) end_slice(number, hart_0 + hart, end);
    for (unsigned tag = 0; tag < node.harts[hart].vector.size(); ++tag) end_vector(number, hart, tag, end);
  }
  if (node.matrix) end_slice(number, matrix, end);
  for (unsigned channel = 0; channel < node.channels.size(); ++channel) {
    if (node.channels[channel]) end_slice(number, track_of_channel(channel), end);
  }
  if (node.service) end_slice(number, service, end);
  for (unsigned tree = 0; tree < hw::trees; ++tree) {
    if (node.barriers[tree]) end_slice(number, barrier_0 + tree, end);
  }
}

void PerfettoWriter::finish(std::uint64_t end) {
  for (unsigned node = 0; node < nodes_.size(); ++node) {
    if (nodes_[node].named) end_all(node, end);
  }
  file_.print("\n]}}\n");
  file_.close();
}

}  // namespace dojo::trace
