/* Every hart stores items of every size at args[0], an address in an Interface Processor's memory, 64 bytes for each
   hart: 8 bytes from byte 0 on, 4 from byte 8 on, 2 from byte 16 on and 1 at byte 24. */

#include "dojo.h"

int kernel_main(unsigned hart) {
  const uint64_t target = dojo_launch.args[0] + 64 * hart;
  const uint64_t value = 0x1122334455667788 + hart;
  *(volatile uint64_t*)target = value;
  *(volatile uint32_t*)(target + 8) = (uint32_t)value;
  *(volatile uint16_t*)(target + 16) = (uint16_t)value;
  *(volatile uint8_t*)(target + 24) = (uint8_t)value;
  return 0;
}
