/*
 * caller.h
 *	  Up to the extension's owner for work on our own tables, and down again.
 *
 * SQL functions run as their caller.  Between rsd_caller_up() and
 * rsd_caller_down() they run as the owner of schema rsdata, with search_path
 * pinned, and may touch our tables by SPI and nothing else: no input or
 * output function of the caller's choice, no cast, no user type.  An error in
 * between needs no handler: (sub)transaction abort restores role and
 * settings.
 */
#ifndef RSD_PG_CALLER_H
#define RSD_PG_CALLER_H

/* Who called, and what to restore.  Opaque; lives on the stack. */
typedef struct RsdCaller
{
	Oid			userid;			/* the caller */
	int			sec_context;
	int			guc_nest;
} RsdCaller;

/*
 * Becomes the owner of schema rsdata, looked up anew each time (two cheap
 * catalog lookups).  Raises ERRCODE_UNDEFINED_SCHEMA if there is none.  Must
 * be paired with rsd_caller_down() in the same (sub)transaction, and nothing
 * may commit in between.
 */
extern void rsd_caller_up(RsdCaller *caller);

/* Becomes the caller again, with the caller's search_path. */
extern void rsd_caller_down(const RsdCaller *caller);

/*
 * May role act as owner (pg_has_role(role, owner, 'USAGE'))?  An owner that
 * was dropped is only open to superusers.
 */
extern bool rsd_caller_is_owner(Oid role, Oid owner);

/* May role see every statement, as a member of pg_read_all_stats? */
extern bool rsd_caller_sees_all(Oid role);

/* May role cancel statements of owner, by ownership or pg_signal_backend? */
extern bool rsd_caller_may_cancel(Oid role, Oid owner);

#endif							/* RSD_PG_CALLER_H */
