/*
 * liststatements.c
 *		ListStatements: body and pages.
 *
 * A page may hold hundreds of kilobytes of SQL; it is read in place, one
 * statement at a time.
 */
#include "aws/liststatements.h"

#include "base/json_put.h"

#define LENGTH(array) ((int) (sizeof(array) / sizeof((array)[0])))

/* A NextToken that is longer is not one. */
#define MAX_TOKEN (64 * 1024)

bool
rsd_liststatements_body(const RsdListStatementsCall *call, RsdBuf *body,
						RsdError *err)
{
	rsd_buf_addc(body, '{');
	rsd_json_put_optional(body, "StatementName", call->statement_name);
	rsd_json_put_optional(body, "Status", call->status);
	if (call->role_level != RSD_TRI_UNKNOWN)
		rsd_json_put_bool(body, "RoleLevel", call->role_level == RSD_TRI_YES);
	rsd_json_put_optional(body, "Database", call->database);
	rsd_json_put_optional(body, "ClusterIdentifier", call->cluster);
	rsd_json_put_optional(body, "WorkgroupName", call->workgroup);
	if (call->max_results > 0)
		rsd_json_put_int(body, "MaxResults",
						 call->max_results < RSD_LIST_STATEMENTS_MAX ?
						 call->max_results : RSD_LIST_STATEMENTS_MAX);
	rsd_json_put_optional(body, "NextToken", call->next_token);
	rsd_buf_addc(body, '}');
	return rsd_buf_check(body, "request body", err);
}

static bool
doing(RsdError *err)
{
	return rsd_error_doing(err, "reading the reply to ListStatements");
}

/* Steps into the array of statements. */
static bool
enter(RsdStatementList *list, RsdSlice array, RsdError *err)
{
	RsdJsonToken token;

	rsd_json_open(&list->reader, array);
	if (rsd_json_next(&list->reader, &token) != RSD_JSON_ARRAY)
		return rsd_error_set(err, RSD_ERR_MALFORMED,
							 "member \"Statements\" is not an array");
	list->open = true;
	return true;
}

bool
rsd_liststatements_open(RsdSlice body, RsdStatementList *list, RsdError *err)
{
	RsdSlice	array = {0};
	RsdJsonReader reader;
	RsdJsonToken token;
	const RsdJsonField fields[] =
	{
		{"Statements", RSD_JSON_AS_RAW, &array, 0, true, NULL},
		{"NextToken", RSD_JSON_AS_BUF, &list->token, 0, false, NULL},
	};

	memset(list, 0, sizeof(*list));
	rsd_buf_init(&list->token, MAX_TOKEN);
	rsd_json_open(&reader, body);
	if (rsd_json_read_fields(&reader, fields, LENGTH(fields), err))
	{
		if (rsd_json_next(&reader, &token) != RSD_JSON_END)
			rsd_json_problem(&reader, err);
		else if (enter(list, array, err))
		{
			list->next_token = rsd_buf_slice(&list->token);
			return true;
		}
	}
	rsd_buf_free(&list->token);
	return doing(err);
}

/* Takes the quotes off a string; other values are absent. */
static void
unquote(RsdSlice *value)
{
	if (value->len >= 2 && value->data[0] == '"')
		*value = rsd_slice(value->data + 1, value->len - 2);
	else
		*value = rsd_slice(NULL, 0);
}

/* Reads the members of one statement out of its object. */
static bool
read_statement(RsdSlice object, RsdListedStatement *out, RsdError *err)
{
	bool		batch = false;
	bool		told = false;
	RsdJsonReader reader;
	const RsdJsonField fields[] =
	{
		{"Id", RSD_JSON_AS_TEXT, out->id, sizeof(out->id), true, NULL},
		{"Status", RSD_JSON_AS_CLIPPED, out->status_word,
		sizeof(out->status_word), false, NULL},
		{"StatementName", RSD_JSON_AS_CLIPPED, out->name, sizeof(out->name),
		false, NULL},
		{"SessionId", RSD_JSON_AS_CLIPPED, out->session_id,
		sizeof(out->session_id), false, NULL},
		{"SecretArn", RSD_JSON_AS_CLIPPED, out->secret_arn,
		sizeof(out->secret_arn), false, NULL},
		{"ResultFormat", RSD_JSON_AS_CLIPPED, out->result_format,
		sizeof(out->result_format), false, NULL},
		{"IsBatchStatement", RSD_JSON_AS_BOOL, &batch, 0, false, &told},
		{"CreatedAt", RSD_JSON_AS_TIME, &out->created_us, 0, false, NULL},
		{"UpdatedAt", RSD_JSON_AS_TIME, &out->updated_us, 0, false, NULL},
		{"QueryString", RSD_JSON_AS_RAW, &out->sql, 0, false, NULL},
		{"QueryStrings", RSD_JSON_AS_RAW, &out->sqls, 0, false, NULL},
		{"QueryParameters", RSD_JSON_AS_RAW, &out->params, 0, false, NULL},
	};

	memset(out, 0, sizeof(*out));
	rsd_json_open(&reader, object);
	if (!rsd_json_read_fields(&reader, fields, LENGTH(fields), err))
		return doing(err);
	unquote(&out->sql);
	out->is_batch = !told ? RSD_TRI_UNKNOWN : batch ? RSD_TRI_YES : RSD_TRI_NO;
	return true;
}

bool
rsd_liststatements_next(RsdStatementList *list, RsdListedStatement *out,
						bool *more, RsdError *err)
{
	RsdJsonToken token;
	RsdSlice	object;

	*more = false;
	if (!list->open)
		return true;
	if (rsd_json_next(&list->reader, &token) == RSD_JSON_ARRAY_END)
	{
		list->open = false;
		return true;
	}
	if (token.kind != RSD_JSON_OBJECT ||
		!rsd_json_skip(&list->reader, &token, &object))
	{
		rsd_error_set(err, RSD_ERR_MALFORMED, "a statement is not an object");
		return doing(err);
	}
	*more = read_statement(object, out, err);
	return *more;
}

void
rsd_liststatements_close(RsdStatementList *list)
{
	rsd_buf_free(&list->token);
	list->open = false;
}
