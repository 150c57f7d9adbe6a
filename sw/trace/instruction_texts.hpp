#pragma once
// Disassembled instructions, each disassembled once.

#include <cstdint>
#include <string>
#include <unordered_map>

#include "model/disassembler.hpp"

namespace dojo::trace {

class InstructionTexts {
 public:
  const std::string& text(std::uint64_t pc, std::uint32_t instruction) {
    std::string& text = texts_[{pc, instruction}];
    if (text.empty()) text = model::disassemble(instruction, pc);
    return text;
  }

 private:
  struct Key {
    std::uint64_t pc;
    std::uint32_t instruction;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return (key.pc ^ std::uint64_t{key.instruction} << 24) * 0x9e3779b97f4a7c15 >> 8;
    }
  };
  std::unordered_map<Key, std::string, Hash> texts_;
};

}  // namespace dojo::trace
