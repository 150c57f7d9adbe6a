#include "htif.h"

#include <stdint.h>
#include <stdio.h>

#include "dojo.h"

/* stdio needs far more than a kernel. */
__asm__(".globl __stack_size\n.set __stack_size, 16384");

#define HTIF_DEVICE_SHIFT 56
#define HTIF_COMMAND_SHIFT 48
#define HTIF_CONSOLE UINT64_C(1)
#define HTIF_CONSOLE_PUT UINT64_C(1)

__attribute__((section(".tohost"), aligned(64), used)) volatile uint64_t tohost;
__attribute__((section(".fromhost"), aligned(64), used)) volatile uint64_t fromhost;

int main(void);

static int put(char character, FILE* file) {
  (void)file;
  htif_put(character);
  return (unsigned char)character;
}

static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE* const stdout = &console;
FILE* const stderr = &console;

static void send(uint64_t command) {
  while (tohost != 0) {
  }
  tohost = command;
}

void htif_put(char character) {
  send((HTIF_CONSOLE << HTIF_DEVICE_SHIFT) | (HTIF_CONSOLE_PUT << HTIF_COMMAND_SHIFT) | (unsigned char)character);
}

void htif_exit(unsigned code) {
  send(((uint64_t)code << 1) | 1);
  for (;;) {
  }
}

int kernel_main(unsigned hart) {
  if (hart != 0) return 0;
  __asm__ volatile("la tp, __tls_base");
  htif_exit((unsigned)main());
}
