/*
 * look.h
 *	  One look at one statement: whose it is, how it stands, and the error to
 *	  raise if it did not finish well.
 *
 * Reads rsdata.statement as the extension's owner; decides nothing about who
 * may look (see caller.h) and writes nothing.
 */
#ifndef RSD_PG_LOOK_H
#define RSD_PG_LOOK_H

#include "access/transam.h"

/* A statement as one snapshot showed it. */
typedef struct RsdLook
{
	int64		id;
	int			parts;			/* of a batch; 0 = it is none */
	int			part;			/* looked at; 0 = the statement */
	Oid			owner;
	TransactionId xmin;			/* of this version of its row */
	char		server[NAMEDATALEN];
	char		status[16];
	bool		ended;			/* status is a final one, and nobody has asked
								 * for its rows again */
	bool		finished;		/* ended well */
	bool		has_result;		/* said to return a result set */
	char	   *target;			/* that its rows went to, or those of the part
								 * looked at; NULL = none */
	char		sqlstate[6];	/* "" = not known */
	char	   *error;			/* NULL = none */
} RsdLook;

/*
 * Looks at statement id; false if there is none.  fresh: with a new snapshot
 * (as a volatile function sees the tables) instead of the active one.  Its
 * texts are palloc'd in CurrentMemoryContext.  Goes up and comes down.
 */
extern bool rsd_look(int64 id, bool fresh, RsdLook *look);

/* Frees the texts of a look, for those who look again and again. */
extern void rsd_look_free(RsdLook *look);

/*
 * Turns the look at an ended batch into one at a part of it: status, result
 * set, SQLSTATE and error become the part's.  A part of which the service
 * never told keeps the batch's.  The number must be that of a part.
 */
extern void rsd_look_part(RsdLook *look, int part);

/* Raises ERRCODE_UNDEFINED_OBJECT: no such statement, or none to be seen. */
extern void rsd_look_undefined(int64 id);

/*
 * Has the current transaction submitted this statement, or asked for
 * something about it?  Then nothing happens to it before COMMIT.
 */
extern bool rsd_look_own_work(const RsdLook *look);

/*
 * Raises the error of a statement or part that ended otherwise than finished,
 * with Redshift's text if it has one.
 */
extern void rsd_look_raise(const RsdLook *look);

#endif							/* RSD_PG_LOOK_H */
