/*
 * driver.h
 *	  The work of one database's worker, turn by turn.
 *
 * Holds all statements in flight and moves them: what the transport brings
 * and what time does become events of the state machine, what the machine
 * decides is written in group commits and then sent.  Between turns no
 * transaction, snapshot or lock is held; a turn waits for nothing.
 */
#ifndef RSD_PG_DRIVER_H
#define RSD_PG_DRIVER_H

#include "datatype/timestamp.h"

typedef struct RsdDriver RsdDriver;

/*
 * Makes the driver in CurrentMemoryContext, which must outlive it.  Starts
 * the transport, so call it in the process that will use it.  Raises an
 * error if that is impossible.
 */
extern RsdDriver *rsd_driver_create(void);

/* The transport's descriptor, to be watched for input. */
extern int	rsd_driver_fd(RsdDriver *driver);

/* The same of the programs that fetch keys. */
extern int	rsd_driver_command_fd(RsdDriver *driver);

/* Milliseconds until it wants a turn; 0 now, -1 nothing is due. */
extern long rsd_driver_timeout(RsdDriver *driver);

/*
 * One turn.  "wanted" says that something may have been committed for us.
 * Returns true if there is work in hand (the worker is not idle).
 */
extern bool rsd_driver_turn(RsdDriver *driver, bool wanted);

/*
 * Why credentials that somebody waits for cannot be had (UTF-8), or "".
 * Valid until the next turn.
 */
extern const char *rsd_driver_problem(const RsdDriver *driver);

/* Statements and publishes in hand. */
extern int	rsd_driver_in_flight(RsdDriver *driver);

/*
 * The last look before the worker leaves, in a short transaction.  False:
 * there is work, stay.  True: *due is when somebody is needed again, or
 * DT_NOEND.
 */
extern bool rsd_driver_next_due(RsdDriver *driver, TimestampTz *due);

/*
 * When it will look at the queue by itself, at the latest; DT_NOEND = never.
 * As the last look has found it.
 */
extern TimestampTz rsd_driver_look_due(const RsdDriver *driver);

/* The configuration was read again. */
extern void rsd_driver_settings_changed(RsdDriver *driver);

/*
 * For a worker that only looks: is there an open row, or one too old to be
 * kept, in a database that is the one the rows were written in?  If not, *due
 * is when there will be, or DT_NOEND.  A short transaction.
 */
extern bool rsd_driver_has_work(TimestampTz *due);

#endif							/* RSD_PG_DRIVER_H */
