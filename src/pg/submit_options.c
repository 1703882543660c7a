/*
 * submit_options.c
 *	  The options and params arguments of a submit, checked.
 *
 * One table says which options there are.  The rest of the extension reads
 * the options from the stored row and may rely on what was checked here.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "aws/sns.h"
#include "pg/guc.h"
#include "pg/near_miss.h"
#include "pg/option_check.h"
#include "pg/submit_flow.h"
#include "pg/submit_options.h"
#include "pg/utf8text.h"

#define MAX_PARAMS (1024 * 1024)	/* bytes as jsonb; no limit is published */
#define MAX_DEADLINE (30 * USECS_PER_DAY)

/* The channel of all statements that name none. */
#define COMMON_CHANNEL "rsdata"

typedef void (*TakeOption) (RsdSubmitOptions *out, const char *name,
							const JsonbValue *value);

void
rsd_submit_bad_option(const char *name, const char *expected)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value of option \"%s\"", name),
			 errdetail("Expected %s.", expected)));
}

/* The text of a JSON string, palloc'd; other kinds are errors. */
static char *
want_string(const char *name, const JsonbValue *value, const char *expected)
{
	if (value->type != jbvString || value->val.string.len == 0)
		rsd_submit_bad_option(name, expected);
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static void
take_boolean(RsdSubmitOptions *out, const char *name, const JsonbValue *value)
{
	if (value->type != jbvBool)
		rsd_submit_bad_option(name, "true or false");
}

static void
take_fetch(RsdSubmitOptions *out, const char *name, const JsonbValue *value)
{
	if (value->type != jbvBool)
		rsd_submit_bad_option(name, "true or false");
	out->no_fetch = !value->val.boolean;
}

/* A JSON number without fraction from 1 to max. */
static void
want_count(const char *name, const JsonbValue *value, int64 max,
		   const char *setting)
{
	Datum		number;
	Datum		back;
	int64		count;

	if (value->type != jbvNumeric)
		rsd_submit_bad_option(name, "a positive integer");
	number = NumericGetDatum(value->val.numeric);
	count = DatumGetInt64(DirectFunctionCall1(numeric_int8, number));
	back = DirectFunctionCall1(int8_numeric, Int64GetDatum(count));
	if (count < 1 || !DatumGetBool(DirectFunctionCall2(numeric_eq, number, back)))
		rsd_submit_bad_option(name, "a positive integer");
	if (count > max)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" exceeds the limit of " INT64_FORMAT,
						name, max),
				 errhint("The limit is the setting \"%s\".", setting)));
}

static void
take_max_rows(RsdSubmitOptions *out, const char *name,
			  const JsonbValue *value)
{
	want_count(name, value, rsd_guc()->max_rows, "rsdata.max_rows");
}

static void
take_max_bytes(RsdSubmitOptions *out, const char *name,
			   const JsonbValue *value)
{
	want_count(name, value, (int64) rsd_guc()->max_bytes * 1024,
			   "rsdata.max_bytes");
}

static void
take_channel(RsdSubmitOptions *out, const char *name, const JsonbValue *value)
{
	char	   *channel = want_string(name, value, "the name of a channel");

	if (strlen(channel) >= NAMEDATALEN)
		rsd_submit_bad_option(name, "the name of a channel, at most 63 bytes");
	if (strcmp(channel, COMMON_CHANNEL) != 0)
		out->channel = channel;
}

static char *
want_topic(const char *name, const JsonbValue *value)
{
	char	   *arn = want_string(name, value, "the ARN of an SNS topic");

	if (!rsd_sns_arn_valid(arn))
		rsd_submit_bad_option(name, "the ARN of an SNS topic");
	return arn;
}

static void
take_success_topic(RsdSubmitOptions *out, const char *name,
				   const JsonbValue *value)
{
	out->success_topic_arn = want_topic(name, value);
}

static void
take_failure_topic(RsdSubmitOptions *out, const char *name,
				   const JsonbValue *value)
{
	out->failure_topic_arn = want_topic(name, value);
}

static void
take_deadline(RsdSubmitOptions *out, const char *name,
			  const JsonbValue *value)
{
	char	   *text = want_string(name, value, "an interval as text");
	int64		usec;

	out->deadline = rsd_read_interval(name, text);
	usec = rsd_interval_usec(out->deadline);
	if (usec <= 0 || usec > MAX_DEADLINE)
		rsd_submit_bad_option(name, "an interval of more than 0 and at most 30 days");
}

static void
take_result_format(RsdSubmitOptions *out, const char *name,
				   const JsonbValue *value)
{
	char	   *format = want_string(name, value, "\"json\", \"csv\" or \"auto\"");

	rsd_check_result_format(name, format);
	out->result_format = format;
}

static void
take_target_mode(RsdSubmitOptions *out, const char *name,
				 const JsonbValue *value)
{
	static const char *const expected =
		"\"append\", \"replace\", \"truncate\" or \"create\"";

	if (!rsd_target_mode_parse(want_string(name, value, expected),
							   &out->target_mode))
		rsd_submit_bad_option(name, expected);
	out->for_target = "target_mode";
}

static void
take_target_columns(RsdSubmitOptions *out, const char *name,
					const JsonbValue *value)
{
	static const char *const expected = "\"name\" or \"position\"";
	char	   *word = want_string(name, value, expected);

	out->by_position = strcmp(word, "position") == 0;
	if (!out->by_position && strcmp(word, "name") != 0)
		rsd_submit_bad_option(name, expected);
	out->for_target = "target_columns";
}

