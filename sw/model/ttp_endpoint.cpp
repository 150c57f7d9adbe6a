#include "model/ttp_endpoint.hpp"

#include <algorithm>
#include <stdexcept>

namespace dojo::ttp {
namespace {

using Counter = hw::TtpCounter;
using Opcode = hw::TtpOpcode;
using State = hw::TtpState;

bool is_linked(State state) {
  return state == State::open || state == State::close_sent || state == State::close_recd;
}

}  // namespace

Frame Endpoint::control(const Key& key, Opcode opcode, std::uint32_t tx_id, std::uint32_t rx_id) const {
  return {.source = config_.node,
          .destination = key.first,
          .opcode = opcode,
          .vc = key.second,
          .tx_id = tx_id,
          .rx_id = rx_id,
          .noc = {},
          .payload = {}};
}

void Endpoint::send(std::uint32_t node, std::uint8_t vc, const NocHeader& noc, std::vector<std::uint8_t> payload) {
  const Key key{node, vc};
  Frame frame = control(key, Opcode::payload, 0, 0);
  frame.noc = noc;
  frame.payload = std::move(payload);
  queues_[key].push_back(std::move(frame));
}

void Endpoint::close(std::uint32_t node, std::uint8_t vc) {
  const auto found = links_.find({node, vc});
  if (found != links_.end() && found->second.state == State::open) found->second.close_wanted = true;
}

State Endpoint::state(std::uint32_t node, std::uint8_t vc) const {
  const auto found = links_.find({node, vc});
  return found == links_.end() ? State::closed : found->second.state;
}

std::vector<hw::TtpLink> Endpoint::links() const {
  std::vector<hw::TtpLink> links;
  links.reserve(links_.size());
  for (const auto& [key, link] : links_) {
    links.push_back({.used = true, .state = link.state, .vc = key.second, .node = key.first});
  }
  return links;
}

bool Endpoint::is_idle() const {
  return answers_.empty() && std::ranges::all_of(queues_, [](const auto& queue) { return queue.second.empty(); }) &&
         std::ranges::all_of(links_, [](const auto& link) { return link.second.outstanding.empty(); });
}

hw::TtpConditions Endpoint::conditions_of(const Link& link, bool known, const Frame& frame) const {
  const auto outstanding = static_cast<std::uint32_t>(link.outstanding.size());
  hw::TtpConditions conditions{.free_entry = known || links_.size() < config_.links};
  switch (frame.opcode) {
    case Opcode::open_ack:
    case Opcode::open_nack:
      conditions.current = frame.rx_id == link.opening_id;
      break;
    case Opcode::close_ack:
      conditions.current = frame.rx_id == link.next_id;
      break;
    default:
      conditions.current = frame.rx_id - (link.next_id - outstanding) < outstanding;
  }
  conditions.expected = frame.tx_id == link.expected;
  conditions.older = is_younger(link.expected, frame.tx_id);
  conditions.nacked = link.nacked;
  conditions.past_closing = link.peer_closing && !is_younger(*link.peer_closing, frame.tx_id);
  conditions.own_drained = outstanding == 0;
  conditions.peer_arrived = frame.tx_id == link.expected;
  conditions.close_seen = link.next_id - frame.rx_id + 1 <= 2;
  return conditions;
}

// Gives the link IDs that are younger than all that the endpoint has used.
void Endpoint::begin(Link& link) {
  link.opening_id = opening_id_;
  link.next_id = opening_id_ + 1;
  opening_id_ += hw::ttp_incarnation_stride;
}

void Endpoint::learn(Link& link, const Frame& frame) {
  const std::uint32_t first = frame.opcode == Opcode::open_ack ? frame.tx_id : frame.tx_id + 1;
  if (link.state == State::closed && frame.opcode == Opcode::open) begin(link);
  // In OPEN a repeated OPEN says nothing new, and a younger one that the peer has begun again.
  if (link.state == State::open && !is_younger(first, link.expected)) return;
  if (link.state == State::open_sent && (frame.opcode == Opcode::open || frame.crossing)) link.unsettled = true;
  link.expected = first;
  link.nacked = false;
}

void Endpoint::acknowledge(Link& link, std::uint32_t first_missing, std::uint64_t now) {
  const std::uint32_t first = link.next_id - static_cast<std::uint32_t>(link.outstanding.size());
  const std::size_t arrived = first_missing - first;
  link.outstanding.erase(link.outstanding.begin(), link.outstanding.begin() + static_cast<std::ptrdiff_t>(arrived));
  link.sent -= std::min(link.sent, arrived);
  link.unsettled = false;
  link.retry_at = now + config_.timers.retry;
  count_up(Counter::acknowledged, arrived);
}

void Endpoint::answer(const Link& link, Opcode opcode, const Frame& to) {
  const std::uint32_t first = link.next_id - static_cast<std::uint32_t>(link.outstanding.size());
  Frame frame = control({to.source, to.vc}, opcode, 0, to.tx_id);
  if (opcode == Opcode::open_ack) {
    frame.tx_id = first;
    frame.crossing = link.state == State::open_sent;
  }
  if (opcode == Opcode::close_nack) {
    frame.tx_id = link.next_id - 1;
    frame.rx_id = link.expected - 1;
  }
  if (opcode == Opcode::nack) frame.rx_id = link.expected;
  answers_.push_back(std::move(frame));
}

void Endpoint::choose_victim() {
  const auto closes = [](const auto& link) {
    return link.second.close_wanted || link.second.state == State::close_sent;
  };
  if (std::ranges::any_of(links_, closes)) return;
  const auto victim = std::ranges::find_if(
      links_, [](const auto& link) { return link.second.state == State::open && link.second.outstanding.empty(); });
  if (victim != links_.end()) victim->second.close_wanted = true;
}

void Endpoint::enter(const Key& key, State state, std::uint64_t now, bool failed) {
  Link& link = links_.at(key);
  if (link.state == state) return;
  if (state == State::open) {
    count_up(Counter::links_opened);
    link.idle_at = now + config_.timers.idle;
    if (link.state == State::open_recd) link.unsettled = true;
    link.settled_at = now + config_.timers.settle;
  }
  if (state != State::closed) {
    link.state = state;
    return;
  }
  if (link.state == State::open_sent) {
    // Refused or closed by the other end: wait before the next attempt.
    link = Link{};
    link.quiet_until = now + config_.timers.backoff;
    return;
  }
  count_up(failed ? Counter::links_down : Counter::links_closed);
  if (failed && down_) down_(key.first, key.second, link.outstanding.size());
  if (is_younger(link.next_id, opening_id_)) opening_id_ = link.next_id;
  links_.erase(key);
}

void Endpoint::receive(std::span<const std::uint8_t> bytes, std::uint64_t now) {
  const DecodedFrame decoded = decode(bytes, config_.node);
  if (decoded.fault != FrameFault::none) {
    count_up(Counter::malformed);
    return;
  }
  count_up(Counter::frames_received);
  const Frame& frame = decoded.frame;
  const Key key{frame.source, frame.vc};
  const auto found = links_.find(key);
  Link unknown;
  Link& link = found == links_.end() ? unknown : found->second;
  hw::TtpConditions conditions = conditions_of(link, found != links_.end(), frame);
  conditions.room = true;
  hw::TtpRule rule = rule_of(link.state, frame.opcode, conditions);
  if (rule.delivers && sink_ && !sink_(frame)) {
    conditions.room = false;
    rule = rule_of(link.state, frame.opcode, conditions);
  }
  if (rule.discards) count_up(Counter::discarded);
  if (is_linked(link.state) && frame.opcode == Opcode::payload) {
    link.unsettled = false;
    link.idle_at = now + config_.timers.idle;
    count_up(rule.delivers         ? Counter::delivered
             : conditions.older    ? Counter::repeated
             : conditions.expected ? Counter::full
                                   : Counter::out_of_order);
  }
  if (rule.learns) learn(link, frame);
  if (rule.delivers) {
    ++link.expected;
    link.nacked = false;
    if (link.held_until && is_younger(link.expected, *link.held_until)) link.held_until.reset();
  }
  if (rule.asks) link.nacked = true;
  if (rule.acknowledges) acknowledge(link, frame.rx_id + 1, now);
  if (rule.goes_back) {
    acknowledge(link, frame.rx_id, now);
    link.sent = 0;
  }
  if (rule.waits) {
    link.sent = 0;
    link.quiet_until = now + config_.timers.backoff;
  }
  if (rule.goes_back || rule.waits) count_up(Counter::nacks_received);
  if (rule.holds && !is_younger(link.expected, frame.tx_id)) link.held_until = frame.tx_id;
  if (frame.opcode == Opcode::close && is_linked(link.state)) link.peer_closing = frame.tx_id;
  if (rule.answers) answer(link, rule.answer, frame);
  if (rule.answers && rule.answer == Opcode::open_nack && link.state == State::closed) choose_victim();
  if (found == links_.end() && rule.next != State::closed) {
    link.state = rule.next;
    links_.emplace(key, std::move(link));
  } else if (found != links_.end()) {
    enter(key, rule.next, now, rule.fails);
  }
}

// Moves queued payloads into the window.
void Endpoint::fill(const Key& key, Link& link) {
  auto& queue = queues_[key];
  while (link.state == State::open && !link.close_wanted && !queue.empty() &&
         link.outstanding.size() < config_.window) {
    queue.front().tx_id = link.next_id++;
    link.outstanding.push_back(std::move(queue.front()));
    queue.pop_front();
  }
}

std::optional<Frame> Endpoint::frame_of(const Key& key, Link& link, std::uint64_t now) {
  const auto& timers = config_.timers;
  fill(key, link);
  const bool late = now >= link.retry_at;
  const bool drained = link.outstanding.empty();
  const bool idle = timers.idle != 0 && drained && now >= link.idle_at;
  std::optional<Frame> frame;
  if (link.state == State::closed && now >= link.quiet_until) {
    begin(link);
    frame = control(key, Opcode::open, link.opening_id, 0);
  } else if (link.state == State::open_sent && late) {
    count_up(Counter::timeouts);
    frame = control(key, Opcode::open, link.opening_id, 0);
  } else if (link.state == State::open && (link.close_wanted || idle) && link.sent == link.outstanding.size()) {
    frame = control(key, Opcode::close, link.next_id, link.expected - 1);
  } else if (link.state == State::close_sent && late && !link.held_until && link.sent == link.outstanding.size()) {
    count_up(Counter::timeouts);
    link.sent = 0;
    frame = control(key, Opcode::close, link.next_id, link.expected - 1);
  } else if (link.state == State::close_recd && drained && link.peer_closing == link.expected) {
    frame = control(key, Opcode::close_ack, 0, *link.peer_closing);
  } else if (is_linked(link.state) && !drained && !(link.unsettled && now < link.settled_at) &&
             now >= link.quiet_until) {
    if (link.sent == link.outstanding.size() && late) {
      count_up(Counter::timeouts);
      link.sent = 0;
    }
    if (link.sent < link.outstanding.size()) {
      frame = link.outstanding[link.sent++];
      link.idle_at = now + timers.idle;
      count_up(Counter::payloads_sent);
    }
  }
  if (frame && frame->opcode != Opcode::close_ack) link.retry_at = now + timers.retry;
  return frame;
}

std::optional<std::vector<std::uint8_t>> Endpoint::next_frame(std::uint64_t now) {
  std::optional<Frame> frame;
  Key key{};
  if (!answers_.empty()) {
    frame = std::move(answers_.front());
    answers_.pop_front();
    key = {frame->destination, frame->vc};
  } else {
    for (auto& [wanted, queue] : queues_) {
      if (queue.empty() || links_.contains(wanted)) continue;
      if (links_.size() < config_.links) {
        links_.emplace(wanted, Link{});
      } else {
        choose_victim();
      }
    }
    std::erase_if(links_, [&](const auto& link) {
      return link.second.state == State::closed && queues_[link.first].empty() && now >= link.second.quiet_until;
    });
    auto link = links_.upper_bound(last_);
    for (std::size_t i = 0; i < links_.size() && !frame; ++i, ++link) {
      if (link == links_.end()) link = links_.begin();
      key = link->first;
      frame = frame_of(key, link->second, now);
    }
    if (frame) last_ = key;
  }
  if (!frame) return std::nullopt;
  const SendRow* row = send_row_of(state(key.first, key.second), frame->opcode);
  if (row != nullptr && links_.contains(key)) {
    Link& link = links_.at(key);
    if (frame->opcode == Opcode::open_ack) link.settled_at = now + config_.timers.settle;
    enter(key, row->next, now, false);
  }
  count_up(Counter::frames_sent);
  return encode(*frame);
}

}  // namespace dojo::ttp
