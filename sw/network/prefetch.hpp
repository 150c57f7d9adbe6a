#pragma once
// Results that a thread of its own makes ahead of time, in order.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace dojo::network {

template <typename T>
class Prefetch {
 public:
  using Make = std::function<T(std::size_t)>;

  /// Will give make(first), make(first + 1), ..., and makes at most `depth` of them before they are asked for. 0: there
  /// is no thread, next() makes them.
  Prefetch(Make make, std::size_t first, std::size_t depth) : make_(std::move(make)), next_(first), depth_(depth) {
    if (depth_ > 0) thread_ = std::thread([this, first] { work(first); });
  }
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;
  /// Waits until the thread has finished the one that it is making.
  ~Prefetch() {
    if (!thread_.joinable()) return;
    {
      const std::scoped_lock lock(mutex_);
      stop_ = true;
    }
    taken_.notify_one();
    thread_.join();
  }

  /// The number of the one that next() gives.
  [[nodiscard]] std::size_t position() const { return next_; }

  /// Waits for it if it is not there. Throws what its make() has thrown.
  [[nodiscard]] T next() {
    const Clock::time_point asked = std::exchange(begun_, std::nullopt).value_or(Clock::now());
    ++next_;
    if (depth_ == 0) {
      const Clock::time_point start = Clock::now();
      T result = make_(next_ - 1);
      worked_ += since(start);
      waited_ += since(asked);
      return result;
    }
    std::unique_lock lock(mutex_);
    made_.wait(lock, [this] { return !ready_.empty() || error_; });
    waited_ += since(asked);
    if (ready_.empty()) std::rethrow_exception(error_);
    T result = std::move(ready_.front());
    ready_.pop_front();
    lock.unlock();
    taken_.notify_one();
    return result;
  }

  /// Seconds from when results were asked for to when they were there; the first one was asked for by the constructor.
  [[nodiscard]] double waited() const { return waited_; }
  /// Seconds that it took to make all those that have been made.
  [[nodiscard]] double worked() const {
    const std::scoped_lock lock(mutex_);
    return worked_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  static double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

  void work(std::size_t number) {
    for (;; ++number) {
      {
        std::unique_lock lock(mutex_);
        taken_.wait(lock, [this] { return ready_.size() < depth_ || stop_; });
        if (stop_) return;
      }
      const Clock::time_point start = Clock::now();
      try {
        T result = make_(number);
        const std::scoped_lock lock(mutex_);
        ready_.push_back(std::move(result));
        worked_ += since(start);
      } catch (...) {
        const std::scoped_lock lock(mutex_);
        error_ = std::current_exception();
        made_.notify_one();
        return;
      }
      made_.notify_one();
    }
  }

  Make make_;
  std::size_t next_;
  std::size_t depth_;
  mutable std::mutex mutex_;
  std::condition_variable made_;
  std::condition_variable taken_;
  std::deque<T> ready_;
  std::exception_ptr error_;
  bool stop_ = false;
  std::optional<Clock::time_point> begun_ = Clock::now();
  double waited_ = 0;
  double worked_ = 0;
  std::thread thread_;
};

}  // namespace dojo::network
