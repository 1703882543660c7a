/*
 * turns.h
 *	  Whose turn it is: when each server, and each owner on it, was served
 *	  last.
 *
 * Only in the worker's memory: a new worker begins a new round.
 */
#ifndef RSD_PG_TURNS_H
#define RSD_PG_TURNS_H

#include "pg/live.h"

/* Opaque. */
typedef struct RsdTurns RsdTurns;

/* Makes an empty one in CurrentMemoryContext; it lives as long as that. */
extern RsdTurns *rsd_turns_create(void);

/* A statement of this owner on this server has just been claimed. */
extern void rsd_turns_served(RsdTurns *turns, Oid server, Oid owner);

/*
 * Puts queued rows in the order in which they have a turn.  Servers take
 * turns, and on each the owners: first comes who was served longest ago, or
 * never.  The rows of one owner on one server go as they were submitted.
 */
extern void rsd_turns_order(const RsdTurns *turns, RsdQueued *queued, int n);

#endif							/* RSD_PG_TURNS_H */
