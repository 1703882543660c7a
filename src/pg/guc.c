/*
 * guc.c
 *	  Defines the settings rsdata.* and checks their values.
 *
 * All are PGC_SIGHUP: they steer the worker, which is shared by all users.
 * The exceptions, default_server and catalog_timeout, belong to a session.
 */
#include "postgres.h"

#include <limits.h>

#include "access/xact.h"
#include "utils/guc.h"

#include "pg/guc.h"

static RsdSettings settings;

/*
 * "off" is missing on purpose: a claim must be on disk before its request
 * leaves, or a crash could make a statement run twice.
 */
static const struct config_enum_entry sync_options[] = {
	{"local", SYNCHRONOUS_COMMIT_LOCAL_FLUSH, false},
	{"remote_write", SYNCHRONOUS_COMMIT_REMOTE_WRITE, false},
	{"on", SYNCHRONOUS_COMMIT_REMOTE_FLUSH, false},
	{"remote_apply", SYNCHRONOUS_COMMIT_REMOTE_APPLY, false},
	{NULL, 0, false}
};

/* The worker's folder is the data directory: a relative path would lie. */
static bool
check_ca_bundle(char **newval, void **extra, GucSource source)
{
	if (*newval == NULL || **newval == '\0' || is_absolute_path(*newval))
		return true;
	GUC_check_errdetail("The path must be absolute.");
	return false;
}

static void
define_switches(void)
{
	DefineCustomBoolVariable("rsdata.enabled",
							 "Lets the workers of rsdata run.",
							 "When off, statements can be submitted but nothing is sent or "
							 "asked for, in any database; turned on again, work goes on "
							 "where it stood.",
							 &settings.enabled,
							 true,
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("rsdata.default_server",
							   "Server used by a submit that names none.",
							   "The name of a foreign server of the wrapper rsdata in the "
							   "current database.",
							   &settings.default_server,
							   "",
							   PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("rsdata.ca_bundle",
							   "File of certificate authorities that are trusted.",
							   "An absolute path to a file in PEM form. Empty: the "
							   "certificates of the system.",
							   &settings.ca_bundle,
							   "",
							   PGC_SIGHUP, GUC_SUPERUSER_ONLY,
							   check_ca_bundle, NULL, NULL);
	DefineCustomEnumVariable("rsdata.synchronous_commit",
							 "Level of synchronous_commit for the transactions of worker and loaders.",
							 "The default does not wait for a standby. \"off\" is not "
							 "possible: what is sent must be on disk before.",
							 &settings.synchronous_commit,
							 SYNCHRONOUS_COMMIT_LOCAL_FLUSH, sync_options,
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
}

static void
define_times(void)
{
	DefineCustomIntVariable("rsdata.submit_wait",
							"Time the service may hold the reply to a new statement.",
							"A quick statement is then done in one request. 0 does not wait.",
							&settings.submit_wait,
							1, 0, 30,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("rsdata.default_timeout",
							"Time a statement may run before it is cancelled.",
							"Counted from the moment the service accepted it, for statements "
							"and servers that say nothing else. 0 means no limit of ours.",
							&settings.default_timeout,
							2 * 60 * 60, 0, 24 * 60 * 60,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("rsdata.default_deadline",
							"Time after submit within which a statement must be sent.",
							"A statement still queued then ends as expired.",
							&settings.default_deadline,
							24 * 60 * 60, 1, 30 * 24 * 60 * 60,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("rsdata.load_stall_timeout",
							"Time a load may wait for the next rows of its result.",
							"Then it is rolled back, and the result is fetched again from "
							"its first page.",
							&settings.load_stall_timeout,
							30 * 1000, 100, 60 * 60 * 1000,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("rsdata.worker_linger",
							"Time an idle worker stays before it leaves its database.",
							"0 makes it leave after each piece of work.",
							&settings.worker_linger,
							60 * 1000, 0, 24 * 60 * 60 * 1000,
							PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("rsdata.catalog_timeout",
							"Time that a list function or rsdata_check may take.",
							"They call the service from the session, within its transaction.",
							&settings.catalog_timeout,
							30 * 1000, 100, 60 * 60 * 1000,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
}

static void
define_limits(void)
{
	DefineCustomIntVariable("rsdata.max_in_flight",
							"Statements that one worker may have sent at the same time.",
							"Each may hold a connection. The service allows 500 active "
							"statements per account and region.",
							&settings.max_in_flight,
							200, 1, RSD_MAX_IN_FLIGHT,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("rsdata.max_loaders",
							"Targets that one worker may fill at the same time.",
							"Each takes a background worker. One role gets half of them at "
							"most.",
							&settings.max_loaders,
							4, 1, RSD_MAX_LOADERS,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("rsdata.max_rows",
							"Largest number of rows of one result that is fetched.",
							"A larger result ends as undelivered.",
							&settings.max_rows,
							10 * 1000 * 1000, 1, INT_MAX,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("rsdata.max_bytes",
							"Largest size of one result that is fetched.",
							"A larger result ends as undelivered. It is kept in pieces, so "
							"this does not bound memory but disk.",
							&settings.max_bytes,
							500 * 1024, 1, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_KB, NULL, NULL, NULL);
}

static void
define_retention(void)
{
	DefineCustomIntVariable("rsdata.retention",
							"Time a settled statement is kept.",
							"Then its row is deleted, with what is left of its result.",
							&settings.retention,
							30 * 24 * 60 * 60, 1, 10 * 365 * 24 * 60 * 60,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("rsdata.retention_statements",
							"Largest number of settled statements kept in a database.",
							"Of more, those that ended first are deleted.",
							&settings.retention_statements,
							100 * 1000, 1, 100 * 1000 * 1000,
							PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("rsdata.result_retention",
							"Time a result is kept.",
							"Then its rows are deleted; the statement's row stays.",
							&settings.result_retention,
							7 * 24 * 60 * 60, 1, 10 * 365 * 24 * 60 * 60,
							PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("rsdata.result_bytes_per_owner",
							"Size of the results kept for one role.",
							"The rows of older results are deleted once newer ones of the "
							"same role come to this size.",
							&settings.result_bytes_per_owner,
							1024 * 1024, 1, INT_MAX,
							PGC_SIGHUP, GUC_UNIT_KB, NULL, NULL, NULL);
}

void
rsd_guc_init(void)
{
	define_switches();
	define_times();
	define_limits();
	define_retention();
	MarkGUCPrefixReserved("rsdata");
}

const RsdSettings *
rsd_guc(void)
{
	return &settings;
}
