/*
 * listservicefuncs.c
 *	  rsdata_list_statements and rsdata_list_sessions: what the service itself
 *	  keeps of a server's last day.
 *
 * They show what our keys have started, whoever did it; they do not look at
 * our own tables.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "aws/listsessions.h"
#include "aws/liststatements.h"
#include "pg/compat.h"
#include "pg/lister.h"

RSD_FUNCTION(rsdata_list_statements);
RSD_FUNCTION(rsdata_list_sessions);

/* A list of statements. */
typedef struct Statements
{
	RsdListStatementsCall call; /* all but token and max_results */
	RsdStatementList page;
	RsdListedStatement found;
} Statements;

/* A list of sessions. */
typedef struct Sessions
{
	RsdListSessionsCall call;	/* all but token and max_results */
	RsdListPage page;
} Sessions;

static bool
put_statements_body(const void *list, int max_results, RsdSlice token,
					RsdBuf *body, RsdError *err)
{
	RsdListStatementsCall call = ((const Statements *) list)->call;
	char	   *copy = pnstrdup(token.data == NULL ? "" : token.data, token.len);
	bool		good;

	call.max_results = max_results;
	call.next_token = copy;
	good = rsd_liststatements_body(&call, body, err);
	pfree(copy);
	return good;
}

static bool
open_statements(void *list, RsdSlice body, RsdSlice *token, RsdError *err)
{
	Statements *statements = list;

	if (!rsd_liststatements_open(body, &statements->page, err))
		return false;
	*token = statements->page.next_token;
	return true;
}

static void
close_statements(void *list)
{
	rsd_liststatements_close(&((Statements *) list)->page);
}

static void
put_tri(RsdLister *lister, RsdTri tri)
{
	rsd_list_put(lister, BoolGetDatum(tri == RSD_TRI_YES),
				 tri == RSD_TRI_UNKNOWN);
}

/* Starts reading a JSON array; false if it is absent or something else. */
static bool
enter_array(RsdJsonReader *reader, RsdSlice array)
{
	RsdJsonToken token;

	rsd_json_open(reader, array);
	return array.len > 0 && rsd_json_next(reader, &token) == RSD_JSON_ARRAY;
}

/* The SQL texts of a batch as text[]; NULL if it is none. */
static void
put_sqls(RsdLister *lister, RsdSlice array)
{
	ArrayBuildState *state = initArrayResult(TEXTOID, CurrentMemoryContext,
											 false);
	RsdJsonReader reader;
	RsdJsonToken token;
	int			n = 0;

	if (enter_array(&reader, array))
		while (rsd_json_next(&reader, &token) == RSD_JSON_STRING)
		{
			accumArrayResult(state,
							 CStringGetTextDatum(rsd_list_text(lister, token.raw)),
							 false, TEXTOID, CurrentMemoryContext);
			n++;
		}
	if (n == 0)
		rsd_list_put(lister, (Datum) 0, true);
	else
		rsd_list_put(lister, makeArrayResult(state, CurrentMemoryContext),
					 false);
}

static void
push_text(JsonbParseState **state, JsonbIteratorToken seq, char *text)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = text;
	value.val.string.len = strlen(text);
	pushJsonbValue(state, seq, &value);
}

/* Name and value of one parameter, if it has both. */
static bool
read_param(RsdJsonReader *reader, RsdSlice *name, RsdSlice *value)
{
	RsdError	ignored;
	const RsdJsonField fields[] =
	{
		{"name", RSD_JSON_AS_RAW, name, 0, true, NULL},
		{"value", RSD_JSON_AS_RAW, value, 0, true, NULL},
	};

	if (!rsd_json_read_fields(reader, fields, lengthof(fields), &ignored))
		return false;
	rsd_listpage_unquote(name);
	rsd_listpage_unquote(value);
	return name->data != NULL && value->data != NULL;
}

/* Parameters as the object that submit takes; NULL if there are none. */
static void
put_params(RsdLister *lister, RsdSlice array)
{
	JsonbParseState *state = NULL;
	RsdJsonReader reader;
	RsdJsonReader element;
	RsdJsonToken token;
	RsdSlice	whole;
	RsdSlice	name;
	RsdSlice	value;
	int			n = 0;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	if (enter_array(&reader, array))
		while (rsd_json_next(&reader, &token) == RSD_JSON_OBJECT &&
			   rsd_json_skip(&reader, &token, &whole))
		{
			rsd_json_open(&element, whole);
			if (!read_param(&element, &name, &value))
				continue;
			push_text(&state, WJB_KEY, rsd_list_text(lister, name));
			push_text(&state, WJB_VALUE, rsd_list_text(lister, value));
			n++;
		}
	if (n == 0)
		rsd_list_put(lister, (Datum) 0, true);
	else
		rsd_list_put(lister,
					 JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state,
																	 WJB_END_OBJECT,
																	 NULL))),
					 false);
}

static bool
next_statement(void *list, RsdLister *lister, bool *more, RsdError *err)
{
	Statements *statements = list;
	RsdListedStatement *found = &statements->found;

	if (!rsd_liststatements_next(&statements->page, found, more, err))
		return false;
	if (!*more)
		return true;
	rsd_list_put_string(lister, found->id);
	rsd_list_put_string(lister, found->name);
	rsd_list_put_string(lister, found->status_word);
	rsd_list_put_text(lister, found->sql);
	put_sqls(lister, found->sqls);
	put_tri(lister, found->is_batch);
	put_params(lister, found->params);
	rsd_list_put_time(lister, found->created_us);
	rsd_list_put_time(lister, found->updated_us);
	rsd_list_put_string(lister, found->result_format);
	rsd_list_put_string(lister, found->session_id);
	rsd_list_put_string(lister, found->secret_arn);
	return true;
}

