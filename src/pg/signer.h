/*
 * signer.h
 *	  Statements that ended before it was known whose keys had sent them.
 *
 * STS is asked in the background, so a short first statement may be over
 * before it has answered.  Its row gets the identity when the answer comes;
 * if none comes, it stays without.
 */
#ifndef RSD_PG_SIGNER_H
#define RSD_PG_SIGNER_H

#include "pg/credsource.h"

typedef struct RsdSigners RsdSigners;

/* Makes the empty list in CurrentMemoryContext, for the life of the process. */
extern RsdSigners *rsd_signers_create(void);

/*
 * This statement was sent with keys of the source: its row is to have their
 * identity.  Keeps hold of the source until then.
 */
extern void rsd_signers_add(RsdSigners *signers, int64 id,
							RsdCredSource *source);

/*
 * Writes what is known by now, in a transaction of its own; not more often
 * than "now" allows after one that failed.  Throws nothing.
 */
extern void rsd_signers_record(RsdSigners *signers, int64 now);

/* When it wants to be called again by itself; 0 = when answers come. */
extern int64 rsd_signers_due(const RsdSigners *signers);

/* Is anything still to be written? */
extern bool rsd_signers_waiting(const RsdSigners *signers);

#endif							/* RSD_PG_SIGNER_H */
