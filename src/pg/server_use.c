/*
 * server_use.c
 *	  Which server is meant, and may a role send statements to it at all?
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "pg/guc.h"
#include "pg/server_use.h"

ForeignServer *
rsd_server_find(const NameData *name)
{
	const char *wanted = name != NULL ? NameStr(*name) :
		rsd_guc()->default_server;
	ForeignServer *server;

	if (wanted[0] == '\0')
		ereport(ERROR,
				errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				errmsg("no server given"),
				errhint("Pass a server or set \"rsdata.default_server\"."));
	server = GetForeignServerByName(wanted, true);
	if (server == NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_OBJECT),
				errmsg("server \"%s\" does not exist", wanted));
	return server;
}

void
rsd_server_require_keys(const RsdServerConfig *config, Oid role)
{
	if (!rsd_server_has_credentials(config))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("no credentials for server \"%s\"", config->name),
				 errhint("Create a user mapping with options \"access_key_id\" and \"secret_access_key\" for role \"%s\" or for PUBLIC.",
						 GetUserNameFromId(role, false))));
}

RsdServerConfig *
rsd_server_use(Oid server, Oid role)
{
	RsdServerConfig *config = rsd_server_config(server, role, 0);

	if (!DatumGetBool(DirectFunctionCall3(has_server_privilege_id_id,
										  ObjectIdGetDatum(role),
										  ObjectIdGetDatum(server),
										  CStringGetTextDatum("USAGE"))))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for foreign server %s",
						config->name)));
	rsd_server_require_keys(config, role);
	return config;
}

void
rsd_server_use_topic(const RsdServerConfig *config, const char *arn)
{
	if (arn != NULL && !rsd_server_topic_allowed(config, arn))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("topic \"%s\" is not allowed on server \"%s\"",
						arn, config->name),
				 errhint("It must be in the server's option \"topic_arns\", unless your own user mapping has the keys.")));
}
