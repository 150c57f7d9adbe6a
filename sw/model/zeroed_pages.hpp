#pragma once
// Memory that reads as zero and takes room only where it has been touched: a machine of many nodes stays small.

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace dojo::model {

class ZeroedPages {
 public:
  explicit ZeroedPages(std::size_t bytes) : bytes_(bytes) {
    data_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data_ == MAP_FAILED) throw std::bad_alloc();
  }
  ZeroedPages(const ZeroedPages&) = delete;
  ZeroedPages& operator=(const ZeroedPages&) = delete;
  ~ZeroedPages() { munmap(data_, bytes_); }

  [[nodiscard]] void* data() const { return data_; }

 private:
  void* data_;
  std::size_t bytes_;
};

}  // namespace dojo::model
