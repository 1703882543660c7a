/*
 * dataapi.c
 *		ExecuteStatement, DescribeStatement, GetStatementResult and
 *		CancelStatement: from checked input (validate.c) to the reply. Moves
 *		no statement itself but by the store's functions; holds no lock.
 *
 * Members, texts and status codes: Redshift Data API Reference, and the
 * "Amazon Redshift Data API" chapters of the Redshift Management Guide.
 */
#include "dataapi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validate.h"

static const char no_result[] = "Query does not have result. Please check "
	"query status with DescribeStatement.";

static void
not_found(EmuWorld *world, EmuReply *reply, const char *message,
		  const char *id)
{
	emu_reply_json_error(reply, world->options.not_found_status,
						 "ResourceNotFoundException", message, id);
}

static void
invalid(EmuReply *reply, const char *message)
{
	emu_reply_json_error(reply, 400, "ValidationException", message, NULL);
}

/* Seconds to wait, 0 for none; false when the reply says what is wrong. */
static bool
read_wait(EmuWorld *world, EmuVisit *visit, long *seconds, EmuReply *reply)
{
	json_t	   *member = json_object_get(visit->input, "WaitTimeSeconds");

	*seconds = 0;
	if (member == NULL || world->options.long_poll == EMU_LONG_POLL_IGNORE)
		return true;
	if (world->options.long_poll == EMU_LONG_POLL_REJECT)
	{
		invalid(reply, "WaitTimeSeconds is not supported.");
		return false;
	}
	*seconds = (long) json_integer_value(member);
	if (*seconds < 1 || *seconds > 30)
	{
		invalid(reply, "WaitTimeSeconds must be between 1 and 30.");
		return false;
	}
	if (visit->trouble.kind == EMU_TROUBLE_EARLY)
		*seconds = 0;
	return true;
}

/* Wait as asked; false when there are too many who do. */
static bool
wait_for(EmuWorld *world, EmuVisit *visit, EmuStatement *statement,
		 long seconds, EmuReply *reply)
{
	if (seconds == 0 ||
		emu_statement_wait(world->statements, statement, seconds,
						   visit->call->fd) == EMU_WAIT_OVER)
		return true;
	emu_reply_json_error(reply, 400, "ActiveWaitingRequestsExceededException",
						 "Active waiting requests exceeded the allowed quota.",
						 NULL);
	return false;
}

/* The statement that Id names, held; else the reply says why not. */
static EmuStatement *
find_statement(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	const char *id = emu_input_text(visit->input, "Id");
	EmuStatement *statement;

	if (!emu_validate_id(id))
	{
		invalid(reply, "id must satisfy regex pattern: "
				"^[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}(:\\d+)?$");
		return NULL;
	}
	snprintf(visit->id, sizeof(visit->id), "%s", id);
	statement = emu_statement_find(world->statements, id);
	if (statement == NULL)
		not_found(world, reply, "Query does not exist.", id);
	return statement;
}

static void
set_text(json_t *object, const char *name, const char *value)
{
	if (value != NULL)
		json_object_set_new(object, name, json_string(value));
}

/* Members that tell where a statement runs, and as whom. */
static void
set_place(EmuWorld *world, EmuVisit *visit, json_t *out,
		  const EmuRequest *request)
{
	char		identity[160];

	set_text(out, "ClusterIdentifier", request->cluster);
	set_text(out, "WorkgroupName", request->workgroup);
	set_text(out, "Database", request->database);
	set_text(out, "SecretArn", request->secret_arn);
	if (request->db_user != NULL)
		set_text(out, "DbUser", request->db_user);
	else if (world->options.db_user != NULL)
		set_text(out, "DbUser", world->options.db_user);
	else if (request->secret_arn == NULL)
	{
		snprintf(identity, sizeof(identity), "%s:%s",
				 visit->auth.who.is_role ? "IAMR" : "IAM",
				 visit->auth.who.name);
		set_text(out, "DbUser", identity);
	}
}

static void
reply_executed(EmuWorld *world, EmuVisit *visit, EmuStatement *statement,
			   bool waited, EmuReply *reply)
{
	json_t	   *out = json_pack("{s:s}", "Id", statement->id);
	EmuFacts	facts;

	emu_statement_facts(world->statements, statement, &facts);
	json_object_set_new(out, "CreatedAt", emu_json_time(facts.created_us));
	set_place(world, visit, out, &statement->request);
	if (waited)
	{
		set_text(out, "Status", visit->trouble.kind ==
				 EMU_TROUBLE_UNKNOWN_STATUS ? "PONDERING" :
				 emu_state_name(facts.state));
		json_object_set_new(out, "RedshiftPid", json_integer(facts.pid));
		json_object_set_new(out, "HasResultSet",
							json_boolean(facts.result != NULL));
	}
	emu_reply_json(reply, out);
}

