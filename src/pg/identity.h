/*
 * identity.h
 *	  Whose statements these are, for backends: a copy of a database must not
 *	  run what its original will run.
 *
 * The worker's view of the same is in store.h.
 */
#ifndef RSD_PG_IDENTITY_H
#define RSD_PG_IDENTITY_H

/*
 * Raises ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE if this database is a copy
 * that nobody has adopted: nothing would be sent from it.  Asked once in a
 * session; goes up and comes down.
 */
extern void rsd_identity_require(void);

#endif							/* RSD_PG_IDENTITY_H */
