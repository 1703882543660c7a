/*
 * store.h
 *	  Whose tables these are, and whether there is work in them.
 *
 *	  Every function needs a transaction with SPI connected (rsd_txn_run), as
 *	  those of the other store_*.h do.  None decides anything: rows become
 *	  values and values become rows.  Times are microseconds since the Unix
 *	  epoch, 0 for NULL.
 */
#ifndef RSD_PG_STORE_H
#define RSD_PG_STORE_H

/* Is this database the one whose rows these are? */
typedef enum RsdIdentity
{
	RSD_IDENTITY_SAME,
	RSD_IDENTITY_PROMOTED,		/* same, on another timeline */
	RSD_IDENTITY_COPY			/* a clone: its rows are somebody else's */
} RsdIdentity;

/* Compares rsdata.meta with the database we are in. */
extern RsdIdentity rsd_store_identity(void);

/*
 * After a promotion or a recovery to a point in time nobody knows what was
 * sent since: queued rows count as perhaps sent from here on.
 */
extern void rsd_store_promote(void);

/* Is there an open row? */
extern bool rsd_store_has_open(void);

#endif							/* RSD_PG_STORE_H */
