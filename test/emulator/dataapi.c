/*
 * dataapi.c
 *		ExecuteStatement, BatchExecuteStatement, DescribeStatement and
 *		CancelStatement, and which file knows the other operations: from
 *		checked input (validate.c) to the reply. Moves no statement itself
 *		but by the store's functions; holds no lock.
 *
 * Members, texts and status codes: Redshift Data API Reference, and the
 * "Amazon Redshift Data API" chapters of the Redshift Management Guide.
 */
#include "dataapi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "catalog.h"
#include "lists.h"
#include "results.h"
#include "validate.h"

/* Members that tell where a statement runs, and as whom. */
static void
set_place(json_t *out, const EmuRequest *request)
{
	emu_answer_set_text(out, "ClusterIdentifier", request->cluster);
	emu_answer_set_text(out, "WorkgroupName", request->workgroup);
	emu_answer_set_text(out, "Database", request->database);
	emu_answer_set_text(out, "SecretArn", request->secret_arn);
	emu_answer_set_text(out, "SessionId", request->session_id);
	emu_answer_set_text(out, "DbUser", request->db_user);
}

static void
reply_executed(EmuWorld *world, EmuVisit *visit, EmuStatement *statement,
			   bool waited, EmuReply *reply)
{
	json_t	   *out = json_pack("{s:s}", "Id", statement->id);
	EmuFacts	facts;

	emu_statement_facts(world->statements, statement, 0, &facts);
	json_object_set_new(out, "CreatedAt", emu_json_time(facts.created_us));
	set_place(out, &statement->request);
	if (waited)
	{
		emu_answer_set_text(out, "Status", visit->trouble.kind ==
				 EMU_TROUBLE_UNKNOWN_STATUS ? "PONDERING" :
				 emu_state_name(facts.state));
		json_object_set_new(out, "RedshiftPid", json_integer(facts.pid));
		json_object_set_new(out, "HasResultSet",
							json_boolean(facts.has_result));
	}
	emu_reply_json(reply, out);
}

/* Open or claim the session that is wished; false when the reply says no. */
static bool
enter_session(EmuWorld *world, EmuRequest *request, EmuReply *reply)
{
	EmuSessionClaim claim = EMU_CLAIM_GRANTED;
	char		message[96];

	if (request->session_id != NULL)
		claim = emu_sessions_claim(world->sessions, request);
	else if (request->keep_alive_s > 0)
		claim = emu_sessions_open(world->sessions, request);
	if (claim == EMU_CLAIM_UNAVAILABLE)
		emu_answer_invalid(reply, "Session is not available");
	else if (claim == EMU_CLAIM_UNKNOWN)
	{
		snprintf(message, sizeof(message), "Session with Id: %s is invalid",
				 request->session_id);
		emu_answer_invalid(reply, message);
	}
	else if (claim == EMU_CLAIM_TOO_MANY)
	{
		snprintf(message, sizeof(message), "Active sessions exceeded the "
				 "allowed quota (%ld)", world->options.sessions_max);
		emu_reply_json_error(reply, 400, "ActiveSessionsExceededException",
							 message, NULL);
	}
	return claim == EMU_CLAIM_GRANTED;
}

/* A new statement goes to work, in its session if it has one. */
static void
start(EmuWorld *world, EmuStatement *statement)
{
	if (statement->request.session_id != NULL)
		emu_sessions_occupy(world->sessions, statement->request.session_id,
							statement->id);
	emu_executor_start(world->executor, statement);
}

/*
 * Hand a checked request, which is taken, to the store; NULL when the reply
 * says why not. The session comes first: in one that is busy even a token
 * that is known gets no answer.
 */
