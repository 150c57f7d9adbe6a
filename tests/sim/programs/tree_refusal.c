/* Hart 0 of every node sends something for a tree that it cannot send, takes the external interrupt by polling, and
   finds what was refused. args: 0 what: 0 a push of two lines to a tree that is not valid, 1 a store to a tree of which
   the node is no member, 2 a pull from a tree; 1 the tree. */

#include "dojo.h"
#include "kernels/tree.h"
#include "xdojo.h"

static uint64_t line[16] __attribute__((aligned(64)));
static dojo_transfer_descriptor_t transfer;

int kernel_main(unsigned hart) {
  (void)hart;
  const uint32_t high = tree_address_high((uint32_t)dojo_launch.args[1], DOJO_TREE_MODE_MULTICAST);
  const uint64_t address = (uint64_t)(uintptr_t)line;
  __asm__ volatile("csrs mie, %0" ::"r"(1u << 11));
  if (dojo_launch.args[0] == 1) {
    *(volatile uint64_t*)((uint64_t)high << 32 | address) = 1;
  } else {
    transfer = (dojo_transfer_descriptor_t){
        .op = dojo_launch.args[0] == 2 ? DOJO_DESCRIPTOR_OP_TRANSFER_PULL : DOJO_DESCRIPTOR_OP_TRANSFER_PUSH,
        .lines = 2,
        .local_address = (uint32_t)address,
        .remote_address_low = (uint32_t)address,
        .remote_address_high = high};
    dojo_issue_transfer(&transfer);
  }
  volatile uint64_t* const error = (volatile uint64_t*)DOJO_CONTROL_REMOTE_ERROR;
  while (*error == 0) {
  }
  const uint64_t expected = UINT64_C(1) << 63 | (uint64_t)DOJO_ACCESS_KIND_UNREACHABLE << 54 |
                            (uint64_t)(high >> 8 & 0x3fffff) << 32 | address;
  /* The row stands above the column in both. */
  return *error == expected ? 0 : 1;
}
