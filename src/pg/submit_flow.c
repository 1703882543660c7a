/*
 * submit_flow.c
 *	  Options that say when a statement runs: after others, in a session,
 *	  again after a passing failure.
 *
 * The worker reads after_condition, retries and retry_on from the stored
 * options and relies on what was checked here.  Never decides whether a
 * statement may go: that is the worker's.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "pg/caller.h"
#include "pg/option_check.h"
#include "pg/rowio.h"
#include "pg/submit_flow.h"

/* A statement may come after so many others. */
#define MAX_AFTER			1000

/* So many are named in wait_detail. */
#define SHOW_AFTER			10

#define MAX_SESSION_NAME	200

/* The service's limit of SessionKeepAliveSeconds. */
#define MAX_KEEP_ALIVE		(24 * 60 * 60)

#define MAX_RETRIES			20

static bool
is_word(const JsonbValue *value, const char *word)
{
	return value->type == jbvString &&
		value->val.string.len == (int) strlen(word) &&
		memcmp(value->val.string.val, word, value->val.string.len) == 0;
}

/* A JSON number without fraction from 1 to max; else 0. */
static int64
read_count(const JsonbValue *value, int64 max)
{
	Datum		number;
	Datum		lowest = DirectFunctionCall1(int8_numeric, Int64GetDatum(1));
	Datum		highest = DirectFunctionCall1(int8_numeric, Int64GetDatum(max));

	if (value->type != jbvNumeric)
		return 0;
	number = NumericGetDatum(value->val.numeric);
	if (!DatumGetBool(DirectFunctionCall2(numeric_ge, number, lowest)) ||
		!DatumGetBool(DirectFunctionCall2(numeric_le, number, highest)) ||
		!DatumGetBool(DirectFunctionCall2(numeric_eq, number,
										  DirectFunctionCall2(numeric_trunc, number,
															  Int32GetDatum(0)))))
		return 0;
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, number));
}

/* Calls back for a single value, or for each of an array. */
static void
each_value(const JsonbValue *value, const char *name,
		   void (*take) (RsdSubmitOptions *out, const char *name,
						 const JsonbValue *value),
		   RsdSubmitOptions *out)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	element;

	if (value->type != jbvBinary)
	{
		take(out, name, value);
		return;
	}
	it = JsonbIteratorInit(value->val.binary.data);
	token = JsonbIteratorNext(&it, &element, true);
	if (token != WJB_BEGIN_ARRAY)
		rsd_submit_bad_option(name, "a value or an array of values");
	while ((token = JsonbIteratorNext(&it, &element, true)) != WJB_DONE)
	{
		if (token == WJB_ELEM)
			take(out, name, &element);
	}
}

static void
take_one_after(RsdSubmitOptions *out, const char *name,
			   const JsonbValue *value)
{
	int64		id = read_count(value, PG_INT64_MAX);

	if (id == 0)
		rsd_submit_bad_option(name, "the id of a statement, or an array of them");
	for (int i = 0; i < out->nafter; i++)
	{
		if (out->after[i] == id)
			return;
	}
	if (out->nafter == MAX_AFTER)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("option \"%s\" names more than %d statements", name,
						MAX_AFTER)));
	out->after[out->nafter++] = id;
}

void
rsd_flow_take_after(RsdSubmitOptions *out, const char *name,
					const JsonbValue *value)
{
	out->after = palloc(sizeof(int64) * MAX_AFTER);
	each_value(value, name, take_one_after, out);
	if (out->nafter == 0)
		rsd_submit_bad_option(name, "the id of a statement, or an array of them");
}

void
rsd_flow_take_condition(RsdSubmitOptions *out, const char *name,
						const JsonbValue *value)
{
	if (!is_word(value, "success") && !is_word(value, "failure") &&
		!is_word(value, "always"))
		rsd_submit_bad_option(name, "\"success\", \"failure\" or \"always\"");
	out->has_condition = true;
}

void
rsd_flow_take_session(RsdSubmitOptions *out, const char *name,
					  const JsonbValue *value)
{
	if (value->type != jbvString || value->val.string.len == 0 ||
		value->val.string.len > MAX_SESSION_NAME)
		rsd_submit_bad_option(name, "a name of 1 to 200 bytes");
	out->session = pnstrdup(value->val.string.val, value->val.string.len);
}

