/*
 * turns.h
 *	  Whose turn it is: when each server, and each owner on it, was served
 *	  last.
 *
 * Only in the worker's memory: a new worker begins a new round.
 */
#ifndef RSD_PG_TURNS_H
#define RSD_PG_TURNS_H

#include "pg/rowio.h"

/* Opaque. */
typedef struct RsdTurns RsdTurns;

/* Makes an empty one in CurrentMemoryContext; it lives as long as that. */
extern RsdTurns *rsd_turns_create(void);

/* A statement of this owner on this server has just been claimed. */
extern void rsd_turns_served(RsdTurns *turns, Oid server, Oid owner);

/*
 * Adds three arrays to args: servers, owners (InvalidOid: the server as a
 * whole) and the numbers of their last turns, higher being later.
 */
extern void rsd_turns_args(const RsdTurns *turns, RsdArgs *args);

#endif							/* RSD_PG_TURNS_H */
