/*
 * options.c
 *	  The table of options of servers and user mappings, and the foreign data
 *	  wrapper's validator.
 *
 * Owns which options exist, where they are allowed, who may set them and
 * which go together.  Reading them into a struct is in server_config.c.
 */
#include "postgres.h"

#include "access/reloptions.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "miscadmin.h"

#include "net/proxy.h"
#include "pg/compat.h"
#include "pg/near_miss.h"
#include "pg/option_check.h"
#include "pg/options.h"

RSD_FUNCTION(rsdata_fdw_validator);

#define ON_SERVER	0x1
#define ON_MAPPING	0x2

typedef struct OptionSpec
{
	const char *name;
	int			where;			/* ON_SERVER, ON_MAPPING */
	bool		superuser;		/* only superusers may set it */
	RsdOptionCheck check;
} OptionSpec;

static const OptionSpec option_table[] = {
	{"region", ON_SERVER, false, rsd_check_region},
	{"cluster_identifier", ON_SERVER, false, rsd_check_cluster},
	{"workgroup_name", ON_SERVER, false, rsd_check_workgroup},
	{"database", ON_SERVER, false, rsd_check_text},
	{"db_user", ON_SERVER, false, rsd_check_text},
	{"secret_arn", ON_SERVER, false, rsd_check_secret_arn},
	{"topic_arns", ON_SERVER, false, rsd_check_topics},
	{"success_topic_arn", ON_SERVER, false, rsd_check_topic},
	{"failure_topic_arn", ON_SERVER, false, rsd_check_topic},
	{"sns_error_text", ON_SERVER, false, rsd_check_boolean},
	{"max_in_flight", ON_SERVER, false, rsd_check_in_flight},
	{"quota_share", ON_SERVER, false, rsd_check_quota_share},
	{"timeout", ON_SERVER, false, rsd_check_interval},
	{"deadline", ON_SERVER, false, rsd_check_interval},
	{"result_format", ON_SERVER, false, rsd_check_result_format},
	{"describe", ON_SERVER, false, rsd_check_describe},
	{"enabled", ON_SERVER, false, rsd_check_boolean},

	{"access_key_id", ON_MAPPING, false, rsd_check_secret},
	{"secret_access_key", ON_MAPPING, false, rsd_check_secret},
	{"session_token", ON_MAPPING, false, rsd_check_secret},

	{"credentials", ON_SERVER | ON_MAPPING, true, rsd_check_source},
	{"profile", ON_SERVER | ON_MAPPING, true, rsd_check_text},
	{"role_arn", ON_SERVER | ON_MAPPING, true, rsd_check_role_arn},
	{"external_id", ON_SERVER | ON_MAPPING, true, rsd_check_external_id},
	{"role_session_name", ON_SERVER | ON_MAPPING, true, rsd_check_session_name},
	{"duration_seconds", ON_SERVER | ON_MAPPING, true, rsd_check_duration},
	{"endpoint_url", ON_SERVER | ON_MAPPING, true, rsd_check_url},
	{"sns_endpoint_url", ON_SERVER | ON_MAPPING, true, rsd_check_url},
	{"sts_endpoint_url", ON_SERVER | ON_MAPPING, true, rsd_check_url},
	{"proxy", ON_SERVER | ON_MAPPING, true, rsd_check_proxy},
	{"use_fips_endpoint", ON_SERVER | ON_MAPPING, true, rsd_check_boolean},
	{"use_dualstack_endpoint", ON_SERVER | ON_MAPPING, true, rsd_check_boolean},
};

static const OptionSpec *
find_spec(const char *name)
{
	for (size_t i = 0; i < lengthof(option_table); i++)
	{
		if (strcmp(option_table[i].name, name) == 0)
			return &option_table[i];
	}
	return NULL;
}

