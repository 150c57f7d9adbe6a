/* One list of the transfer engine, of descriptors that the host has made (sw/kernels/transfer.hpp). args[0]: address of
   its first descriptor, 0: this node only waits; args[1]: how much semaphore 0 counts here until all is done. Started
   with one hart. */

#include "dojo.h"
#include "xdojo.h"

int kernel_main(unsigned hart) {
  if (hart != 0) return 0;
  const uint64_t list = dojo_launch.args[0];
  const uint32_t counts = (uint32_t)dojo_launch.args[1];
  if (list != 0) dojo_issue_transfer((const dojo_transfer_descriptor_t*)list);
  dojo_semaphore_wait(0, counts);
  return 0;
}
