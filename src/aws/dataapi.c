/*
 * dataapi.c
 *		Bodies and replies of the Data API's control calls.
 *
 * Unset members are left out, never sent as null (AWS JSON 1.1).
 */
#include "aws/dataapi.h"

#include <stdio.h>

#include "base/json.h"
#include "base/json_put.h"

#define LENGTH(array) ((int) (sizeof(array) / sizeof((array)[0])))

bool
rsd_dataapi_request(RsdOp op, const RsdEndpoint *endpoint, RsdRequest *req,
					RsdError *err)
{
	char		target[64];

	snprintf(target, sizeof(target), "RedshiftData.%s", rsd_op_name(op));
	rsd_request_init(req, "POST", &endpoint->url);
	if (rsd_request_header(req, "Content-Type",
						   rsd_slice_str("application/x-amz-json-1.1"),
						   err) &&
		rsd_request_header(req, "X-Amz-Target", rsd_slice_str(target), err))
		return true;
	rsd_request_free(req);
	return false;
}

static void
put_params(RsdBuf *body, const RsdParam *params, int nparams)
{
	int			i;

	if (nparams == 0)
		return;
	rsd_json_put_key(body, "Parameters");
	rsd_buf_addc(body, '[');
	for (i = 0; i < nparams; i++)
	{
		rsd_json_put_comma(body);
		rsd_buf_addc(body, '{');
		rsd_json_put_text(body, "name", rsd_slice_str(params[i].name));
		rsd_json_put_text(body, "value", rsd_slice_str(params[i].value));
		rsd_buf_addc(body, '}');
	}
	rsd_buf_addc(body, ']');
}

/* The parts of a batch.  TRANSACTION is the service's default. */
static void
put_sqls(RsdBuf *body, const RsdExecuteCall *call)
{
	int			i;

	rsd_json_put_key(body, "Sqls");
	rsd_buf_addc(body, '[');
	for (i = 0; i < call->nsqls; i++)
	{
		rsd_json_put_comma(body);
		rsd_json_put_string(body, rsd_slice_str(call->sqls[i]));
	}
	rsd_buf_addc(body, ']');
	if (call->auto_commit)
		rsd_json_put_text(body, "ExecutionMode", rsd_slice_str("AUTO_COMMIT"));
}

static void
put_wait(RsdBuf *body, int wait_seconds)
{
	if (wait_seconds > RSD_MAX_WAIT_SECONDS)
		wait_seconds = RSD_MAX_WAIT_SECONDS;
	if (wait_seconds > 0)
		rsd_json_put_int(body, "WaitTimeSeconds", wait_seconds);
}

/* Ends the object and tells whether all of it fitted. */
static bool
finish_body(RsdBuf *body, RsdError *err)
{
	rsd_buf_addc(body, '}');
	return rsd_buf_check(body, "request body", err);
}

bool
rsd_dataapi_execute(const RsdExecuteCall *call, RsdBuf *body, RsdError *err)
{
	RSD_ASSERT(call->sql != NULL || call->nsqls > 0);
	rsd_buf_addc(body, '{');
	if (call->nsqls > 0)
		put_sqls(body, call);
	else
		rsd_json_put_text(body, "Sql", rsd_slice_str(call->sql));
	rsd_json_put_optional(body, "Database", call->database);
	rsd_json_put_optional(body, "ClusterIdentifier", call->cluster);
	rsd_json_put_optional(body, "WorkgroupName", call->workgroup);
	rsd_json_put_optional(body, "DbUser", call->db_user);
	rsd_json_put_optional(body, "SecretArn", call->secret_arn);
	rsd_json_put_optional(body, "StatementName", call->statement_name);
	rsd_json_put_optional(body, "ClientToken", call->client_token);
	rsd_json_put_optional(body, "SessionId", call->session_id);
	if (call->session_keep_alive >= 0)
		rsd_json_put_int(body, "SessionKeepAliveSeconds",
						 call->session_keep_alive);
	put_params(body, call->params, call->nparams);
	if (call->with_event)
		rsd_json_put_bool(body, "WithEvent", true);
	if (call->csv)
		rsd_json_put_optional(body, "ResultFormat", "CSV");
	put_wait(body, call->wait_seconds);
	return finish_body(body, err);
}