static void
take_then_sql(RsdSubmitOptions *out, const char *name, const JsonbValue *value)
{
	(void) want_string(name, value, "SQL for this database");
	out->then_sql = true;
}

static void
take_execution_mode(RsdSubmitOptions *out, const char *name,
					const JsonbValue *value)
{
	static const char expected[] = "\"transaction\" or \"auto_commit\"";
	char	   *mode = want_string(name, value, expected);

	if (strcmp(mode, "transaction") != 0 && strcmp(mode, "auto_commit") != 0)
		rsd_submit_bad_option(name, expected);
	if (!out->batch)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" is for batches only", name),
				 errhint("Use rsdata_submit_batch(); a single statement commits by itself.")));
}

static const struct
{
	const char *name;
	TakeOption	take;
}			option_table[] = {
	{"fetch", take_fetch},
	{"max_rows", take_max_rows},
	{"max_bytes", take_max_bytes},
	{"channel", take_channel},
	{"success_topic_arn", take_success_topic},
	{"failure_topic_arn", take_failure_topic},
	{"deadline", take_deadline},
	{"result_format", take_result_format},
	{"target_mode", take_target_mode},
	{"target_columns", take_target_columns},
	{"empty_as_null", take_boolean},
	{"with_event", take_boolean},
	{"session", rsd_flow_take_session},
	{"session_keep_alive", rsd_flow_take_keep_alive},
	{"after", rsd_flow_take_after},
	{"after_condition", rsd_flow_take_condition},
	{"retries", rsd_flow_take_retries},
	{"retry_on", rsd_flow_take_retry_on},
	{"then_sql", take_then_sql},
	{"execution_mode", take_execution_mode},
};

static void
unknown_option(const char *name)
{
	RsdNearMiss miss = {.wanted = name};

	for (size_t i = 0; i < lengthof(option_table); i++)
		rsd_near_miss_offer(&miss, option_table[i].name);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown option \"%s\"", name),
			 miss.best != NULL ?
			 errhint("Perhaps it was meant to be \"%s\".", miss.best) : 0));
}

static void
take_option(RsdSubmitOptions *out, const char *name, const JsonbValue *value)
{
	for (size_t i = 0; i < lengthof(option_table); i++)
	{
		if (strcmp(option_table[i].name, name) != 0)
			continue;
		if (value->type == jbvNull)
			return;
		option_table[i].take(out, name, value);
		return;
	}
	unknown_option(name);
}

void
rsd_submit_target_option(RsdSubmitOptions *out, const char *name,
						 const JsonbValue *value)
{
	if (strcmp(name, "target_mode") != 0 && strcmp(name, "target_columns") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" cannot be given for one target", name),
				 errhint("A target of a batch has \"target\", \"target_mode\" and \"target_columns\".")));
	take_option(out, name, value);
}

/*
 * Calls back for each member of a JSON object, nested values as jbvBinary.
 * what names the argument, for the error if it is no object.
 */
static void
each_member(Jsonb *object, const char *what,
			void (*member) (void *arg, const char *name,
							const JsonbValue *value),
			void *arg)
{
	JsonbIterator *it = JsonbIteratorInit(&object->root);
	JsonbIteratorToken token;
	JsonbValue	value;
	char	   *name = NULL;

	if (!JB_ROOT_IS_OBJECT(object))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object", what),
				 errhint("Write it as {\"name\": value, ...}.")));
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = pnstrdup(value.val.string.val, value.val.string.len);
		else if (token == WJB_VALUE)
			member(arg, name, &value);
	}
}

static void
option_member(void *arg, const char *name, const JsonbValue *value)
{
	take_option(arg, name, value);
}

void
rsd_submit_options(Jsonb *options, bool batch, RsdSubmitOptions *out)
{
	memset(out, 0, sizeof(*out));
	out->batch = batch;
	if (options != NULL)
		each_member(options, "options", option_member, out);
	rsd_flow_check(out);
}

static void
bad_param(const char *name, const char *why, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("parameter \"%s\" %s", name, why),
			 errhint("%s", hint)));
}

/* The service knows neither NULL nor an empty value (aws: SqlParameter). */
static void
param_member(void *arg, const char *name, const JsonbValue *value)
{
	static const char allowed[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

	if (name[0] == '\0' || strspn(name, allowed) != strlen(name))
		bad_param(name, "has an invalid name",
				  "Names consist of letters a-z and A-Z, digits and underscores.");
	if (value->type == jbvNull)
		bad_param(name, "is null",
				  "The Data API cannot pass NULL as a parameter: write it into the statement.");
	if (value->type == jbvString && value->val.string.len == 0)
		bad_param(name, "is an empty string",
				  "The Data API cannot pass an empty string as a parameter: write '' into the statement.");
	if (value->type == jbvBinary)
		bad_param(name, "is not a scalar",
				  "Pass a string, a number or a boolean; pass JSON as a string.");
	if (value->type == jbvString)
		(void) rsd_text_to_utf8(pnstrdup(value->val.string.val,
										 value->val.string.len));
	*(bool *) arg = true;
}

bool
rsd_submit_params(Jsonb *params)
{
	bool		any = false;

	if (params != NULL && VARSIZE(params) > MAX_PARAMS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("params are too large"),
				 errdetail("They may have 1 MB.")));
	if (params != NULL)
		each_member(params, "params", param_member, &any);
	return any;
}
