#include "common/worker_pool.hpp"

namespace dojo {

WorkerPool::WorkerPool(unsigned threads) {
  for (unsigned index = 1; index < threads; ++index) threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() {
  stop_ = true;
  ++round_;
  round_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::run(std::size_t count, const std::function<void(std::size_t)>& task) {
  if (count <= 1 || threads_.empty()) {
    for (std::size_t index = 0; index < count; ++index) task(index);
    return;
  }
  task_ = &task;
  count_ = count;
  errors_.assign(count, nullptr);
  next_ = 0;
  busy_ = static_cast<std::uint32_t>(threads_.size());
  ++round_;
  round_.notify_all();
  take_tasks();
  for (std::uint32_t busy = busy_; busy != 0; busy = busy_) busy_.wait(busy);
  for (const std::exception_ptr& error : errors_) {
    if (error) std::rethrow_exception(error);
  }
}

void WorkerPool::work() {
  std::uint32_t round = 0;
  for (;;) {
    round_.wait(round);
    round = round_;
    if (stop_) return;
    take_tasks();
    if (--busy_ == 0) busy_.notify_all();
  }
}

void WorkerPool::take_tasks() {
  for (std::size_t index = next_++; index < count_; index = next_++) {
    try {
      (*task_)(index);
    } catch (...) {
      errors_[index] = std::current_exception();
    }
  }
}

}  // namespace dojo