/* Hand a checked request to the store; NULL when the reply says why not. */
static EmuStatement *
submit(EmuWorld *world, EmuRequest *request, EmuReply *reply)
{
	EmuStatement *statement;
	char		message[96];

	switch (emu_statement_submit(world->statements, request, &statement))
	{
		case EMU_SUBMIT_NEW:
			emu_executor_start(world->executor, statement);
			break;
		case EMU_SUBMIT_KNOWN:
			break;
		case EMU_SUBMIT_OTHER_SQL:
			if (!world->options.reject_token_reuse)
				break;
			emu_statement_release(world->statements, statement);
			invalid(reply, "ClientToken was used with other parameters.");
			return NULL;
		case EMU_SUBMIT_TOO_MANY:
			snprintf(message, sizeof(message), "Active statements exceeded "
					 "the allowed quota (%ld)", world->options.active_max);
			emu_reply_json_error(reply, 400,
								 "ActiveStatementsExceededException",
								 message, NULL);
			return NULL;
	}
	return statement;
}

static void
execute_statement(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	EmuRequest	request = {0};
	EmuText		message = {0};
	EmuStatement *statement;
	long		seconds;

	if (!read_wait(world, visit, &seconds, reply))
		return;
	if (!emu_validate_execute(visit->input, &request, &message))
	{
		invalid(reply, message.data);
		emu_text_free(&message);
		emu_request_free(&request);
		return;
	}
	statement = submit(world, &request, reply);
	if (statement == NULL)
		return;
	snprintf(visit->id, sizeof(visit->id), "%s", statement->id);
	/* One submit may always wait; a reply that is lost is lost at once. */
	if (seconds > 0 && visit->trouble.kind != EMU_TROUBLE_LOST_REPLY &&
		!visit->trouble.after)
		emu_statement_wait(world->statements, statement, seconds,
						   visit->call->fd);
	reply_executed(world, visit, statement,
				   json_object_get(visit->input, "WaitTimeSeconds") != NULL &&
				   world->options.long_poll == EMU_LONG_POLL_ON, reply);
	emu_statement_release(world->statements, statement);
}

static json_t *
echo_params(const EmuRequest *request)
{
	json_t	   *list = json_array();

	for (size_t i = 0; i < request->nparams; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}",
											  "name", request->param_names[i],
											  "value",
											  request->param_values[i]));
	return list;
}

static void
reply_described(EmuWorld *world, EmuVisit *visit, EmuStatement *statement,
				EmuReply *reply)
{
	const EmuRequest *request = &statement->request;
	json_t	   *out = json_pack("{s:s, s:s, s:s}", "Id", statement->id,
								"QueryString", request->sql,
								"ResultFormat", "JSON");
	EmuFacts	facts;

	emu_statement_facts(world->statements, statement, &facts);
	set_place(world, visit, out, request);
	set_text(out, "Status", visit->trouble.kind ==
			 EMU_TROUBLE_UNKNOWN_STATUS ? "PONDERING" :
			 emu_state_name(facts.state));
	set_text(out, "Error", facts.error);
	json_object_set_new(out, "CreatedAt", emu_json_time(facts.created_us));
	json_object_set_new(out, "UpdatedAt", emu_json_time(facts.updated_us));
	json_object_set_new(out, "Duration", json_integer(facts.duration_ns));
	json_object_set_new(out, "HasResultSet",
						json_boolean(facts.result != NULL));
	json_object_set_new(out, "RedshiftPid", json_integer(facts.pid));
	json_object_set_new(out, "RedshiftQueryId", json_integer(facts.query_id));
	if (facts.query_id > 0)
		set_text(out, "RedshiftQueryUuid", facts.query_uuid);
	json_object_set_new(out, "ResultRows", json_integer(facts.rows));
	json_object_set_new(out, "ResultSize",
						json_integer(facts.result != NULL ?
									 facts.result->nbytes : -1));
	if (request->nparams > 0)
		json_object_set_new(out, "QueryParameters", echo_params(request));
	emu_reply_json(reply, out);
}

static void
describe_statement(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	EmuStatement *statement;
	long		seconds;

	if (!read_wait(world, visit, &seconds, reply))
		return;
	statement = find_statement(world, visit, reply);
	if (statement == NULL)
		return;
	if (wait_for(world, visit, statement, seconds, reply))
		reply_described(world, visit, statement, reply);
	emu_statement_release(world->statements, statement);
}