static bool
put_sessions_body(const void *list, int max_results, RsdSlice token,
				  RsdBuf *body, RsdError *err)
{
	RsdListSessionsCall call = ((const Sessions *) list)->call;

	call.max_results = max_results;
	call.next_token = token;
	return rsd_listsessions_body(&call, body, err);
}

static bool
open_sessions(void *list, RsdSlice body, RsdSlice *token, RsdError *err)
{
	Sessions   *sessions = list;

	if (!rsd_listsessions_open(&sessions->page, body, err))
		return false;
	*token = sessions->page.next_token;
	return true;
}

static void
close_sessions(void *list)
{
	rsd_listpage_close(&((Sessions *) list)->page);
}

static void
put_seconds(RsdLister *lister, int64 seconds)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = seconds < 0 ? 0 :
		Min(seconds, INT_MAX) * USECS_PER_SEC;
	rsd_list_put(lister, IntervalPGetDatum(interval), seconds < 0);
}

static bool
next_session(void *list, RsdLister *lister, bool *more, RsdError *err)
{
	Sessions   *sessions = list;
	RsdListedSession found;

	if (!rsd_listsessions_next(&sessions->page, &found, more, err))
		return false;
	if (!*more)
		return true;
	rsd_list_put_string(lister, found.id);
	rsd_list_put_string(lister, found.status_word);
	rsd_list_put_time(lister, found.created_us);
	rsd_list_put_time(lister, found.updated_us);
	put_seconds(lister, found.alive_seconds);
	rsd_list_put_time(lister, found.ttl_us);
	rsd_list_put_text(lister, found.database);
	rsd_list_put_text(lister, found.db_user);
	rsd_list_put_text(lister, found.cluster);
	rsd_list_put_text(lister, found.workgroup);
	rsd_list_put_string(lister, found.statement_id);
	return true;
}

static const RsdListKind statements_kind = {
	RSD_OP_LIST_STATEMENTS, RSD_LIST_STATEMENTS_MAX, true,
	put_statements_body, open_statements, next_statement, close_statements
};

static const RsdListKind sessions_kind = {
	RSD_OP_LIST_SESSIONS, RSD_LIST_SESSIONS_MAX, true,
	put_sessions_body, open_sessions, next_session, close_sessions
};

/*
 * The service's word for a status, written in any case; NULL as it is.  What
 * the service would refuse is refused here, with the words it knows.
 */
static const char *
status_arg(FunctionCallInfo fcinfo, int n, const char *const *words)
{
	char	   *given = rsd_list_arg(fcinfo, n, "status");
	StringInfoData known;

	if (given == NULL)
		return NULL;
	initStringInfo(&known);
	for (int i = 0; words[i] != NULL; i++)
	{
		if (pg_strcasecmp(given, words[i]) == 0)
			return words[i];
		appendStringInfo(&known, "%s\"%s\"", i == 0 ? "" : ", ", words[i]);
	}
	ereport(ERROR,
			errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			errmsg("the service knows no such status"),
			errhint("It knows %s.", known.data));
}

static RsdTri
role_level_arg(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
		return RSD_TRI_UNKNOWN;
	return PG_GETARG_BOOL(n) ? RSD_TRI_YES : RSD_TRI_NO;
}

/*
 * rsdata_list_statements(server, status, statement_name, database,
 * role_level, max_rows); without status all are listed, where the service
 * itself would list only finished ones.
 */
Datum
rsdata_list_statements(PG_FUNCTION_ARGS)
{
	static const char *const words[] = {
		"ALL", "SUBMITTED", "PICKED", "STARTED", "FINISHED", "FAILED",
		"ABORTED", NULL
	};
	RsdLister  *lister = rsd_list_begin(fcinfo, &statements_kind);
	const RsdServerConfig *config = rsd_list_config(lister);
	Statements *statements = palloc0(sizeof(Statements));
	const char *status = status_arg(fcinfo, 1, words);

	statements->call.status = status == NULL ? "ALL" : status;
	statements->call.statement_name = rsd_list_arg(fcinfo, 2,
												   "statement_name");
	statements->call.database = rsd_list_arg(fcinfo, 3, "database");
	statements->call.role_level = role_level_arg(fcinfo, 4);
	statements->call.cluster = config->cluster_identifier;
	statements->call.workgroup = config->workgroup_name;
	rsd_list_run(lister, statements);
	return (Datum) 0;
}

/* One session is asked for by its id alone. */
static void
require_alone(const RsdListSessionsCall *call)
{
	if (call->session_id != NULL &&
		(call->status != NULL || call->database != NULL))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("\"aws_session_id\" cannot be combined with \"status\" or \"database\""));
}

/*
 * rsdata_list_sessions(server, status, aws_session_id, database, role_level,
 * max_rows)
 */
Datum
rsdata_list_sessions(PG_FUNCTION_ARGS)
{
	static const char *const words[] = {"AVAILABLE", "BUSY", "CLOSED", NULL};
	RsdLister  *lister = rsd_list_begin(fcinfo, &sessions_kind);
	const RsdServerConfig *config = rsd_list_config(lister);
	Sessions   *sessions = palloc0(sizeof(Sessions));

	sessions->call.status = status_arg(fcinfo, 1, words);
	sessions->call.session_id = rsd_list_arg(fcinfo, 2, "aws_session_id");
	sessions->call.database = rsd_list_arg(fcinfo, 3, "database");
	require_alone(&sessions->call);
	sessions->call.role_level = role_level_arg(fcinfo, 4);
	if (sessions->call.session_id == NULL)
	{
		sessions->call.cluster = config->cluster_identifier;
		sessions->call.workgroup = config->workgroup_name;
	}
	rsd_list_run(lister, sessions);
	return (Datum) 0;
}
