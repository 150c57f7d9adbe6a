/* Reads an uncorrectable word in several ways and takes the interrupt for it, if told so.
   args: 0 task. The exit code of every hart says what was wrong; 0: nothing. */

#include "memory_error.h"

#include "dojo.h"
#include "xdojo.h"

enum { READER = 1, LINES = 4, WORDS = LINES * 8, BAD_WORD = 19, SEM_OWN = 3, SEM_OTHER = 4, SEM_READY = 5 };
enum { SETTLE = 10000 }; /* cycles in which reports and lines arrive */
static const uint64_t EXTERNAL = 1u << 11;
static const uint64_t INTERRUPTS_ON = 1u << 3;
static const uint64_t CAUSE_EXTERNAL = 1ull << 63 | 11;
static const uint64_t VALID = 1ull << 63;

static dojo_transfer_descriptor_t descriptor __attribute__((aligned(DOJO_LINE_BYTES)));
static volatile uint64_t words[WORDS] __attribute__((aligned(DOJO_LINE_BYTES)));
static volatile uint64_t received[WORDS] __attribute__((aligned(DOJO_LINE_BYTES)));
static volatile uint64_t interrupts;
static volatile uint64_t seen_cause;
static volatile uint64_t seen_ecc;
static volatile uint64_t seen_remote;
static volatile uint64_t seen_list;

/* Keeps the errors and clears them, which ends the interrupt. */
__attribute__((interrupt("machine"), aligned(4))) static void handler(void) {
  volatile uint64_t* const ecc = (volatile uint64_t*)DOJO_CONTROL_ECC_ERROR;
  volatile uint64_t* const remote = (volatile uint64_t*)DOJO_CONTROL_REMOTE_ERROR;
  volatile uint64_t* const list = (volatile uint64_t*)DOJO_CONTROL_LIST_FAULT(0);
  seen_cause = dojo_csr_read(DOJO_CSR_MCAUSE);
  if (*ecc != 0) seen_ecc = *ecc;
  if (*remote != 0) seen_remote = *remote;
  if (*list != 0) seen_list = *list;
  *ecc = 0;
  *remote = 0;
  *list = 0;
  ++interrupts;
}

static void enable(void) {
  __asm__ volatile("csrw mtvec, %0" ::"r"(handler));
  __asm__ volatile("csrs mie, %0" ::"r"(EXTERNAL));
  __asm__ volatile("csrs mstatus, %0" ::"r"(INTERRUPTS_ON));
}

static void pause_for(uint64_t cycles) {
  const uint64_t start = dojo_csr_read(DOJO_CSR_CYCLE);
  while (dojo_csr_read(DOJO_CSR_CYCLE) - start < cycles) {
  }
}

/* Flips two bits of a word. */
static void spoil(volatile void* word) {
  *(volatile uint64_t*)DOJO_CONTROL_ECC_INJECT_MASK = 3;
  *(volatile uint64_t*)DOJO_CONTROL_ECC_INJECT = (uint64_t)word;
  pause_for(100);
}

/* A line of code that nobody has fetched before: a word to be spoiled, then "nop; ret". */
__asm__(
    ".text\n.balign 256\n.option push\n.option norvc\n"
    "distant: nop\nnop\nnop\nret\n"
    ".option pop\n.balign 256\n");
extern char distant[];

static int interrupted_by(uint64_t address) {
  for (unsigned i = 0; i < 10000 && interrupts == 0; ++i) {
  }
  if (interrupts == 0) return 10;
  if (seen_cause != CAUSE_EXTERNAL) return 11;
  if (seen_ecc != (VALID | (uint64_t)DOJO_SRAM_PORT_SCALAR << 32 | address)) return 12;
  return 0;
}

static int read_locally(uint64_t task) {
  enable();
  for (unsigned i = 0; i < WORDS; ++i) words[i] = i;
  spoil(task == MEMORY_ERROR_FETCH ? (volatile void*)distant : &words[BAD_WORD]);
  if (interrupts != 0) return 1;
  if (task == MEMORY_ERROR_LOAD) {
    if (words[BAD_WORD] != (BAD_WORD ^ 3)) return 2;
  } else if (task == MEMORY_ERROR_ATOMIC) {
    __asm__ volatile("amoadd.d zero, %0, (%1)" ::"r"(1ull), "r"(&words[BAD_WORD]) : "memory");
  } else {
    /* The code that is executed is sound, but shares its line with the word. */
    ((void (*)(void))(distant + 8))();
  }
  return interrupted_by(task == MEMORY_ERROR_FETCH ? (uint64_t)distant : (uint64_t)&words[BAD_WORD]);
}

static uint64_t semaphore_value(unsigned id) {
  return *(volatile uint64_t*)DOJO_SEMAPHORE_VALUE(id);
}

static void copy(uint32_t op, uint64_t local, uint64_t remote, uint32_t lines) {
  descriptor = (dojo_transfer_descriptor_t){.op = op,
                                            .sem_en = 1,
                                            .sem = SEM_OWN,
                                            .remote_sem_en = op == DOJO_DESCRIPTOR_OP_TRANSFER_PUSH,
                                            .remote_sem = SEM_OTHER,
                                            .lines = lines,
                                            .local_address = (uint32_t)local,
                                            .remote_address_low = (uint32_t)remote,
                                            .remote_address_high = dojo_node_address_high(1)};
  dojo_issue_transfer(&descriptor);
}

