#pragma once
// Instructions with branches to names.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "tests/model/assembler.hpp"

namespace dojo::tb {

/// A growing piece of code; link() resolves its branches.
class LabelledCode {
 public:
  LabelledCode& operator+=(model::assembler::Word word) {
    words_.push_back(word);
    return *this;
  }
  LabelledCode& operator+=(std::initializer_list<model::assembler::Word> words) {
    words_.insert(words_.end(), words);
    return *this;
  }
  void label(const std::string& name) { labels_[name] = words_.size(); }
  void branch(model::assembler::Word funct3, model::assembler::Word rs1, model::assembler::Word rs2,
              const std::string& target) {
    branches_.push_back({words_.size(), funct3, rs1, rs2, target});
    words_.push_back(0);
  }
  std::vector<model::assembler::Word> link() {
    for (const Branch& b : branches_) {
      const auto offset = static_cast<std::int32_t>(4 * labels_.at(b.target)) - static_cast<std::int32_t>(4 * b.place);
      words_[b.place] = model::assembler::b_type(b.funct3, b.rs1, b.rs2, offset);
    }
    return words_;
  }

 private:
  struct Branch {
    std::size_t place;
    model::assembler::Word funct3;
    model::assembler::Word rs1;
    model::assembler::Word rs2;
    std::string target;
  };
  std::vector<model::assembler::Word> words_;
  std::map<std::string, std::size_t> labels_;
  std::vector<Branch> branches_;
};

}  // namespace dojo::tb
