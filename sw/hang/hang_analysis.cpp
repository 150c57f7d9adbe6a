#include "hang/hang_analysis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hang/analysis.hpp"

namespace dojo::hang {
namespace {

bool is_of_network(const Party& party) {
  return party.key.kind == PartyKind::packets || party.key.kind == PartyKind::reads;
}

/// Tells each party once, with those for whom it waits.
class Teller {
 public:
  explicit Teller(const Explanation& explanation)
      : explanation_(explanation), is_told_(explanation.parties.size()), waits_(explanation.parties.size()) {
    for (const Wait& wait : explanation.waits) waits_[wait.from].push_back(&wait);
  }

  void tell_circle(const std::vector<unsigned>& circle) {
    const bool is_network =
        std::ranges::all_of(circle, [&](unsigned member) { return is_of_network(explanation_.parties[member]); });
    constexpr std::size_t most_members = 12;
    const std::size_t told = circle.size() > most_members ? most_members - 1 : circle.size();
    std::string names;
    for (std::size_t i = 0; i < told; ++i) names += explanation_.parties[circle[i]].name + " -> ";
    if (told < circle.size()) names += fmt::format("{} more -> ", circle.size() - told);
    lines_.push_back(fmt::format("{}: {}{}", is_network ? "routing deadlock" : "deadlock", names,
                                 explanation_.parties[circle.front()].name));
    for (std::size_t i = 0; i < told; ++i) tell(circle[i], circle[(i + 1) % circle.size()]);
    for (const unsigned member : circle) is_told_[member] = true;
  }

  void tell_cause(unsigned party) {
    const Party& told = explanation_.parties[party];
    is_told_[party] = true;
    lines_.push_back(
        fmt::format("cause: {}{}{}: {}", told.name, told.state.empty() ? "" : " ", told.state, told.cause));
  }

  /// Everybody else who waits, each with those for whom it waits up to one that was told: harts first.
  void tell_others() {
    std::vector<unsigned> others;
    for (unsigned party = 0; party < explanation_.parties.size(); ++party) {
      if (!is_told_[party] && !waits_[party].empty()) others.push_back(party);
    }
    std::ranges::sort(others, {},
                      [&](unsigned party) { return std::pair(explanation_.parties[party].key.kind, party); });
    if (!others.empty()) lines_.emplace_back(lines_.empty() ? "waits:" : "for these wait:");
    for (unsigned party : others) {
      while (!is_told_[party]) {
        const unsigned next = waits_[party].empty() ? party : waits_[party].front()->to;
        tell(party, next);
        party = next;
      }
    }
  }

  [[nodiscard]] std::vector<std::string> lines(std::size_t most) {
    if (lines_.size() > most) {
      const std::size_t left_out = lines_.size() - most + 1;
      lines_.resize(most - 1);
      lines_.push_back(fmt::format("and {} more lines", left_out));
    }
    return std::move(lines_);
  }

 private:
  /// What a party waits for, first of all `next`.
  void tell(unsigned party, unsigned next) {
    const Party& told = explanation_.parties[party];
    is_told_[party] = true;
    lines_.push_back(fmt::format("  {} {}", told.name, told.state));
    constexpr std::size_t most_reasons = 3;
    std::vector<const Wait*> waits = waits_[party];
    const auto first = std::ranges::find(waits, next, &Wait::to);
    if (first != waits.end()) std::rotate(waits.begin(), first, first + 1);
    for (std::size_t i = 0; i < std::min(waits.size(), most_reasons); ++i) {
      lines_.push_back(fmt::format("    -> {} {}", explanation_.parties[waits[i]->to].name, waits[i]->reason));
    }
    if (waits.size() > most_reasons) lines_.push_back(fmt::format("    -> or {} more", waits.size() - most_reasons));
    if (!told.cause.empty()) lines_.push_back(fmt::format("    {}", told.cause));
  }

  const Explanation& explanation_;
  std::vector<bool> is_told_;
  std::vector<std::vector<const Wait*>> waits_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> Explanation::lines(std::size_t most) const {
  Teller teller(*this);
  for (const std::vector<unsigned>& circle : circles) teller.tell_circle(circle);
  for (const unsigned party : causes) teller.tell_cause(party);
  teller.tell_others();
  return teller.lines(most);
}

Explanation explain(Backend& machine, StopReason reason, const NameOfAddress& name_of) {
  auto* const rtl = dynamic_cast<sim::RtlMachine*>(&machine);
  if (rtl == nullptr || rtl->engine().ranks() != 1) return {};
  const WaitGraph graph = Analysis(*rtl, reason, name_of).run();
  Explanation result{.parties = graph.parties(), .waits = graph.waits(), .circles = graph.circles(), .causes = {}};
  for (unsigned party = 0; party < result.parties.size(); ++party) {
    if (!result.parties[party].cause.empty()) result.causes.push_back(party);
  }
  return result;
}

}  // namespace dojo::hang
