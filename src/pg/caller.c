/*
 * caller.c
 *	  Up to the extension's owner for work on our own tables, and down again;
 *	  who may see and do what with whose statements.
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/syscache.h"

#include "pg/caller.h"

/* The role that CREATE EXTENSION made the owner of our tables' schema. */
static Oid
schema_owner(void)
{
	HeapTuple	tuple;
	Oid			owner;

	tuple = SearchSysCache1(NAMESPACENAME, CStringGetDatum("rsdata"));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema \"%s\" does not exist", "rsdata"),
				 errhint("Is the extension rsdata installed in this database?")));
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	return owner;
}

void
rsd_caller_up(RsdCaller *caller)
{
	Oid			owner = schema_owner();

	GetUserIdAndSecContext(&caller->userid, &caller->sec_context);
	caller->guc_nest = NewGUCNestLevel();
	SetUserIdAndSecContext(owner, caller->sec_context |
						   SECURITY_LOCAL_USERID_CHANGE);
	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
}

void
rsd_caller_down(const RsdCaller *caller)
{
	AtEOXact_GUC(false, caller->guc_nest);
	SetUserIdAndSecContext(caller->userid, caller->sec_context);
}

bool
rsd_caller_is_owner(Oid role, Oid owner)
{
	return has_privs_of_role(role, owner);
}

bool
rsd_caller_sees_all(Oid role)
{
	return has_privs_of_role(role, ROLE_PG_READ_ALL_STATS);
}

bool
rsd_caller_may_cancel(Oid role, Oid owner)
{
	if (rsd_caller_is_owner(role, owner))
		return true;
	return !superuser_arg(owner) &&
		has_privs_of_role(role, ROLE_PG_SIGNAL_BACKEND);
}
