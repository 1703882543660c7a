/*
 * target.c
 *	  Finds and checks the table that receives a result.
 *
 * Everything here runs as the role that submits, or as the loader that acts
 * for it; nothing is locked or changed.
 */
#include "postgres.h"

#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "commands/trigger.h"
#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "access/table.h"

#include "pg/compat.h"
#include "pg/target.h"

static const char *const mode_words[] = {
	[RSD_TARGET_APPEND] = "append",
	[RSD_TARGET_REPLACE] = "replace",
	[RSD_TARGET_TRUNCATE] = "truncate",
	[RSD_TARGET_CREATE] = "create",
};

const char *
rsd_target_mode_name(RsdTargetMode mode)
{
	return mode_words[mode];
}

bool
rsd_target_mode_parse(const char *word, RsdTargetMode *mode)
{
	*mode = RSD_TARGET_APPEND;
	if (word == NULL)
		return true;
	for (int i = 0; i < (int) lengthof(mode_words); i++)
	{
		if (strcmp(mode_words[i], word) == 0)
		{
			*mode = (RsdTargetMode) i;
			return true;
		}
	}
	return false;
}

static void
denied(const char *what, const char *name)
{
	ereport(ERROR,
			errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			errmsg("permission denied for target %s", name),
			errdetail("Its rows would be loaded as role \"%s\", which needs the privilege %s.",
					  GetUserNameFromId(GetUserId(), false), what));
}

static void
refuse(const char *name, const char *why, const char *hint)
{
	ereport(ERROR,
			errcode(ERRCODE_WRONG_OBJECT_TYPE),
			errmsg("%s cannot be a target", name),
			errdetail("%s", why),
			hint != NULL ? errhint("%s", hint) : 0);
}

/*
 * INSERT on some column is enough for now: which ones are needed, the result
 * will tell.
 */
static void
check_privileges(Oid relid, const char *name, RsdTargetMode mode)
{
	Oid			role = GetUserId();

	if (pg_class_aclcheck(relid, role, ACL_INSERT) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(relid, role, ACL_INSERT,
								  ACLMASK_ANY) != ACLCHECK_OK)
		denied("INSERT", name);
	if (mode == RSD_TARGET_REPLACE &&
		pg_class_aclcheck(relid, role, ACL_DELETE) != ACLCHECK_OK)
		denied("DELETE", name);
	if (mode == RSD_TARGET_TRUNCATE &&
		pg_class_aclcheck(relid, role, ACL_TRUNCATE) != ACLCHECK_OK)
		denied("TRUNCATE", name);
}

/* A view takes rows if a trigger of its does. */
static void
check_view(Oid relid, const char *name, RsdTargetMode mode)
{
	Relation	rel = table_open(relid, AccessShareLock);
	TriggerDesc *triggers = rel->trigdesc;
	bool		inserts = triggers != NULL && triggers->trig_insert_instead_row;

	table_close(rel, AccessShareLock);
	if (!inserts)
		refuse(name, "It is a view without an INSTEAD OF INSERT trigger for each row.",
			   "Load into the table below it, or make such a trigger.");
	if (mode == RSD_TARGET_TRUNCATE)
		refuse(name, "It is a view, which cannot be truncated.",
			   "Use target_mode \"replace\".");
}

static void
check_foreign_table(Oid relid, const char *name)
{
	FdwRoutine *fdw = GetFdwRoutineByRelId(relid);

	if (fdw->ExecForeignInsert == NULL)
		refuse(name, "It is a foreign table that takes no rows.", NULL);
}

static void
check_kind(Oid relid, const char *name, RsdTargetMode mode)
{
	switch (get_rel_relkind(relid))
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
			break;
		case RELKIND_FOREIGN_TABLE:
			check_foreign_table(relid, name);
			break;
		case RELKIND_VIEW:
			check_view(relid, name, mode);
			break;
		case RELKIND_MATVIEW:
			refuse(name, "It is a materialized view.",
				   "Load into a table, and refresh the materialized view with the option \"then_sql\".");
			break;
		default:
			refuse(name, "It is not a table.", NULL);
	}
	if (get_rel_persistence(relid) == RELPERSISTENCE_TEMP)
		refuse(name, "It is a temporary table, which no other process can see.",
			   "Load into an ordinary or unlogged table.");
}

