#include "sim/mesh_engine.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "common/error.hpp"
#include "sim/link_hash.hpp"
#include "sim/node_error.hpp"

namespace dojo::sim {
namespace {

constexpr unsigned end_of_threads = std::numeric_limits<unsigned>::max();
constexpr unsigned reset_cycles = 4;
/// Bit 2 of each 3-bit hart_state: set in state faulted only.
constexpr std::uint16_t any_hart_faulted = 04444;
static_assert(static_cast<unsigned>(hw::HartState::faulted) == 4);
constexpr unsigned message_classes = 2;
/// Of the four bytes of credits of a node.
constexpr std::uint32_t any_tree_credit = 0xfcfcfcfc;
constexpr std::array<std::string_view, directions> direction_names{"north", "east", "south", "west"};

std::uint32_t all_of(const std::array<std::uint8_t, directions>& flags) {
  std::uint32_t result = 0;
  std::memcpy(&result, flags.data(), sizeof result);
  return result;
}

/// Bit d of the result is bit `bit` of flags[d].
std::uint8_t gather(const std::array<std::uint8_t, directions>& flags, unsigned bit) {
  unsigned result = 0;
  for (unsigned d = 0; d < directions; ++d) result |= ((flags[d] >> bit) & 1u) << d;
  return static_cast<std::uint8_t>(result);
}

/// Binds the calling thread to a processor while it lives.
class Pin {
 public:
  explicit Pin(unsigned number) {
    if (pthread_getaffinity_np(pthread_self(), sizeof before_, &before_) != 0) return;
    const int available = CPU_COUNT(&before_);
    if (available <= 0) return;
    int left = static_cast<int>(number) % available;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &before_) || left-- != 0) continue;
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      pinned_ = pthread_setaffinity_np(pthread_self(), sizeof one, &one) == 0;
      return;
    }
  }
  ~Pin() {
    if (pinned_) pthread_setaffinity_np(pthread_self(), sizeof before_, &before_);
  }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;

 private:
  cpu_set_t before_{};
  bool pinned_ = false;
};

}  // namespace

MeshEngine::MeshEngine(Topology topology, std::vector<std::unique_ptr<NodeModel>> nodes, Options options)
    : topology_(std::move(topology)),
      options_(options),
      nodes_(std::move(nodes)),
      awake_(nodes_.size(), 1),
      host_pending_(nodes_.size(), 0),
      host_writes_(nodes_.size()),
      wake_cycle_(nodes_.size(), never),
      observers_(nodes_.size()),
      workers_(std::max(1u, options.threads)),
      cycle_barrier_(std::max(1u, options.threads)),
      end_barrier_(std::max(1u, options.threads)) {
  const auto count = static_cast<unsigned>(nodes_.size());
  for (unsigned n = 0; n < count; ++n) awake_[n] = nodes_[n] ? 1 : 0;
  for (Links& links : links_) {
    links.inbox.resize(count);
    links.flits.assign(count, Flags{});
    links.credits.assign(count, Flags{});
    links.tokens.assign(count, Flags{});
  }
  const auto threads = static_cast<unsigned>(workers_.size());
  // As many live nodes for each.
  const unsigned live = topology_.live_nodes();
  unsigned node = 0;
  unsigned before = 0;
  for (unsigned t = 0; t < threads; ++t) {
    workers_[t].first = node;
    for (; node < count && before < live * (t + 1) / threads; ++node) before += nodes_[node] ? 1 : 0;
    workers_[t].last = node;
  }
  reset();
  for (unsigned t = 1; t < threads; ++t) helpers_.emplace_back([this, t] { thread_loop(t); });
}

