/* Read by unreachable.c and its test. */

#ifndef UNREACHABLE_H
#define UNREACHABLE_H

#define SEMAPHORE_COUNT 5

#endif
