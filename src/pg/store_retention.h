/*
 * store_retention.h
 *	  What is too old or too much, by the settings, and its end.
 *
 *	  See store.h for what holds of each function.
 */
#ifndef RSD_PG_STORE_RETENTION_H
#define RSD_PG_STORE_RETENTION_H

/*
 * Forgets results and settled statements that are too old or too many at
 * "now", but little enough for one short transaction.  Leaves alone what
 * somebody holds, whose outcome is still to be published, or what others
 * wait for.  True if there may be more.
 */
extern bool rsd_store_forget(int64 now);

/*
 * When the oldest result or settled statement becomes too old, a little later
 * rather than each for itself; 0 = there is none.
 */
extern int64 rsd_store_oldest_due(void);

/*
 * Deletes the statements whose ids and locked rows the last query of SPI has
 * returned, with all that belongs to them, but for those that are not
 * RSD_FORGETTABLE any more, whatever snapshot the transaction has.  Returns
 * how many.
 */
extern uint64 rsd_store_drop_held(void);

/*
 * Rows whose statement may be deleted, as a condition on alias s: it has
 * ended for good, nobody has asked for its rows again, and no other statement
 * waits for it.
 */
#define RSD_FORGETTABLE \
	"NOT s.open AND NOT EXISTS (SELECT FROM rsdata.request r " \
	"WHERE r.statement = s.id AND r.kind = 'retry') " \
	"AND NOT EXISTS (SELECT FROM rsdata.dependency d WHERE d.after = s.id)"

#endif							/* RSD_PG_STORE_RETENTION_H */
