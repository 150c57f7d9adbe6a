/* Runs the mix on every hart that is started; the result is in `mixed_result`. */
#include "mixed.h"

volatile uint64_t mixed_result;

uint64_t kernel_main(unsigned hart) {
  mixed_result = mixed(40);
  return hart + 1;
}
