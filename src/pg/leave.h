/*
 * leave.h
 *	  Our processes leave a database before somebody needs it empty.
 *
 * DROP DATABASE, ALTER DATABASE RENAME and SET TABLESPACE, and CREATE
 * DATABASE from a template fail while another session is connected, and core
 * waits five seconds before it says so.  The utility hook asks our worker to
 * leave first and keeps it out until the transaction ends.
 */
#ifndef RSD_PG_LEAVE_H
#define RSD_PG_LEAVE_H

/*
 * Installs the utility hook and the callback that ends the bar with the
 * transaction.  The hook also wakes the worker after COMMIT PREPARED.  Once,
 * only while shared_preload_libraries are loaded.
 */
extern void rsd_leave_init(void);

/*
 * Keeps the worker of a database out until this transaction ends, asks one
 * that is there to leave, and waits for it, at most three seconds.  The
 * caller has checked that the user may do what needs it.  Interruptible.
 */
extern void rsd_leave_database(Oid database);

#endif							/* RSD_PG_LEAVE_H */
