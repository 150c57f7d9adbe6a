/* What neighbour.c is asked to do in args[0]. */

#ifndef NEIGHBOUR_H
#define NEIGHBOUR_H

enum neighbour_task {
  NEIGHBOUR_STORE_BYTE,
  NEIGHBOUR_STORE_WORD,
  NEIGHBOUR_INCREMENT,
  NEIGHBOUR_START_HART,
  NEIGHBOUR_INTERRUPT,
  NEIGHBOUR_DISARM,
  NEIGHBOUR_PUSH,
  NEIGHBOUR_PUSH_AND_COUNT,
  NEIGHBOUR_PULL,
  NEIGHBOUR_ATTACKS,
  /* Not an attack: 100 rounds of pushes and increments with the other node of the own rectangle. */
  NEIGHBOUR_WORK = NEIGHBOUR_ATTACKS
};

#endif
