/*
 * near_miss.h
 *	  What somebody who mistyped a name may have meant.
 */
#ifndef RSD_PG_NEAR_MISS_H
#define RSD_PG_NEAR_MISS_H

/* The best candidate so far.  Zero-initialise, then set wanted. */
typedef struct RsdNearMiss
{
	const char *wanted;			/* what was typed */
	const char *best;			/* a candidate as passed in, or NULL */
	int			distance;		/* of best */
} RsdNearMiss;

/*
 * Weighs a candidate, which must live as long as the result is used: kept if
 * it is nearer than the best so far, and at most half of the letters differ.
 */
extern void rsd_near_miss_offer(RsdNearMiss *miss, const char *candidate);

#endif							/* RSD_PG_NEAR_MISS_H */