static void
cancel_statement(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	EmuStatement *statement = find_statement(world, visit, reply);
	EmuState	state;
	char		message[160];

	if (statement == NULL)
		return;
	state = emu_statement_cancel(world->statements, statement);
	if (emu_state_is_final(state))
	{
		snprintf(message, sizeof(message), "Could not cancel a query that is "
				 "already in %s state with ID: %s", emu_state_name(state),
				 statement->id);
		invalid(reply, message);
	}
	else
		emu_reply_json(reply, json_pack("{s:b}", "Status", 1));
	emu_statement_release(world->statements, statement);
}

/* An opaque token for page of statement; real ones are base64 too. */
static void
page_token(const EmuStatement *statement, size_t page, EmuText *token)
{
	char		plain[96];
	int			len = snprintf(plain, sizeof(plain), "%s/%zu", statement->id,
							   page);

	emu_text_add_base64(token, (unsigned char *) plain, (size_t) len);
}

/* The page that NextToken names, 0 without one; false if none is. */
static bool
find_page(const EmuStatement *statement, const EmuResult *result,
		  const char *token, size_t *page)
{
	bool		found = false;

	*page = 0;
	if (token == NULL)
		return true;
	for (size_t i = 0; i < result->npages && !found; i++)
	{
		EmuText		candidate = {0};

		page_token(statement, i, &candidate);
		found = strcmp(candidate.data, token) == 0;
		emu_text_free(&candidate);
		*page = i;
	}
	return found;
}

static void
reply_page(EmuWorld *world, EmuVisit *visit, const EmuStatement *statement,
		   const EmuResult *result, size_t page, EmuReply *reply)
{
	bool		repeat = visit->trouble.kind == EMU_TROUBLE_REPEAT_TOKEN;
	int64_t		total = result->nrows;
	EmuText    *body = &reply->body;

	if (visit->trouble.kind == EMU_TROUBLE_WRONG_TOTAL)
		total++;
	reply->status = 200;
	reply->content_type = EMU_TYPE_JSON;
	emu_text_free(body);
	emu_text_adds(body, "{");
	if (page == 0 || !world->options.head_on_first_page_only)
		emu_text_addf(body, "\"ColumnMetadata\":%s,\"TotalNumRows\":%lld,",
					  result->columns.data, (long long) total);
	emu_text_adds(body, "\"Records\":[");
	emu_text_add(body, result->pages[page].rows.data,
				 result->pages[page].rows.len);
	emu_text_adds(body, "]");
	if (repeat || page + 1 < result->npages)
	{
		emu_text_adds(body, ",\"NextToken\":\"");
		page_token(statement, repeat ? page : page + 1, body);
		emu_text_adds(body, "\"");
	}
	emu_text_adds(body, "}");
}

static void
get_statement_result(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	EmuStatement *statement;
	EmuFacts	facts;
	long		seconds;
	size_t		page;

	if (!read_wait(world, visit, &seconds, reply))
		return;
	statement = find_statement(world, visit, reply);
	if (statement == NULL)
		return;
	if (wait_for(world, visit, statement, seconds, reply))
	{
		emu_statement_facts(world->statements, statement, &facts);
		if (facts.result == NULL)
			not_found(world, reply, no_result, statement->id);
		else if (!find_page(statement, facts.result,
							emu_input_text(visit->input, "NextToken"), &page))
			invalid(reply, "NextToken is not valid.");
		else
			reply_page(world, visit, statement, facts.result, page, reply);
	}
	emu_statement_release(world->statements, statement);
}

static const struct
{
	const char *name;
	void		(*answer) (EmuWorld *, EmuVisit *, EmuReply *);
}			operations[] = {
	{"ExecuteStatement", execute_statement},
	{"DescribeStatement", describe_statement},
	{"GetStatementResult", get_statement_result},
	{"CancelStatement", cancel_statement},
};

#define NOPERATIONS (sizeof(operations) / sizeof(operations[0]))

bool
emu_dataapi_knows(const char *op)
{
	for (size_t i = 0; i < NOPERATIONS; i++)
	{
		if (strcmp(operations[i].name, op) == 0)
			return true;
	}
	return false;
}

void
emu_dataapi_answer(EmuWorld *world, const char *op, EmuVisit *visit,
				   EmuReply *reply)
{
	if (!emu_validate_types(visit->input))
	{
		emu_reply_front_error(reply, 400, "SerializationException",
							  "A member has the wrong type.");
		return;
	}
	for (size_t i = 0; i < NOPERATIONS; i++)
	{
		if (strcmp(operations[i].name, op) == 0)
			operations[i].answer(world, visit, reply);
	}
}