bool
rsd_dataapi_describe(const char *id, int wait_seconds, RsdBuf *body,
					 RsdError *err)
{
	rsd_buf_addc(body, '{');
	rsd_json_put_text(body, "Id", rsd_slice_str(id));
	put_wait(body, wait_seconds);
	return finish_body(body, err);
}

bool
rsd_dataapi_result(const char *id, const char *next_token, int wait_seconds,
				   RsdBuf *body, RsdError *err)
{
	rsd_buf_addc(body, '{');
	rsd_json_put_text(body, "Id", rsd_slice_str(id));
	rsd_json_put_optional(body, "NextToken", next_token);
	put_wait(body, wait_seconds);
	return finish_body(body, err);
}

bool
rsd_dataapi_cancel(const char *id, RsdBuf *body, RsdError *err)
{
	rsd_buf_addc(body, '{');
	rsd_json_put_text(body, "Id", rsd_slice_str(id));
	return finish_body(body, err);
}

RsdServiceStatus
rsd_service_status_parse(const char *word)
{
	static const struct
	{
		const char *word;
		RsdServiceStatus status;
	}			words[] =
	{
		{"", RSD_SERVICE_ABSENT},
		{"SUBMITTED", RSD_SERVICE_SUBMITTED},
		{"PICKED", RSD_SERVICE_PICKED},
		{"STARTED", RSD_SERVICE_STARTED},
		{"FINISHED", RSD_SERVICE_FINISHED},
		{"FAILED", RSD_SERVICE_FAILED},
		{"ABORTED", RSD_SERVICE_ABORTED},
	};
	int			i;

	for (i = 0; i < LENGTH(words); i++)
		if (strcmp(word, words[i].word) == 0)
			return words[i].status;
	return RSD_SERVICE_UNKNOWN;
}

bool
rsd_service_status_final(RsdServiceStatus status)
{
	return status == RSD_SERVICE_FINISHED || status == RSD_SERVICE_FAILED ||
		status == RSD_SERVICE_ABORTED;
}

/* Reads body as one object with these members and nothing after it. */
static bool
read_reply(RsdSlice body, RsdOp op, const RsdJsonField *fields, int nfields,
		   RsdError *err)
{
	RsdJsonReader reader;
	RsdJsonToken token;

	rsd_json_open(&reader, body);
	if (rsd_json_read_fields(&reader, fields, nfields, err))
	{
		if (rsd_json_next(&reader, &token) == RSD_JSON_END)
			return true;
		rsd_json_problem(&reader, err);
	}
	return rsd_error_doing(err, "reading the reply to %s", rsd_op_name(op));
}

static RsdTri
tri(bool present, bool value)
{
	return !present ? RSD_TRI_UNKNOWN : value ? RSD_TRI_YES : RSD_TRI_NO;
}

/* An id that is there but empty is as good as none. */
static bool
check_id(const char *id, RsdOp op, RsdError *err)
{
	if (id[0] != '\0')
		return true;
	rsd_error_set(err, RSD_ERR_MALFORMED, "member \"Id\" is empty");
	return rsd_error_doing(err, "reading the reply to %s", rsd_op_name(op));
}

