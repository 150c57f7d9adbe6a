/* What neighbour.c is asked to do in args[0]; read by the program and by the tests. */

#ifndef NEIGHBOUR_H
#define NEIGHBOUR_H

#define NEIGHBOUR_STORE_BYTE 0
#define NEIGHBOUR_STORE_WORD 1
#define NEIGHBOUR_INCREMENT 2
#define NEIGHBOUR_START_HART 3
#define NEIGHBOUR_INTERRUPT 4
#define NEIGHBOUR_DISARM 5
#define NEIGHBOUR_PUSH 6
#define NEIGHBOUR_PUSH_AND_COUNT 7
#define NEIGHBOUR_PULL 8
#define NEIGHBOUR_ATTACKS 9
/* Not an attack: rounds of pushes and increments with the other node of the own rectangle. */
#define NEIGHBOUR_WORK 9

#endif
