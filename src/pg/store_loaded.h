/*
 * store_loaded.h
 *	  The final status of a statement, written by its loader.
 */
#ifndef RSD_PG_STORE_LOADED_H
#define RSD_PG_STORE_LOADED_H

/* What a loader has done. */
typedef struct RsdLoaded
{
	int64		statement;
	int			part;
	bool		has_target;
	bool		notify;
	int			pages;			/* of the result */
	int64		rows;			/* of the result */
	int64		rows_loaded;	/* that went in; triggers may drop some */
} RsdLoaded;

/*
 * Makes the statement finished, in the open transaction, as the owner of our
 * tables for so long, and announces it.  False if its row is held or not
 * loading any more: then the transaction must not commit.  Needs SPI
 * connected.
 */
extern bool rsd_store_loaded(const RsdLoaded *loaded);

#endif							/* RSD_PG_STORE_LOADED_H */