static EmuStatement *
submit(EmuWorld *world, EmuRequest *request, EmuReply *reply)
{
	bool		opened = request->session_id == NULL;
	char		session[EMU_UUID_SIZE] = "";
	EmuStatement *statement = NULL;
	EmuSubmitted outcome;
	char		message[96];

	if (!enter_session(world, request, reply))
	{
		emu_request_free(request);
		return NULL;
	}
	if (request->session_id != NULL)
		strcpy(session, request->session_id);
	outcome = emu_statement_submit(world->statements, request, &statement);
	if (*session != '\0' && outcome != EMU_SUBMIT_NEW)
		emu_sessions_unclaim(world->sessions, session, opened);
	switch (outcome)
	{
		case EMU_SUBMIT_NEW:
			start(world, statement);
			break;
		case EMU_SUBMIT_KNOWN:
			break;
		case EMU_SUBMIT_OTHER_SQL:
			if (!world->options.reject_token_reuse)
				break;
			emu_statement_release(world->statements, statement);
			emu_answer_invalid(reply, "ClientToken was used with other parameters.");
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

/* The database user that a caller without one is, but for a secret's. */
static void
choose_user(EmuWorld *world, EmuVisit *visit, EmuRequest *request)
{
	const EmuIdentity *who = &visit->auth.who;
	EmuText		user = {0};

	if (request->db_user != NULL || request->session_id != NULL)
		return;
	if (world->options.db_user != NULL)
		request->db_user = emu_strdup(world->options.db_user);
	else if (request->secret_arn == NULL)
	{
		emu_text_addf(&user, "%s:%s", who->is_role ? "IAMR" : "IAM",
					  who->name);
		request->db_user = user.data;
	}
}

/* Read a request of either kind; false when the reply says no. */
static bool
read_request(EmuWorld *world, EmuVisit *visit, bool is_batch,
			 EmuRequest *request, EmuReply *reply)
{
	EmuText		message = {0};

	request->owner = emu_answer_owner(visit);
	request->caller = emu_strdup(visit->auth.who.arn);
	if (emu_validate_execute(visit->input, is_batch, request, &message))
	{
		choose_user(world, visit, request);
		return true;
	}
	emu_answer_invalid(reply, message.data);
	emu_text_free(&message);
	emu_request_free(request);
	return false;
}

static void
execute(EmuWorld *world, EmuVisit *visit, bool is_batch, EmuReply *reply)
{
	EmuRequest	request = {0};
	EmuStatement *statement;
	long		seconds;

	if (!emu_answer_read_wait(world, visit, &seconds, reply) ||
		!read_request(world, visit, is_batch, &request, reply))
		return;
	statement = submit(world, &request, reply);
	if (statement == NULL)
		return;
	snprintf(visit->id, sizeof(visit->id), "%s", statement->id);
	/* One submit may always wait; a reply that is lost is lost at once. */
	if (seconds > 0 && visit->trouble.kind != EMU_TROUBLE_LOST_REPLY &&
		!visit->trouble.after)
		emu_statement_wait(world->statements, statement, 0, seconds,
						   visit->call->fd);
	reply_executed(world, visit, statement,
				   json_object_get(visit->input, "WaitTimeSeconds") != NULL &&
				   world->options.long_poll == EMU_LONG_POLL_ON, reply);
	emu_statement_release(world->statements, statement);
}

static void
execute_statement(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	execute(world, visit, false, reply);
}

static void
batch_execute_statement(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	execute(world, visit, true, reply);
}

/* Members that a statement and a sub-statement both have. */
static void
set_facts(EmuVisit *visit, json_t *out, const EmuFacts *facts)
{
	emu_answer_set_text(out, "Status", visit->trouble.kind ==
						EMU_TROUBLE_UNKNOWN_STATUS ? "PONDERING" :
						emu_state_name(facts->state));
	emu_answer_set_text(out, "Error", facts->error);
	json_object_set_new(out, "CreatedAt", emu_json_time(facts->created_us));
	json_object_set_new(out, "UpdatedAt", emu_json_time(facts->updated_us));
	json_object_set_new(out, "Duration", json_integer(facts->duration_ns));
	json_object_set_new(out, "HasResultSet", json_boolean(facts->has_result));
	json_object_set_new(out, "RedshiftQueryId",
						json_integer(facts->query_id));
	if (facts->query_id > 0)
		emu_answer_set_text(out, "RedshiftQueryUuid", facts->query_uuid);
	json_object_set_new(out, "ResultRows", json_integer(facts->rows));
	json_object_set_new(out, "ResultSize", json_integer(facts->nbytes));
}

/* The parts of a batch, or the one that was asked for. */
static json_t *
describe_parts(EmuWorld *world, EmuVisit *visit, EmuStatement *statement,
			   size_t wanted)
{
	json_t	   *list = json_array();

	for (size_t part = 1; part <= statement->request.nparts; part++)
	{
		char		id[EMU_UUID_SIZE + 8];
		json_t	   *out;
		EmuFacts	facts;

		if (wanted != 0 && part != wanted)
			continue;
		snprintf(id, sizeof(id), "%s:%zu", statement->id, part);
		out = json_pack("{s:s, s:s}", "Id", id, "QueryString",
						statement->request.parts[part - 1].sql);
		emu_statement_facts(world->statements, statement, part, &facts);
		set_facts(visit, out, &facts);
		json_array_append_new(list, out);
	}
	return list;
}

static void
reply_described(EmuWorld *world, EmuVisit *visit, EmuStatement *statement,
				size_t part, EmuReply *reply)
{
	const EmuRequest *request = &statement->request;
	json_t	   *out = json_pack("{s:s, s:s}", "Id", statement->id,
								"ResultFormat", request->csv ? "CSV" :
								"JSON");
	EmuFacts	facts;

	emu_statement_facts(world->statements, statement, 0, &facts);
	set_place(out, request);
	set_facts(visit, out, &facts);
	json_object_set_new(out, "RedshiftPid", json_integer(facts.pid));
	if (request->is_batch)
	{
		emu_answer_set_text(out, "ExecutionMode", request->auto_commit ?
							"AUTO_COMMIT" : "TRANSACTION");
		json_object_set_new(out, "SubStatements",
							describe_parts(world, visit, statement, part));
	}
	else
		emu_answer_set_text(out, "QueryString", request->sql);
	if (request->nparams > 0)
		json_object_set_new(out, "QueryParameters", emu_answer_params(request));
	emu_reply_json(reply, out);
}

static void
describe_statement(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	EmuStatement *statement;
	size_t		part;
	long		seconds;

	if (!emu_answer_read_wait(world, visit, &seconds, reply))
		return;
	statement = emu_answer_find(world, visit, &part, reply);
	if (statement == NULL)
		return;
	if (emu_answer_wait(world, visit, statement, part, seconds, reply))
		reply_described(world, visit, statement, part, reply);
	emu_statement_release(world->statements, statement);
}

static void
cancel_statement(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	size_t		part;
	EmuStatement *statement = emu_answer_find(world, visit, &part, reply);
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
		emu_answer_invalid(reply, message);
	}
	else
		emu_reply_json(reply, json_pack("{s:b}", "Status", 1));
	emu_statement_release(world->statements, statement);
}

static const struct
{
	const char *name;
	void		(*answer) (EmuWorld *, EmuVisit *, EmuReply *);
}			operations[] = {
	{"ExecuteStatement", execute_statement},
	{"BatchExecuteStatement", batch_execute_statement},
	{"DescribeStatement", describe_statement},
	{"GetStatementResult", emu_results_get},
	{"GetStatementResultV2", emu_results_get_csv},
	{"CancelStatement", cancel_statement},
	{"ListStatements", emu_lists_statements},
	{"ListSessions", emu_lists_sessions},
	{"ListDatabases", emu_catalog_databases},
	{"ListSchemas", emu_catalog_schemas},
	{"ListTables", emu_catalog_tables},
	{"DescribeTable", emu_catalog_describe},
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