MeshEngine::~MeshEngine() {
  run_number_.store(end_of_threads, std::memory_order_release);
  run_number_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

void MeshEngine::reset() {
  for (const auto& node : nodes_) {
    if (!node) continue;
    const NodePorts& ports = node->ports;
    *ports.cycle = 0;
    *ports.flit_valid_in = 0;
    *ports.credit_in = 0;
    *ports.tree_valid_in = 0;
    *ports.tree_credit_in = 0;
    std::memset(ports.token_in, 0, directions);
    *ports.host_valid = 0;
    *ports.reset_n = 0;
    for (unsigned c = 0; c < reset_cycles; ++c) node->evaluate();
    *ports.reset_n = 1;
  }
}

std::unique_ptr<NodeModel> MeshEngine::replace(unsigned number, std::unique_ptr<NodeModel> node) {
  const std::span<std::byte> before = nodes_[number]->sram();
  const std::span<std::byte> now = node->sram();
  for (const std::byte*& word : watched_) {
    if (std::less_equal()(before.data(), word) && std::less()(word, before.data() + before.size())) {
      word = &now[static_cast<std::size_t>(word - before.data())];
    }
  }
  replaced_.push_back(number);
  return std::exchange(nodes_[number], std::move(node));
}

void MeshEngine::boot_write(unsigned node, std::uint32_t address, std::uint64_t data) {
  const NodePorts& ports = nodes_[node]->ports;
  *ports.host_valid = 1;
  *ports.host_address = address;
  *ports.host_data = data;
  nodes_[node]->evaluate();
  *ports.host_valid = 0;
}

void MeshEngine::write_register(unsigned node, std::uint32_t address, std::uint64_t data) {
  host_writes_[node].push_back({address, data});
  host_pending_[node] = 1;
  awake_[node] = 1;
}

std::uint64_t MeshEngine::link_hash() const {
  std::uint64_t hash = 0;
  for (const Worker& worker : workers_) hash += worker.hash;
  return hash;
}

std::uint64_t MeshEngine::evaluations() const {
  std::uint64_t sum = 0;
  for (const Worker& worker : workers_) sum += worker.evaluations;
  return sum;
}

bool MeshEngine::has_host_writes() const {
  return std::ranges::any_of(host_pending_, [](auto pending) { return pending != 0; }) ||
         std::ranges::any_of(edges_, [](const auto& edge) { return edge && edge->model->has_host_writes(); });
}

Progress MeshEngine::progress() const {
  Progress sum{.moved = 0, .is_due = has_host_writes()};
  for (const auto& node : nodes_) {
    if (node) sum.add({.moved = node->progress(), .is_due = *node->ports.wake_cycle != never});
  }
  for (const auto& edge : edges_) {
    if (!edge) continue;
    sum.add({.moved = edge->moved + edge->model->progress(), .is_due = edge->model->next_arrival() != never});
  }
  return sum;
}

EngineStop MeshEngine::run(std::uint64_t max_cycles) {
  if (failed_) throw RunError("the machine has failed before and cannot run on");
  if (fault_seen_ && !has_host_writes()) return EngineStop::faulted;
  if (max_cycles == 0) return EngineStop::limit;
  fault_seen_ = false;
  work_until(max_cycles > never - cycle_ ? never : cycle_ + max_cycles, false);
  fault_seen_ = stop_ == EngineStop::faulted;
  return stop_;
}

WindowReport MeshEngine::run_window(std::uint64_t end) {
  work_until(end, true);
  cycle_ = end;
  report_.watched = has_watched_word();
  return report_;
}

void MeshEngine::work_until(std::uint64_t limit, bool is_window) {
  for (const unsigned node : replaced_) {
    for (NodeObserver* const observer : observers_[node]) observer->node_replaced(*nodes_[node]);
  }
  replaced_.clear();
  limit_ = limit;
  is_window_ = is_window;
  if (helpers_.empty()) {
    work(workers_[0]);
  } else {
    const Pin pin(options_.first_processor);
    run_number_.fetch_add(1, std::memory_order_release);
    run_number_.notify_all();
    work(workers_[0]);
    end_barrier_.arrive_and_wait();
  }

  for (Worker& worker : workers_) {
    if (!worker.error) continue;
    failed_ = true;
    std::rethrow_exception(std::exchange(worker.error, nullptr));
  }
}

void MeshEngine::thread_loop(unsigned number) {
  const Pin pin(options_.first_processor + number);
  unsigned seen = 0;
  for (;;) {
    run_number_.wait(seen, std::memory_order_acquire);
    seen = run_number_.load(std::memory_order_acquire);
    if (seen == end_of_threads) return;
    work(workers_[number]);
    end_barrier_.arrive_and_wait();
  }
}

void MeshEngine::work(Worker& worker) {
  std::uint64_t cycle = cycle_;
  unsigned parity = parity_;
  const std::uint64_t limit = limit_;
  const bool is_window = is_window_;
  EngineStop stop = EngineStop::limit;
  WindowReport report;
  // cycle_ and parity_ are written by one thread below, after a barrier that every thread passes after reading them
  // here.
  for (;;) {
    advance(worker, cycle, parity);
    if (workers_.size() > 1) cycle_barrier_.arrive_and_wait();

    Summary all;
    for (const Worker& other : workers_) {
      const Summary& summary = other.summary[parity];
      all.active |= summary.active;
      all.faulted |= summary.faulted;
      all.failed |= summary.failed;
      all.next_wake = std::min(all.next_wake, summary.next_wake);
    }
    const bool watches = !is_window && !watched_.empty();
    const bool watched = watches && has_watched_word();
    // A word that is watched may be written in the next cycle by a thread that has gone on.
    if (workers_.size() > 1 && watches) cycle_barrier_.arrive_and_wait();

    ++cycle;
    parity ^= 1u;
    if (is_window) {
      report.active = all.active;
      report.faulted |= all.faulted;
      report.next_event = all.next_wake;
      if (all.active) report.active_until = cycle;
    }
    if (all.failed || (all.faulted && !is_window)) {
      stop = EngineStop::faulted;
      break;
    }
    if (watched) {
      stop = EngineStop::watched;
      break;
    }
    if (!all.active) {
      if (all.next_wake == never && !is_window) {
        stop = EngineStop::quiet;
        break;
      }
      cycle = std::max(cycle, std::min(all.next_wake, limit));
      if (cycle < limit) report.active_until = cycle;
    }
    if (cycle >= limit) break;
  }
  if (&worker == workers_.data()) {
    cycle_ = cycle;
    parity_ = parity;
    stop_ = stop;
    report_ = report;
  }
}

void MeshEngine::save(SnapshotWriter& snapshot) {
  snapshot.put(cycle_);
  snapshot.put(fault_seen_);
  snapshot.put(link_hash());
  snapshot.put(evaluations());
  snapshot.put_list(awake_);
  snapshot.put_list(wake_cycle_);
  // What was read in the cycle before is empty.
  const Links& links = links_[parity_];
  snapshot.put_list(links.flits);
  snapshot.put_list(links.credits);
  snapshot.put_list(links.tokens);
  std::vector<std::byte> state;
  for (unsigned n = 0; n < nodes_.size(); ++n) {
    if (!nodes_[n]) continue;
    if (all_of(links.flits[n]) != 0) snapshot.put(links.inbox[n]);
    snapshot.put_list(std::vector<HostWrite>(host_writes_[n].begin(), host_writes_[n].end()));
    nodes_[n]->get_state(state);
    snapshot.put_sparse(state);
  }
  for (const auto& edge : edges_) {
    if (!edge) continue;
    snapshot.put(edge->awake);
    snapshot.put(edge->inbox[parity_]);
    edge->model->save(snapshot);
  }
}

void MeshEngine::restore(SnapshotReader& snapshot) {
  snapshot.get(cycle_);
  snapshot.get(fault_seen_);
  for (Worker& worker : workers_) {
    worker.hash = 0;
    worker.evaluations = 0;
    worker.next_wake = 0;  // not known: it is looked for in the first cycle
  }
  snapshot.get(workers_[0].hash);
  snapshot.get(workers_[0].evaluations);
  snapshot.get_list(awake_);
  snapshot.get_list(wake_cycle_);
  Links& links = links_[parity_];
  snapshot.get_list(links.flits);
  snapshot.get_list(links.credits);
  snapshot.get_list(links.tokens);
  for (unsigned n = 0; n < nodes_.size(); ++n) {
    if (!nodes_[n]) continue;
    if (all_of(links.flits[n]) != 0) snapshot.get(links.inbox[n]);
    const auto writes = snapshot.get_list<HostWrite>();
    host_writes_[n].assign(writes.begin(), writes.end());
    host_pending_[n] = writes.empty() ? 0 : 1;
    nodes_[n]->set_state(snapshot.get_sparse());
  }
  for (const auto& edge : edges_) {
    if (!edge) continue;
    snapshot.get(edge->awake);
    snapshot.get(edge->inbox[parity_]);
    edge->model->restore(snapshot);
  }
}

bool MeshEngine::has_watched_word() const {
  return std::any_of(watched_.begin(), watched_.end(), [](const std::byte* word) {
    std::uint64_t value = 0;
    std::memcpy(&value, word, sizeof value);
    return value != 0;
  });
}

bool MeshEngine::eight_asleep(unsigned first, const Links& links) const {
  std::uint64_t any = 0;
  std::memcpy(&any, &awake_[first], sizeof any);
  std::array<std::uint64_t, 4> flags;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled in the next line
  std::memcpy(flags.data(), &links.flits[first], sizeof flags);
  any |= flags[0] | flags[1] | flags[2] | flags[3];
  std::memcpy(flags.data(), &links.credits[first], sizeof flags);
  any |= flags[0] | flags[1] | flags[2] | flags[3];
  std::memcpy(flags.data(), &links.tokens[first], sizeof flags);
  return (any | flags[0] | flags[1] | flags[2] | flags[3]) == 0;
}

void MeshEngine::advance(Worker& worker, std::uint64_t cycle, unsigned parity) {
  if (cycle >= worker.next_wake) wake_timers(worker, cycle);
  Summary& summary = worker.summary[parity];
  summary = Summary{};
  const Links& links = links_[parity];
  unsigned node = worker.first;
  try {
    while (node < worker.last) {
      if (node + 8 <= worker.last && eight_asleep(node, links)) {
        node += 8;
        continue;
      }
      if (awake_[node] != 0 ||
          (all_of(links.flits[node]) | all_of(links.credits[node]) | all_of(links.tokens[node])) != 0) {
        step(worker, summary, node, cycle, parity);
      }
      ++node;
    }
    for (const unsigned direction : worker.edges) step_edge(summary, direction, cycle, parity);
  } catch (const RunError& error) {
    summary.failed = true;
    if (node < worker.last) {
      const Coordinates place = place_in_machine(node);
      const std::string text = fmt::format("node ({},{}), cycle {}: {}", place.x, place.y, cycle, error.what());
      worker.error = std::make_exception_ptr(NodeError(text, place, cycle, std::current_exception()));
    } else {
      worker.error = std::make_exception_ptr(RunError(fmt::format("cycle {}: {}", cycle, error.what())));
    }
  } catch (...) {
    summary.failed = true;
    worker.error = std::current_exception();
  }
  // The clock does not jump to a timer for which its node no longer waits.
  if (!summary.active && worker.next_wake != never) find_next_wake(worker);
  summary.next_wake = std::min(summary.next_wake, worker.next_wake);
}

void MeshEngine::wake_timers(Worker& worker, std::uint64_t cycle) {
  for (unsigned n = worker.first; n < worker.last; ++n) {
    if (awake_[n] == 0 && wake_cycle_[n] <= cycle) awake_[n] = 1;
  }
  find_next_wake(worker);
}

void MeshEngine::find_next_wake(Worker& worker) {
  worker.next_wake = never;
  for (unsigned n = worker.first; n < worker.last; ++n) {
    if (awake_[n] == 0) worker.next_wake = std::min(worker.next_wake, wake_cycle_[n]);
  }
}

void MeshEngine::step(Worker& worker, Summary& summary, unsigned node, std::uint64_t cycle, unsigned parity) {
  NodeModel& model = *nodes_[node];
  const NodePorts& ports = model.ports;
  *ports.cycle = cycle;
  take_inputs(node, parity);
  for (NodeObserver* const observer : observers_[node]) observer->before_cycle(model, cycle);
  model.evaluate();
  ++worker.evaluations;
  send_outputs(worker, summary, node, cycle, parity);

  const bool awake = *ports.idle == 0 || host_pending_[node] != 0;
  awake_[node] = awake ? 1 : 0;
  if (awake) {
    summary.active = true;
  } else {
    wake_cycle_[node] = *ports.wake_cycle;
    worker.next_wake = std::min(worker.next_wake, wake_cycle_[node]);
  }
  if ((*ports.fault | (*ports.hart_state & any_hart_faulted)) != 0) summary.faulted = true;
  for (NodeObserver* const observer : observers_[node]) observer->after_cycle(model, cycle);
}

void MeshEngine::take_inputs(unsigned node, unsigned parity) {
  const NodePorts& ports = nodes_[node]->ports;
  Links& links = links_[parity];

  Flags& flits = links.flits[node];
  if (all_of(flits) == 0) {
    *ports.flit_valid_in = 0;
    *ports.tree_valid_in = 0;
  } else {
    const Inbox& inbox = links.inbox[node];
    for (unsigned d = 0; d < directions; ++d) {
      if (flits[d] == 0) continue;
      std::memcpy(ports.flit_data_in[d], inbox.data[d].data(), sizeof inbox.data[d]);
      std::memcpy(ports.flit_header_in[d], inbox.header[d].data(), sizeof inbox.header[d]);
    }
    *ports.flit_valid_in = gather(flits, 0);
    *ports.tree_valid_in = gather(flits, 1);
    flits = {};
  }

  Flags& credits = links.credits[node];
  if (all_of(credits) == 0) {
    *ports.credit_in = 0;
    *ports.tree_credit_in = 0;
  } else {
    *ports.credit_in = static_cast<std::uint8_t>(gather(credits, 0) | gather(credits, 1) << directions);
    unsigned tree_credits = 0;
    if ((all_of(credits) & any_tree_credit) != 0) {
      for (unsigned t = 0; t < hw::trees; ++t) {
        tree_credits |= unsigned{gather(credits, message_classes + t)} << (directions * t);
      }
    }
    *ports.tree_credit_in = static_cast<std::uint16_t>(tree_credits);
    credits = {};
  }

  Flags& tokens = links.tokens[node];
  std::memcpy(ports.token_in, tokens.data(), sizeof tokens);
  if (all_of(tokens) != 0) tokens = {};

  if (host_pending_[node] == 0) {
    *ports.host_valid = 0;
  } else {
    std::deque<HostWrite>& queue = host_writes_[node];
    *ports.host_valid = 1;
    *ports.host_address = queue.front().address;
    *ports.host_data = queue.front().data;
    for (NodeObserver* const observer : observers_[node]) {
      observer->host_write(queue.front().address, queue.front().data);
    }
    queue.pop_front();
    host_pending_[node] = queue.empty() ? 0 : 1;
  }
}

void MeshEngine::send_outputs(Worker& worker, Summary& summary, unsigned node, std::uint64_t cycle, unsigned parity) {
  const NodePorts& ports = nodes_[node]->ports;
  const unsigned tree_lines = *ports.tree_valid_out;
  const unsigned flits = *ports.flit_valid_out | tree_lines;
  const unsigned credits = *ports.credit_out;
  const unsigned tree_credits = *ports.tree_credit_out;
  Flags tokens;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled in the next line
  std::memcpy(tokens.data(), ports.token_out, sizeof tokens);
  if ((flits | credits | tree_credits | all_of(tokens)) == 0) return;
  summary.active = true;
  Links& next = links_[parity ^ 1u];
  if (all_of(tokens) != 0) send_tokens(worker, tokens, node, cycle, next);
  if ((flits | credits | tree_credits) == 0) return;

  for (unsigned d = 0; d < directions; ++d) {
    unsigned returned = (credits >> d & 1u) | (credits >> (directions + d) & 1u) << 1;
    if (tree_credits != 0) {
      for (unsigned t = 0; t < hw::trees; ++t) {
        returned |= (tree_credits >> (directions * t + d) & 1u) << (message_classes + t);
      }
    }
    const bool flit = (flits >> d & 1u) != 0;
    if (!flit && returned == 0) continue;
    const bool of_tree = (tree_lines >> d & 1u) != 0;
    const auto neighbour = topology_.neighbour(node, d);
    if (!neighbour) {
      if (of_tree) tree_left_mesh(node, d);
      unsigned port = 0;
      if (EdgeInbox* const inbox = edge_inbox(node, d, parity ^ 1u, port)) {
        if (flit) {
          std::memcpy(inbox->data[port].data(), ports.flit_data_out[d], sizeof(FlitPayload));
          std::memcpy(inbox->header[port].data(), ports.flit_header_out[d], sizeof(FlitHeader));
          inbox->flits[port] = 1;
          if (options_.link_hash) {
            worker.hash +=
                flit_hash(cycle, number_in_machine(node), d, ports.flit_header_out[d], ports.flit_data_out[d]);
          }
        }
        inbox->credits[port] |= static_cast<std::uint8_t>(returned);
      } else if (flit) {
        flit_left_mesh(node, d);
      }
      continue;
    }
    const unsigned target = *neighbour;
    if (flit) {
      Inbox& inbox = next.inbox[target];
      std::memcpy(inbox.data[opposite(d)].data(), ports.flit_data_out[d], sizeof(FlitPayload));
      std::memcpy(inbox.header[opposite(d)].data(), ports.flit_header_out[d], sizeof(FlitHeader));
      next.flits[target][opposite(d)] = of_tree ? 2 : 1;
      if (options_.link_hash) {
        worker.hash += flit_hash(cycle, number_in_machine(node), of_tree ? directions + d : d, ports.flit_header_out[d],
                                 ports.flit_data_out[d]);
      }
    }
    if (returned != 0) next.credits[target][opposite(d)] = static_cast<std::uint8_t>(returned);
  }
  if (options_.link_hash) {
    const unsigned number = number_in_machine(node);
    if (credits != 0) worker.hash += credit_hash(cycle, number, static_cast<std::uint8_t>(credits));
    if (tree_credits != 0) worker.hash += tree_credit_hash(cycle, number, static_cast<std::uint16_t>(tree_credits));
  }
}

void MeshEngine::send_tokens(Worker& worker, const Flags& tokens, unsigned node, std::uint64_t cycle, Links& next) {
  for (unsigned d = 0; d < directions; ++d) {
    if (tokens[d] == 0) continue;
    const auto neighbour = topology_.neighbour(node, d);
    if (!neighbour) tree_left_mesh(node, d);
    next.tokens[*neighbour][opposite(d)] = tokens[d];
    if (options_.link_hash) worker.hash += token_hash(cycle, number_in_machine(node), d, tokens[d]);
  }
}

void MeshEngine::attach(unsigned direction, EdgeModel& edge,
                        const std::array<std::optional<unsigned>, hw::edge_ports>& nodes) {
  const MeshSize mesh = topology_.mesh();
  std::vector<std::optional<unsigned>> ports(direction % 2 == 0 ? mesh.columns : mesh.rows);
  for (unsigned p = 0; p < hw::edge_ports; ++p) {
    if (!nodes[p]) continue;
    const Coordinates place = topology_.place(*nodes[p]);
    ports[direction % 2 == 0 ? place.x : place.y] = p;
  }
  edges_[direction] = std::make_unique<Edge>(
      Edge{.model = &edge, .nodes = nodes, .ports = std::move(ports), .inbox = {}, .awake = true});
  workers_[direction % workers_.size()].edges.push_back(direction);
}

EdgeInbox* MeshEngine::edge_inbox(unsigned node, unsigned direction, unsigned parity, unsigned& port) {
  Edge* const edge = edges_[direction].get();
  if (edge == nullptr) return nullptr;
  const Coordinates place = topology_.place(node);
  const std::optional<unsigned> found = edge->ports[direction % 2 == 0 ? place.x : place.y];
  if (!found || edge->nodes[*found] != node) return nullptr;
  port = *found;
  return &edge->inbox[parity];
}

void MeshEngine::step_edge(Summary& summary, unsigned direction, std::uint64_t cycle, unsigned parity) {
  Edge& edge = *edges_[direction];
  EdgeInbox& inbox = edge.inbox[parity];
  const bool is_due = edge.awake || edge.model->next_arrival() <= cycle;
  const bool is_empty = inbox.is_empty();
  if (is_due || !is_empty) {
    edge.model->evaluate(cycle, inbox);
    edge.awake = edge.model->is_busy();
    summary.active |= edge.awake;
    summary.faulted |= edge.model->has_failed();
    if (!is_empty) {
      inbox.flits = {};
      inbox.credits = {};
    }
    const EdgeOutputs& outputs = edge.model->outputs;
    Links& next = links_[parity ^ 1u];
    const std::uint32_t flits = *outputs.flits;
    const std::uint64_t credits = *outputs.credits;
    if (!is_empty || flits != 0 || credits != 0) ++edge.moved;
    for (unsigned p = 0; (flits != 0 || credits != 0) && p < hw::edge_ports; ++p) {
      if (!edge.nodes[p]) continue;
      const unsigned node = *edge.nodes[p];
      if ((flits >> p & 1u) != 0) {
        Inbox& target = next.inbox[node];
        std::memcpy(target.data[direction].data(), outputs.data[p], sizeof(FlitPayload));
        std::memcpy(target.header[direction].data(), outputs.header[p], sizeof(FlitHeader));
        next.flits[node][direction] = 1;
      }
      const auto returned =
          static_cast<std::uint8_t>((credits >> p & 1u) | (credits >> (hw::edge_ports + p) & 1u) << 1);
      if (returned != 0) next.credits[node][direction] = returned;
    }
  }
  summary.next_wake = std::min(summary.next_wake, edge.model->next_arrival());
}

Coordinates MeshEngine::place_in_machine(unsigned node) const {
  const Coordinates place = topology_.place(node);
  return {options_.origin.x + place.x, options_.origin.y + place.y};
}

unsigned MeshEngine::number_in_machine(unsigned node) const {
  if (!options_.machine) return node;
  const Coordinates place = place_in_machine(node);
  return place.y * options_.machine->columns + place.x;
}

void MeshEngine::tree_left_mesh(unsigned node, unsigned direction) const {
  const Coordinates place = place_in_machine(node);
  throw RunError(fmt::format("a tree leads from node ({},{}) to the {}, where nothing is", place.x, place.y,
                             direction_names[direction]));
}

void MeshEngine::flit_left_mesh(unsigned node, unsigned direction) const {
  FlitHeader packed;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled in the next line
  std::memcpy(packed.data(), nodes_[node]->ports.flit_header_out[direction], sizeof packed);
  const hw::PacketHeader header = hw::PacketHeader::decode(packed);
  const MeshSize mesh = options_.machine.value_or(topology_.mesh());
  throw RunError(fmt::format(
      "a packet from node ({},{}) to node ({},{}) left the mesh of {}x{} to the {}, where nothing is", header.src_x,
      header.src_y, header.dst_x, header.dst_y, mesh.columns, mesh.rows, direction_names[direction]));
}

}  // namespace dojo::sim