static void tell(unsigned node) {
  dojo_semaphore_add_remote(dojo_node_address_high(node), SEM_READY, 1);
}

static uint64_t report_of(unsigned node) {
  const uint64_t bad_line = (uint64_t)&words[BAD_WORD] / DOJO_LINE_BYTES * DOJO_LINE_BYTES;
  return VALID | (uint64_t)DOJO_ACCESS_KIND_UNCORRECTABLE << 54 | (uint64_t)node << 32 | bad_line;
}

static int ecc_is_named(void) {
  return seen_ecc == (VALID | (uint64_t)DOJO_SRAM_PORT_NETWORK_READ << 32 | (uint64_t)&words[BAD_WORD]);
}

/* What lies in a line after a copy that could not send the line of BAD_WORD. */
static int received_is(uint64_t lines_before_bad, uint64_t bad_line, uint64_t lines_after) {
  for (unsigned i = 0; i < WORDS; ++i) {
    const unsigned line = i / 8;
    const uint64_t kind = line < BAD_WORD / 8 ? lines_before_bad : line == BAD_WORD / 8 ? bad_line : lines_after;
    if (received[i] != (kind != 0 ? 100 + i : 0)) return 0;
  }
  return 1;
}

/* The node whose memory is pulled from. */
static int serve(uint64_t task) {
  if (task == MEMORY_ERROR_PULL_HANDLED) enable();
  spoil(&words[BAD_WORD]);
  tell(0);
  dojo_semaphore_wait(SEM_READY, 1);
  if (task == MEMORY_ERROR_PULL_THEN_LOAD) {
    (void)words[BAD_WORD];
    pause_for(SETTLE);
    return 21; /* the run has ended */
  }
  if (!ecc_is_named() || seen_remote != 0 || seen_list != 0) return 20;
  words[BAD_WORD] = 100 + BAD_WORD;
  tell(0);
  return 0;
}

static int pull(uint64_t task) {
  if (task != MEMORY_ERROR_PULL) enable();
  dojo_semaphore_wait(SEM_READY, 1);
  copy(DOJO_DESCRIPTOR_OP_TRANSFER_PULL, (uint64_t)received, (uint64_t)words, LINES);
  if (task == MEMORY_ERROR_PULL) dojo_semaphore_wait(SEM_OWN, 1); /* never */
  pause_for(SETTLE);
  if (seen_cause != CAUSE_EXTERNAL || seen_remote != report_of(1)) return 30;
  if (seen_ecc != 0 || seen_list != 0) return 31;
  if (semaphore_value(SEM_OWN) != 0) return 32;
  if (!received_is(1, 0, 1)) return 33;
  /* Other lines come, while the word is still spoiled. */
  copy(DOJO_DESCRIPTOR_OP_TRANSFER_PULL, (uint64_t)received, (uint64_t)words, BAD_WORD / 8);
  dojo_semaphore_wait(SEM_OWN, 1);
  tell(1);
  dojo_semaphore_wait(SEM_READY, 1);
  copy(DOJO_DESCRIPTOR_OP_TRANSFER_PULL, (uint64_t)received, (uint64_t)words, LINES);
  dojo_semaphore_wait(SEM_OWN, 1);
  return received_is(1, 1, 1) && interrupts == 1 ? 0 : 34;
}

static int push(void) {
  enable();
  spoil(&words[BAD_WORD]);
  dojo_semaphore_wait(SEM_READY, 1);
  copy(DOJO_DESCRIPTOR_OP_TRANSFER_PUSH, (uint64_t)words, (uint64_t)received, LINES);
  pause_for(SETTLE);
  if (!ecc_is_named() || seen_remote != 0) return 40;
  if (seen_list != (VALID | (uint64_t)DOJO_UNIT_FAULT_UNCORRECTABLE << 32 | (uint64_t)&descriptor)) return 41;
  if (semaphore_value(SEM_OWN) != 0) return 42;
  words[BAD_WORD] = 100 + BAD_WORD;
  copy(DOJO_DESCRIPTOR_OP_TRANSFER_PUSH, (uint64_t)words, (uint64_t)received, LINES);
  dojo_semaphore_wait(SEM_OWN, 1);
  return 0;
}

static int take_push(void) {
  enable();
  tell(0);
  dojo_semaphore_wait(SEM_OTHER, 1);
  if (seen_cause != CAUSE_EXTERNAL || seen_remote != report_of(0) || seen_ecc != 0 || seen_list != 0) return 50;
  return received_is(1, 1, 1) ? 0 : 51;
}

int kernel_main(unsigned hart) {
  const uint64_t task = dojo_launch.args[0];
  if (task <= MEMORY_ERROR_FETCH) return hart == READER ? read_locally(task) : 0;
  if (hart != 0) return 0;
  for (unsigned i = 0; i < WORDS; ++i) words[i] = 100 + i;
  if (task == MEMORY_ERROR_PUSH_HANDLED) return dojo_launch.node_index == 0 ? push() : take_push();
  return dojo_launch.node_index == 0 ? pull(task) : serve(task);
}
