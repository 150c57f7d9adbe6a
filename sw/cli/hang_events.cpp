#include "cli/hang_events.hpp"

#include <fmt/format.h>

#include "sim/rtl_machine.hpp"

namespace dojo::cli {

void HangEvents::join(Addition& addition) {
  addition.attach = [this](Machine& machine) {
    events_ = std::make_unique<trace::LastEvents>(dynamic_cast<sim::RtlMachine&>(machine.backend()), nodes_);
  };
  addition.finish = [this](Machine& /*machine*/) {
    for (const Coordinates node : nodes_) {
      text_ += fmt::format("\n  last events of node ({},{}):", node.x, node.y);
      for (const std::string& line : events_->lines(node)) text_ += fmt::format("\n    {}", line);
    }
    events_.reset();
  };
}

}  // namespace dojo::cli
