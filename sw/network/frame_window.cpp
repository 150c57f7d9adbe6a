#include "network/frame_window.hpp"

#include <fmt/format.h>

#include <utility>

#include "common/error.hpp"

namespace dojo::network {

const std::vector<std::uint8_t>& FrameWindow::frame(std::size_t index) {
  if (!reader_ || index + frames_.size() < end_) {
    reader_ = open_();
    frames_.clear();
    end_ = 0;
    ++beginnings_;
  }
  for (; end_ <= index; ++end_) {
    std::vector<std::uint8_t> next = reader_->read();
    if (next.empty()) throw InputError(fmt::format("the film ends with frame {}; it had more before", end_));
    frames_.push_back(std::move(next));
    if (frames_.size() > most_) frames_.pop_front();
  }
  return frames_[index + frames_.size() - end_];
}

}  // namespace dojo::network
