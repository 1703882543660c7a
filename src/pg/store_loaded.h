/*
 * store_loaded.h
 *	  The final status of a statement, written by its loader.
 */
#ifndef RSD_PG_STORE_LOADED_H
#define RSD_PG_STORE_LOADED_H

#include "aws/dataapi.h"
#include "base/slice.h"
#include "stmt/stmt_status.h"

/* A part whose rows went to a target. */
typedef struct RsdLoadedPart
{
	int			part;
	int			pages;			/* of its result */
	int64		rows;			/* of its result */
	int64		rows_loaded;	/* that went in; triggers may drop some */
} RsdLoadedPart;

/* What a loader has done. */
typedef struct RsdLoaded
{
	int64		statement;
	RsdStatus	status;			/* that it ends with */
	RsdSlice	error;			/* UTF-8; empty if it finished */
	bool		notify;
	int			finished;		/* parts */
	int			failed;
	int			pages;			/* of all parts */
	int64		rows;
	int			nparts;			/* that were loaded */
	RsdLoadedPart parts[RSD_MAX_PARTS];
} RsdLoaded;

/*
 * Gives the statement its final status, in the open transaction, as the owner
 * of our tables for so long, and announces it.  False if its row is held or
 * not loading any more: then the transaction must not commit.  Needs SPI
 * connected.
 */
extern bool rsd_store_loaded(const RsdLoaded *loaded);

#endif							/* RSD_PG_STORE_LOADED_H */