void
rsd_flow_take_keep_alive(RsdSubmitOptions *out, const char *name,
						 const JsonbValue *value)
{
	int64		seconds = read_count(value, MAX_KEEP_ALIVE);

	if (value->type == jbvString)
	{
		char	   *text = pnstrdup(value->val.string.val,
									value->val.string.len);
		int64		usec = rsd_interval_usec(rsd_read_interval(name, text));

		if (usec <= MAX_KEEP_ALIVE * USECS_PER_SEC)
			seconds = usec / USECS_PER_SEC;
	}
	if (seconds < 1)
		rsd_submit_bad_option(name, "seconds or an interval, from 1 second to 24 hours");
	out->session_keep_alive = (int) seconds;
}

void
rsd_flow_take_retries(RsdSubmitOptions *out, const char *name,
					  const JsonbValue *value)
{
	out->has_retries = read_count(value, MAX_RETRIES) > 0;
	if (!out->has_retries)
		rsd_submit_bad_option(name, "an integer from 1 to 20");
}

static void
take_one_cause(RsdSubmitOptions *out, const char *name,
			   const JsonbValue *value)
{
	if (!is_word(value, "serialization") && !is_word(value, "connection"))
		rsd_submit_bad_option(name, "\"serialization\", \"connection\" or an array of them");
	out->has_retry_on = true;
}

void
rsd_flow_take_retry_on(RsdSubmitOptions *out, const char *name,
					   const JsonbValue *value)
{
	each_value(value, name, take_one_cause, out);
	if (!out->has_retry_on)
		rsd_submit_bad_option(name, "\"serialization\", \"connection\" or an array of them");
}

static void
need(bool given, const char *name, bool other_given, const char *other)
{
	if (given && !other_given)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" needs option \"%s\"", name, other)));
}

void
rsd_flow_check(const RsdSubmitOptions *options)
{
	need(options->has_condition, "after_condition",
		 options->nafter > 0, "after");
	need(options->session_keep_alive > 0, "session_keep_alive",
		 options->session != NULL, "session");
	need(options->has_retry_on, "retry_on", options->has_retries, "retries");
}

char *
rsd_flow_wait_detail(const RsdSubmitOptions *options)
{
	StringInfoData detail;

	if (options->nafter == 0)
		return NULL;
	initStringInfo(&detail);
	appendStringInfoString(&detail, options->nafter == 1 ? "statement" :
						   "statements");
	for (int i = 0; i < options->nafter && i < SHOW_AFTER; i++)
		appendStringInfo(&detail, "%s " INT64_FORMAT, i > 0 ? "," : "",
						 options->after[i]);
	if (options->nafter > SHOW_AFTER)
		appendStringInfo(&detail, " and %d more",
						 options->nafter - SHOW_AFTER);
	return detail.data;
}

static void
refuse_after(int64 id)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("statement " INT64_FORMAT " in option \"after\" does not exist",
					id),
			 errhint("It must be one that you can see: submitted before, by you or a role you belong to, and not removed.")));
}

static bool
was_found(int64 id, Oid role)
{
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		RsdRow		row;

		rsd_row_open(&row, i);
		if (rsd_row_int8(&row, 0) == id)
			return rsd_caller_is_owner(role, rsd_row_oid(&row));
	}
	return false;
}

/* Who may not see a statement does not learn whether it exists. */
void
rsd_flow_hold_after(const RsdSubmitOptions *options, Oid role)
{
	RsdArgs		args = {0};
	Oid			types[] = {INT8ARRAYOID};

	if (options->nafter == 0)
		return;
	rsd_arg_int8s(&args, options->after, options->nafter);
	if (SPI_execute_with_args("SELECT id, owner FROM rsdata.statement "
							  "WHERE id = ANY ($1) FOR KEY SHARE",
							  1, types, args.values, args.nulls, false,
							  0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the statements to come after");
	for (int i = 0; i < options->nafter; i++)
	{
		if (!was_found(options->after[i], role))
			refuse_after(options->after[i]);
	}
}

void
rsd_flow_insert_after(const RsdSubmitOptions *options, int64 id)
{
	RsdArgs		args = {0};
	Oid			types[] = {INT8OID, INT8ARRAYOID};

	if (options->nafter == 0)
		return;
	rsd_arg_int8(&args, id);
	rsd_arg_int8s(&args, options->after, options->nafter);
	if (SPI_execute_with_args("INSERT INTO rsdata.dependency (statement, after) "
							  "SELECT $1, unnest($2)",
							  2, types, args.values, args.nulls, false,
							  0) != SPI_OK_INSERT)
		elog(ERROR, "could not insert what a statement comes after");
}
