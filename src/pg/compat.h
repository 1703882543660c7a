/*
 * compat.h
 *	  The differences between the PostgreSQL versions we build for (15 to 18).
 *
 * Every test of PG_VERSION_NUM in the project is in this file, so that a new
 * major version is one file to read.  It gives the rest one spelling for
 * things that PostgreSQL renamed, and hides nothing else.
 *
 * To be included after postgres.h and before any other PostgreSQL header
 * that exports symbols (fmgr.h).
 */
#ifndef RSD_PG_COMPAT_H
#define RSD_PG_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "rsdata needs PostgreSQL 15 or later"
#endif

/*
 * We compile with -fvisibility=hidden.  From 16 on PostgreSQL does so itself
 * and its macros mark what must be seen; in 15 PGDLLEXPORT is empty.
 */
#if PG_VERSION_NUM < 160000
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

#include "fmgr.h"
#include "catalog/pg_database.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_namespace.h"
#include "executor/executor.h"
#include "parser/parse_node.h"
#include "storage/latch.h"
#if PG_VERSION_NUM >= 180000
#include "storage/waiteventset.h"
#endif
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"				/* part of postgres.h before */
#endif

/* From 18 on PostgreSQL spells this so, before the declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn __attribute__((noreturn))
#endif

/*
 * Declares the C function of an SQL function: visible, with its info record.
 * Write RSD_FUNCTION(rsdata_x); and then Datum rsdata_x(PG_FUNCTION_ARGS).
 */
#define RSD_FUNCTION(name) \
	PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name)

/*
 * Does role own database?  Superusers own everything, as in core.  Does a
 * catalog lookup: needs a transaction; raises an error for an unknown oid.
 */
static inline bool
rsd_compat_owns_database(Oid database, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(DatabaseRelationId, database, role);
#else
	return pg_database_ownercheck(database, role);
#endif
}

/*
 * May role do mode with an object of a catalog: a foreign server (ACL_USAGE),
 * a schema (ACL_CREATE) or a database (ACL_CONNECT)?  Needs a transaction;
 * raises an error for an unknown object.
 */
static inline AclResult
rsd_compat_aclcheck(Oid catalog, Oid object, Oid role, AclMode mode)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(catalog, object, role, mode);
#else
	if (catalog == ForeignServerRelationId)
		return pg_foreign_server_aclcheck(object, role, mode);
	if (catalog == NamespaceRelationId)
		return pg_namespace_aclcheck(object, role, mode);
	Assert(catalog == DatabaseRelationId);
	return pg_database_aclcheck(object, role, mode);
#endif
}

/*
 * Raises an error unless the current role may insert into these columns
 * (offset by FirstLowInvalidHeapAttributeNumber) of the relation behind item,
 * the only one of pstate.
 */
static inline void
rsd_compat_check_insert(ParseState *pstate, ParseNamespaceItem *item,
						Bitmapset *columns)
{
#if PG_VERSION_NUM >= 160000
	item->p_perminfo->requiredPerms = ACL_INSERT;
	item->p_perminfo->insertedCols = columns;
	ExecCheckPermissions(pstate->p_rtable, list_make1(item->p_perminfo), true);
#else
	item->p_rte->requiredPerms = ACL_INSERT;
	item->p_rte->insertedCols = columns;
	ExecCheckRTPerms(pstate->p_rtable, true);
#endif
}

/*
 * From 17 on a background worker may act for a role that may not log in; the
 * flag is for BackgroundWorkerInitializeConnectionByOid().
 */
#if PG_VERSION_NUM >= 170000
#define RSD_HAVE_BYPASS_LOGIN 1
#define RSD_BYPASS_LOGIN BGWORKER_BYPASS_ROLELOGINCHECK
#else
#define RSD_BYPASS_LOGIN 0
#endif

/*
 * Makes an empty set for nevents events that lives until the process ends,
 * whatever transaction is open.
 */
static inline WaitEventSet *
rsd_compat_wait_event_set(int nevents)
{
#if PG_VERSION_NUM >= 170000
	return CreateWaitEventSet(NULL, nevents);
#else
	return CreateWaitEventSet(TopMemoryContext, nevents);
#endif
}

/*
 * The wait event to show in pg_stat_activity.  From 17 on it bears our name
 * (a string constant, looked up in shared memory at each call, so ask once);
 * before, every extension shows "Extension".
 */
static inline uint32
rsd_compat_wait_event(const char *name)
{
#if PG_VERSION_NUM >= 170000
	return WaitEventExtensionNew(name);
#else
	(void) name;
	return PG_WAIT_EXTENSION;
#endif
}

/*
 * transaction_timeout came with 17.  A worker must switch it off, because a
 * value set for a role or database would end the process (FATAL).
 */
#if PG_VERSION_NUM >= 170000
#define RSD_HAVE_TRANSACTION_TIMEOUT 1
#endif

#endif							/* RSD_PG_COMPAT_H */
