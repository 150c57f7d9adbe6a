/* Collective operations over FP32 lines: each hart does the steps that the host has planned for it
   (kernels/collective_plan.h), while the transfer engine moves lines. args[0]: address of the plan. */

#include "dojo.h"
#include "kernels/collective_plan.h"
#include "kernels/collective_sum.h"
#include "xdojo.h"

static inline void await(const collective_step_t* step) {
  if (step->amount != 0) dojo_semaphore_wait(step->semaphore, step->amount);
}

static inline void issue(const collective_step_t* step) {
  if (step->list != 0) dojo_issue_transfer((const dojo_transfer_descriptor_t*)(uint64_t)step->list);
}

static __attribute__((noinline)) int do_steps(const collective_step_t* step, const collective_step_t* end) {
  for (; step != end; ++step) {
    await(step);
    if (step->lines != 0) {
      collective_sum(step->lines, step->slots, step->slot_bytes, step->slot_count, step->sum & ~COLLECTIVE_ADDS_OWN,
                     step->sum & COLLECTIVE_ADDS_OWN);
    }
    issue(step);
  }
  return 0;
}

/* Where the network sums there are a few steps of waiting and pushing only: these take no time to save registers. */
int kernel_main(unsigned hart) {
  const collective_plan_t* const plan = (const collective_plan_t*)dojo_launch.args[0];
  const collective_step_t* step = (const collective_step_t*)(uint64_t)plan->harts[hart].steps;
  const collective_step_t* const end = step + plan->harts[hart].count;
  for (; step != end; ++step) {
    if (step->lines != 0) return do_steps(step, end);
    await(step);
    issue(step);
  }
  return 0;
}