bool
rsd_dataapi_read_execute(RsdSlice body, RsdExecuteReply *out, RsdError *err)
{
	bool		has_result = false;
	bool		told = false;
	const RsdJsonField fields[] =
	{
		{"Id", RSD_JSON_AS_TEXT, out->id, sizeof(out->id), true, NULL},
		{"Status", RSD_JSON_AS_CLIPPED, out->status_word,
		sizeof(out->status_word), false, NULL},
		{"HasResultSet", RSD_JSON_AS_BOOL, &has_result, 0, false, &told},
		{"RedshiftPid", RSD_JSON_AS_INT, &out->pid, 0, false, NULL},
		{"SessionId", RSD_JSON_AS_TEXT, out->session_id,
		sizeof(out->session_id), false, NULL},
		{"CreatedAt", RSD_JSON_AS_TIME, &out->created_us, 0, false, NULL},
	};

	memset(out, 0, sizeof(*out));
	out->pid = -1;
	if (!read_reply(body, RSD_OP_EXECUTE, fields, LENGTH(fields), err) ||
		!check_id(out->id, RSD_OP_EXECUTE, err))
		return false;
	out->status = rsd_service_status_parse(out->status_word);
	out->has_result = tri(told, has_result);
	return true;
}

/* What is said when the reply does not. */
static void
init_describe(RsdDescribeReply *out)
{
	memset(out, 0, sizeof(*out));
	out->result_rows = -1;
	out->result_size = -1;
	out->duration_ns = -1;
	out->pid = -1;
	out->query_id = -1;
}

bool
rsd_dataapi_read_describe(RsdSlice body, RsdDescribeReply *out, RsdError *err)
{
	bool		has_result = false;
	bool		told = false;
	const RsdJsonField fields[] =
	{
		{"Id", RSD_JSON_AS_TEXT, out->id, sizeof(out->id), true, NULL},
		{"Status", RSD_JSON_AS_CLIPPED, out->status_word,
		sizeof(out->status_word), true, NULL},
		{"Error", RSD_JSON_AS_CLIPPED, out->error, sizeof(out->error), false,
		NULL},
		{"HasResultSet", RSD_JSON_AS_BOOL, &has_result, 0, false, &told},
		{"ResultRows", RSD_JSON_AS_INT, &out->result_rows, 0, false, NULL},
		{"ResultSize", RSD_JSON_AS_INT, &out->result_size, 0, false, NULL},
		{"Duration", RSD_JSON_AS_INT, &out->duration_ns, 0, false, NULL},
		{"RedshiftPid", RSD_JSON_AS_INT, &out->pid, 0, false, NULL},
		{"RedshiftQueryId", RSD_JSON_AS_INT, &out->query_id, 0, false, NULL},
		{"RedshiftQueryUuid", RSD_JSON_AS_CLIPPED, out->query_uuid,
		sizeof(out->query_uuid), false, NULL},
		{"SessionId", RSD_JSON_AS_CLIPPED, out->session_id,
		sizeof(out->session_id), false, NULL},
		{"CreatedAt", RSD_JSON_AS_TIME, &out->created_us, 0, false, NULL},
		{"UpdatedAt", RSD_JSON_AS_TIME, &out->updated_us, 0, false, NULL},
		{"SubStatements", RSD_JSON_AS_RAW, &out->sub_statements, 0, false,
		NULL},
	};

	init_describe(out);
	if (!read_reply(body, RSD_OP_DESCRIBE, fields, LENGTH(fields), err) ||
		!check_id(out->id, RSD_OP_DESCRIBE, err))
		return false;
	out->status = rsd_service_status_parse(out->status_word);
	if (out->status == RSD_SERVICE_ABSENT)
		out->status = RSD_SERVICE_UNKNOWN;	/* it is there, but has no letter */
	out->has_result = tri(told, has_result);
	return true;
}

bool
rsd_dataapi_read_cancel(RsdSlice body, bool *accepted, RsdError *err)
{
	const RsdJsonField fields[] =
	{
		{"Status", RSD_JSON_AS_BOOL, accepted, 0, true, NULL},
	};

	*accepted = false;
	return read_reply(body, RSD_OP_CANCEL, fields, LENGTH(fields), err);
}
