/* All-reduce of FP32 lines over the nodes of the launch: reduce-scatter by pushes to the owners, sums in node order,
   all-gather. Every node ends with the same bits. Started with one hart. args: 0 address of the lines, 1 their number,
   2 receive buffer (a slot of ceil(lines / nodes) lines per peer), 3 room for 2 * nodes descriptors. */

#include "dojo.h"
#include "kernels/collective.h"
#include "xdojo.h"

enum { SEMAPHORE_READ, SEMAPHORE_ARRIVED, SEMAPHORE_GATHERED };

int kernel_main(unsigned hart) {
  if (hart != 0) return 0;
  const uint64_t data = dojo_launch.args[0];
  const uint32_t total = dojo_launch.args[1];
  const uint64_t receive = dojo_launch.args[2];
  dojo_transfer_descriptor_t* const pushes = (dojo_transfer_descriptor_t*)dojo_launch.args[3];
  const uint32_t self = dojo_launch.node_index;
  const uint32_t nodes = dojo_launch.node_count;
  const uint64_t slot_bytes = (uint64_t)(total + nodes - 1) / nodes * DOJO_LINE_BYTES;
  uint32_t used = 0;
  uint32_t gathered = 0;

  for (uint32_t distance = 1; distance < nodes; ++distance) {
    const uint32_t owner = (self + distance) % nodes;
    const uint32_t begin = collective_share_begin(total, nodes, owner);
    const uint32_t end = collective_share_begin(total, nodes, owner + 1);
    if (begin == end) continue;
    collective_describe_push(&pushes[used], owner, end - begin, data + (uint64_t)begin * DOJO_LINE_BYTES,
                             receive + collective_slot(self, owner) * slot_bytes, SEMAPHORE_READ, SEMAPHORE_ARRIVED);
    dojo_issue_transfer(&pushes[used++]);
    ++gathered;
  }

  const uint32_t begin = collective_share_begin(total, nodes, self);
  const uint32_t lines = collective_share_begin(total, nodes, self + 1) - begin;
  if (lines != 0 && nodes > 1) {
    const uint64_t own = data + (uint64_t)begin * DOJO_LINE_BYTES;
    dojo_semaphore_wait(SEMAPHORE_ARRIVED, nodes - 1);
    const uint64_t sum = collective_sum(lines, self, nodes, own, receive, slot_bytes);
    for (uint32_t distance = 1; distance <= nodes; ++distance) {
      const uint32_t peer = (self + distance) % nodes;
      if (peer == self && sum == own) continue;
      /* A peer has sent its contribution to this share, so it has read what this overwrites. */
      collective_describe_push(&pushes[used], peer, lines, sum, own, SEMAPHORE_READ, SEMAPHORE_GATHERED);
      dojo_issue_transfer(&pushes[used++]);
      if (peer == self) ++gathered;
    }
  }
  dojo_semaphore_wait(SEMAPHORE_READ, used);
  dojo_semaphore_wait(SEMAPHORE_GATHERED, gathered);
  return 0;
}
