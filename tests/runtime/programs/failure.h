/* The ways in which failure.c can fail; read by the programs and by the tests. */

#ifndef FAILURE_H
#define FAILURE_H

#define FAILURE_ILLEGAL_INSTRUCTION 0
#define FAILURE_UNMAPPED_LOAD 1
#define FAILURE_MISALIGNED_STORE 2
#define FAILURE_BAD_DESCRIPTOR 3
#define FAILURE_SEMAPHORE 4
#define FAILURE_WFI 5
#define FAILURE_ENDLESS_LOOP 6
#define FAILURE_EXIT_CODE 7
#define FAILURE_MISSING_NODE 8

#endif