/* Catalogs are the server's, and what is in schema rsdata is ours. */
static void
check_ours(Oid relid, const char *name)
{
	Oid			schema = get_rel_namespace(relid);

	if (IsCatalogNamespace(schema) || IsToastNamespace(schema) ||
		schema == get_namespace_oid("rsdata", true))
		refuse(name, "It is a table of the system or of the extension.", NULL);
}

void
rsd_target_check(Oid relid, const char *name, RsdTargetMode mode)
{
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("target %s was dropped after the statement was submitted",
					   name));
	check_kind(relid, name, mode);
	check_ours(relid, name);
	check_privileges(relid, name, mode);
	if (check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("target %s has row-level security that holds for role \"%s\"",
					   name, GetUserNameFromId(GetUserId(), false)),
				errhint("Load into a table without it, and insert from there with the option \"then_sql\"."));
}

/* The table that does not exist yet, in a schema that takes it. */
static void
resolve_new(RangeVar *var, RsdTarget *out)
{
	Oid			schema = RangeVarGetCreationNamespace(var);

	if (isTempNamespace(schema))
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("a target cannot be a temporary table"));
	out->name = quote_qualified_identifier(get_namespace_name(schema),
										   var->relname);
	if (rsd_compat_aclcheck(NamespaceRelationId, schema, GetUserId(),
							ACL_CREATE) != ACLCHECK_OK)
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("permission denied for schema %s",
					   get_namespace_name(schema)),
				errdetail("The target would be created as role \"%s\".",
						  GetUserNameFromId(GetUserId(), false)));
	out->taken = OidIsValid(get_relname_relid(var->relname, schema));
	out->oid = InvalidOid;
}

void
rsd_target_refuse_taken(const RsdTarget *target)
{
	if (target->taken)
		ereport(ERROR,
				errcode(ERRCODE_DUPLICATE_TABLE),
				errmsg("target %s already exists", target->name),
				errhint("To fill a table that exists use target_mode \"append\", \"replace\" or \"truncate\"."));
}

void
rsd_target_resolve(const char *name, RsdTargetMode mode, RsdTarget *out)
{
	RangeVar   *var = makeRangeVarFromNameList(
		textToQualifiedNameList(cstring_to_text(name)));
	char	   *schema;
	char	   *relation;

	out->mode = mode;
	if (mode == RSD_TARGET_CREATE)
	{
		resolve_new(var, out);
		return;
	}
	out->oid = RangeVarGetRelid(var, NoLock, true);
	schema = get_namespace_name_or_temp(get_rel_namespace(out->oid));
	relation = get_rel_name(out->oid);
	/* without a lock it may be dropped at any moment */
	if (schema == NULL || relation == NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("target \"%s\" does not exist", name),
				errhint("Create it first, or let it be made with the option \"target_mode\": \"create\"."));
	out->name = quote_qualified_identifier(schema, relation);
	rsd_target_check(out->oid, out->name, mode);
}

#ifndef RSD_HAVE_BYPASS_LOGIN
static void
check_may_log_in(Oid role)
{
	HeapTuple	tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(role));
	bool		may;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for role %u", role);
	may = ((Form_pg_authid) GETSTRUCT(tuple))->rolcanlogin;
	ReleaseSysCache(tuple);
	if (!may)
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("role \"%s\" is not permitted to log in",
					   GetUserNameFromId(role, false)),
				errdetail("Rows are loaded, and \"then_sql\" is run, by a process that connects as the role that submits."),
				errhint("Submit as a role that may log in, or ALTER ROLE %s LOGIN without giving it a password.",
						quote_identifier(GetUserNameFromId(role, false))));
}
#endif

void
rsd_target_check_login(void)
{
	Oid			role = GetUserId();

#ifndef RSD_HAVE_BYPASS_LOGIN
	check_may_log_in(role);
#endif
	if (rsd_compat_aclcheck(DatabaseRelationId, MyDatabaseId, role,
							ACL_CONNECT) != ACLCHECK_OK)
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("role \"%s\" may not connect to this database",
					   GetUserNameFromId(role, false)),
				errdetail("Rows are loaded, and \"then_sql\" is run, by a process that connects as the role that submits."),
				errhint("GRANT CONNECT ON DATABASE to it."));
}
