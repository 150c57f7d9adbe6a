#pragma once
// The golden model under the debugger: every hart in turn by one instruction. It cannot go back.

#include <vector>

#include "debug/memory_view.hpp"
#include "debug/target.hpp"
#include "model/model_machine.hpp"

namespace dojo::debug {

class ModelTarget : public Target {
 public:
  explicit ModelTarget(model::ModelMachine& machine);

  [[nodiscard]] Backend& backend() override { return machine_; }
  [[nodiscard]] HartRegisters registers(HartNumber hart) override;
  [[nodiscard]] std::uint64_t retired(HartNumber hart) const override;
  void arm(const Conditions& conditions) override;
  void disarm() override;
  StopReason run(std::uint64_t max_cycles) override;
  [[nodiscard]] std::vector<Hit> take_hits() override { return std::exchange(hits_, {}); }
  [[nodiscard]] bool step_alone(HartNumber hart) override;
  [[nodiscard]] bool sees_accesses() const override { return false; }
  [[nodiscard]] std::string describe_links(unsigned site) override;
  void release() override {}

 private:
  void look(unsigned site);

  model::ModelMachine& machine_;
  MemoryView memory_;
  std::vector<NodePoints> points_;      ///< of all sites
  std::vector<std::uint64_t> retired_;  ///< of all harts
  std::vector<Hit> hits_;
  bool is_armed_ = false;
};

}  // namespace dojo::debug
