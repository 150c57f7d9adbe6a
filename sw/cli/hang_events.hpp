#pragma once
// The last events at the nodes of those who wait for each other, seen while a run that hangs is repeated.

#include <memory>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "trace/last_events.hpp"

namespace dojo::cli {

class HangEvents {
 public:
  explicit HangEvents(std::vector<Coordinates> nodes) : nodes_(std::move(nodes)) {}

  /// What lets the repetition be watched; this object must outlive it.
  void join(Addition& addition);
  /// A heading and at most 32 events for each node, in lines that each begin with a line feed.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::vector<Coordinates> nodes_;
  std::unique_ptr<trace::LastEvents> events_;
  std::string text_;
};

}  // namespace dojo::cli
