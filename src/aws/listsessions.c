/*
 * listsessions.c
 *		ListSessions: body and pages.
 */
#include "aws/listsessions.h"

#include "base/json_put.h"

#define LENGTH(array) ((int) (sizeof(array) / sizeof((array)[0])))

bool
rsd_listsessions_body(const RsdListSessionsCall *call, RsdBuf *body,
					  RsdError *err)
{
	rsd_buf_addc(body, '{');
	rsd_json_put_optional(body, "SessionId", call->session_id);
	rsd_json_put_optional(body, "Status", call->status);
	rsd_json_put_optional(body, "Database", call->database);
	rsd_json_put_optional(body, "ClusterIdentifier", call->cluster);
	rsd_json_put_optional(body, "WorkgroupName", call->workgroup);
	if (call->role_level != RSD_TRI_UNKNOWN)
		rsd_json_put_bool(body, "RoleLevel", call->role_level == RSD_TRI_YES);
	if (call->max_results > 0)
		rsd_json_put_int(body, "MaxResults",
						 call->max_results < RSD_LIST_SESSIONS_MAX ?
						 call->max_results : RSD_LIST_SESSIONS_MAX);
	if (call->next_token.len > 0)
		rsd_json_put_text(body, "NextToken", call->next_token);
	rsd_buf_addc(body, '}');
	return rsd_buf_check(body, "request body", err);
}

bool
rsd_listsessions_open(RsdListPage *page, RsdSlice body, RsdError *err)
{
	return rsd_listpage_open(page, RSD_OP_LIST_SESSIONS, "Sessions", body,
							 err);
}

static void
unquote_session(RsdListedSession *out)
{
	rsd_listpage_unquote(&out->database);
	rsd_listpage_unquote(&out->db_user);
	rsd_listpage_unquote(&out->cluster);
	rsd_listpage_unquote(&out->workgroup);
}

bool
rsd_listsessions_next(RsdListPage *page, RsdListedSession *out, bool *more,
					  RsdError *err)
{
	RsdSlice	value;
	const RsdJsonField fields[] =
	{
		{"SessionId", RSD_JSON_AS_TEXT, out->id, sizeof(out->id), true, NULL},
		{"Status", RSD_JSON_AS_CLIPPED, out->status_word,
		sizeof(out->status_word), false, NULL},
		{"CreatedAt", RSD_JSON_AS_TIME, &out->created_us, 0, false, NULL},
		{"UpdatedAt", RSD_JSON_AS_TIME, &out->updated_us, 0, false, NULL},
		{"SessionAliveSeconds", RSD_JSON_AS_INT, &out->alive_seconds, 0,
		false, NULL},
		{"SessionTtl", RSD_JSON_AS_TIME, &out->ttl_us, 0, false, NULL},
		{"CurrentStatementId", RSD_JSON_AS_TEXT, out->statement_id,
		sizeof(out->statement_id), false, NULL},
		{"Database", RSD_JSON_AS_RAW, &out->database, 0, false, NULL},
		{"DbUser", RSD_JSON_AS_RAW, &out->db_user, 0, false, NULL},
		{"ClusterIdentifier", RSD_JSON_AS_RAW, &out->cluster, 0, false, NULL},
		{"WorkgroupName", RSD_JSON_AS_RAW, &out->workgroup, 0, false, NULL},
	};

	memset(out, 0, sizeof(*out));
	out->alive_seconds = -1;
	if (!rsd_listpage_next(page, &value, more, err))
		return false;
	if (!*more)
		return true;
	*more = rsd_listpage_object(page, value, fields, LENGTH(fields), err);
	unquote_session(out);
	return *more;
}
