/* For `dojo run`: says where it runs, and what it counted. */

#include <stdio.h>

#include "xdojo.h"

int main(void) {
  const uint64_t node = dojo_csr_read(DOJO_CSR_XNODE);
  printf("hello from node (%u, %u) hart %u\n", (unsigned)(node & 0xffff), (unsigned)(node >> 16 & 0xffff),
         (unsigned)dojo_csr_read(DOJO_CSR_MHARTID));
  printf("%lu instructions so far\n", (unsigned long)dojo_csr_read(DOJO_CSR_INSTRET));
  return 0;
}