/* Appends a sentence about what a wrong option may have been meant to be. */
static void
explain_wrong(StringInfo hint, const char *name, int where)
{
	const OptionSpec *elsewhere = find_spec(name);
	RsdNearMiss miss = {.wanted = name};

	if (hint->len > 0)
		appendStringInfoChar(hint, ' ');
	if (elsewhere != NULL && where != 0)
	{
		appendStringInfo(hint, "Option \"%s\" belongs to a %s.", name,
						 elsewhere->where & ON_SERVER ? "server" : "user mapping");
		return;
	}
	for (size_t i = 0; i < lengthof(option_table); i++)
	{
		if (option_table[i].where & where)
			rsd_near_miss_offer(&miss, option_table[i].name);
	}
	if (miss.best != NULL)
		appendStringInfo(hint, "Perhaps \"%s\" was meant to be \"%s\".",
						 name, miss.best);
	else
		appendStringInfo(hint, "There is no option \"%s\" here.", name);
}

/* Raises one error that names every option which is unknown or misplaced. */
static void
check_names(List *options, int where)
{
	StringInfoData names;
	StringInfoData hint;
	ListCell   *lc;
	int			wrong = 0;

	initStringInfo(&names);
	initStringInfo(&hint);
	foreach(lc, options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const OptionSpec *spec = find_spec(def->defname);

		if (spec != NULL && (spec->where & where) != 0)
			continue;
		appendStringInfo(&names, "%s\"%s\"", wrong++ > 0 ? ", " : "",
						 def->defname);
		explain_wrong(&hint, def->defname, where);
	}
	if (wrong > 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg_plural("invalid option %s", "invalid options %s",
							   wrong, names.data),
				 errhint("%s", hint.data)));
}

/* Checks who sets it, and its value. */
static void
check_option(const OptionSpec *spec, DefElem *def)
{
	if (spec->superuser && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"%s\"", spec->name),
				 errdetail("Only superusers may create or alter a server or user mapping that bears it.")));
	spec->check(spec->name, defGetString(def));
}

static bool
has_option(List *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		if (strcmp(lfirst_node(DefElem, lc)->defname, name) == 0)
			return true;
	}
	return false;
}

static void
require_option(List *options, const char *name)
{
	if (!has_option(options, name))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("option \"%s\" is required", name)));
}

/* Everybody can read the options of a server. */
static void
refuse_proxy_password(List *options)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if (strcmp(def->defname, "proxy") == 0 &&
			rsd_proxy_has_password(defGetString(def)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%s\" of a server must not hold a password",
							"proxy"),
					 errdetail("Everybody can read the options of a server."),
					 errhint("Put the option into the user mappings instead.")));
	}
}

/* The validator sees the whole resulting list, at CREATE and at ALTER. */
static void
check_server(List *options)
{
	bool		cluster = has_option(options, "cluster_identifier");
	bool		workgroup = has_option(options, "workgroup_name");

	require_option(options, "region");
	require_option(options, "database");
	if (cluster == workgroup)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("exactly one of the options \"cluster_identifier\" and \"workgroup_name\" is required"),
				 cluster ? errdetail("Both are given.") :
				 errdetail("Neither is given.")));
	if (has_option(options, "db_user") && has_option(options, "secret_arn"))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("options \"db_user\" and \"secret_arn\" exclude each other"),
				 errdetail("The secret names the database user.")));
	refuse_proxy_password(options);
}

static void
check_mapping(List *options)
{
	bool		token = has_option(options, "session_token");

	if (token || has_option(options, "secret_access_key"))
		require_option(options, "access_key_id");
	if (token || has_option(options, "access_key_id"))
		require_option(options, "secret_access_key");
}

/*
 * rsdata_fdw_validator(options text[], catalog oid)
 *
 * Checks the whole list of options of a server or user mapping; for all
 * other objects there are none.
 */
Datum
rsdata_fdw_validator(PG_FUNCTION_ARGS)
{
	List	   *options;
	Oid			catalog;
	int			where = 0;
	ListCell   *lc;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("catalog must not be null")));
	options = PG_ARGISNULL(0) ? NIL : untransformRelOptions(PG_GETARG_DATUM(0));
	catalog = PG_GETARG_OID(1);
	if (catalog == ForeignServerRelationId)
		where = ON_SERVER;
	else if (catalog == UserMappingRelationId)
		where = ON_MAPPING;

	check_names(options, where);
	foreach(lc, options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		check_option(find_spec(def->defname), def);
	}
	if (where == ON_SERVER)
		check_server(options);
	else if (where == ON_MAPPING)
		check_mapping(options);
	PG_RETURN_VOID();
}
