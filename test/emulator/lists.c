/*
 * lists.c
 *		ListStatements and ListSessions: the caller's own, the newest first,
 *		page by page. Owns no state.
 *
 * Members, defaults and exclusions: Redshift Data API Reference.
 */
#include "lists.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "paging.h"
#include "validate.h"

#define LIST_MAX 100

typedef struct Filter
{
	const char *name;			/* prefix; NULL: any */
	const char *status;			/* NULL: as the operation does without */
	const char *session;
	const char *database;
	const char *cluster;
	const char *workgroup;
	const char *caller;			/* NULL: anyone of the role */
} Filter;

/* Read what both operations know; false when the reply says no. */
static bool
read_filter(EmuVisit *visit, Filter *filter, EmuReply *reply)
{
	json_t	   *input = visit->input;
	json_t	   *role_level = json_object_get(input, "RoleLevel");

	filter->name = emu_input_text(input, "StatementName");
	filter->status = emu_input_text(input, "Status");
	filter->session = emu_input_text(input, "SessionId");
	filter->database = emu_input_text(input, "Database");
	filter->cluster = emu_input_text(input, "ClusterIdentifier");
	filter->workgroup = emu_input_text(input, "WorkgroupName");
	filter->caller = json_is_false(role_level) ? visit->auth.who.arn : NULL;
	if (filter->cluster == NULL || filter->workgroup == NULL)
		return true;
	emu_answer_invalid(reply, "ClusterIdentifier and WorkgroupName exclude "
					   "each other.");
	return false;
}

static bool
equals(const char *wanted, const char *got)
{
	return wanted == NULL || (got != NULL && strcmp(wanted, got) == 0);
}

/* Without a status only those that finished are listed. */
static bool
status_fits(const char *wanted, EmuState state)
{
	if (wanted == NULL)
		return state == EMU_FINISHED;
	return strcmp(wanted, "ALL") == 0 ||
		strcmp(wanted, emu_state_name(state)) == 0;
}

static bool
statement_fits(const Filter *filter, const EmuRequest *request,
			   const char *owner, EmuState state)
{
	const char *name = request->name != NULL ? request->name : "";

	return strcmp(request->owner, owner) == 0 &&
		status_fits(filter->status, state) &&
		(filter->name == NULL ||
		 strncmp(name, filter->name, strlen(filter->name)) == 0) &&
		equals(filter->database, request->database) &&
		equals(filter->cluster, request->cluster) &&
		equals(filter->workgroup, request->workgroup) &&
		equals(filter->caller, request->caller);
}

static json_t *
show_statement(const EmuStatement *statement, const EmuFacts *facts)
{
	const EmuRequest *request = &statement->request;
	json_t	   *texts = json_array();
	json_t	   *out = json_pack("{s:s, s:s, s:o, s:o, s:b, s:s}",
								"Id", statement->id,
								"Status", emu_state_name(facts->state),
								"CreatedAt", emu_json_time(facts->created_us),
								"UpdatedAt", emu_json_time(facts->updated_us),
								"IsBatchStatement", (int) request->is_batch,
								"ResultFormat",
								request->csv ? "CSV" : "JSON");

	for (size_t i = 0; i < request->nparts; i++)
		json_array_append_new(texts, json_string(request->parts[i].sql));
	if (!request->is_batch)
		emu_answer_set_text(out, "QueryString", request->sql);
	json_object_set_new(out, "QueryStrings", texts);
	emu_answer_set_text(out, "SecretArn", request->secret_arn);
	emu_answer_set_text(out, "StatementName", request->name);
	emu_answer_set_text(out, "SessionId", request->session_id);
	if (request->nparams > 0)
		json_object_set_new(out, "QueryParameters",
							emu_answer_params(request));
	return out;
}

static bool
check_status(const char *status, EmuReply *reply)
{
	EmuState	state;

	if (status == NULL || strcmp(status, "ALL") == 0 ||
		emu_state_read(status, &state))
		return true;
	emu_answer_invalid(reply, "1 validation error detected: Value at "
					   "'status' failed to satisfy constraint: Member must "
					   "satisfy enum value set: [SUBMITTED, PICKED, STARTED, "
					   "FINISHED, ABORTED, FAILED, ALL]");
	return false;
}

/* Add a statement that fits to the page; false when the page was full. */
static bool
add_statement(const EmuPaging *paging, const EmuStatement *statement,
			  const EmuFacts *facts, int64_t *last, json_t *out)
{
	json_t	   *found = json_object_get(out, "Statements");

	if (json_array_size(found) == (size_t) paging->limit)
	{
		emu_paging_set_next(paging, out, *last);
		return false;
	}
	json_array_append_new(found, show_statement(statement, facts));
	*last = statement->number;
	return true;
}

static void
collect(EmuWorld *world, EmuVisit *visit, const Filter *filter,
		const EmuPaging *paging, json_t *out)
{
	char	   *owner = emu_answer_owner(visit);
	bool		open = true;
	int64_t		last = 0;
	size_t		count;
	EmuStatement **list = emu_statements_list(world->statements, &count);

	for (size_t i = 0; i < count; i++)
	{
		EmuStatement *statement = list[i];
		EmuFacts	facts;

		emu_statement_facts(world->statements, statement, 0, &facts);
		if (open && (paging->mark < 0 || statement->number < paging->mark) &&
			statement_fits(filter, &statement->request, owner, facts.state))
			open = add_statement(paging, statement, &facts, &last, out);
		emu_statement_release(world->statements, statement);
	}
	free(list);
	free(owner);
}

void
emu_lists_statements(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	EmuPaging	paging;
	Filter		filter;
	json_t	   *out;

	if (!emu_paging_read(&paging, "ListStatements", LIST_MAX, visit->input,
						 reply) ||
		!read_filter(visit, &filter, reply) ||
		!check_status(filter.status, reply))
		return;
	out = json_pack("{s:[]}", "Statements");
	collect(world, visit, &filter, &paging, out);
	emu_reply_json(reply, out);
}

/* A session's id stands alone; its status is one of three words. */
static bool
check_session_filter(const Filter *filter, EmuReply *reply)
{
	static const char *const words[] = {"AVAILABLE", "BUSY", "CLOSED"};

	if (filter->session != NULL &&
		(filter->status != NULL || filter->cluster != NULL ||
		 filter->workgroup != NULL || filter->database != NULL))
	{
		emu_answer_invalid(reply, "SessionId excludes Status, "
						   "ClusterIdentifier, WorkgroupName and Database.");
		return false;
	}
	if (filter->session != NULL && !emu_validate_id(filter->session))
	{
		emu_answer_invalid(reply, "sessionId must satisfy regex pattern: "
						   "^[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}"
						   "(:\\d+)?$");
		return false;
	}
	for (int i = 0; i < 3; i++)
	{
		if (equals(filter->status, words[i]))
			return true;
	}
	emu_answer_invalid(reply, "1 validation error detected: Value at "
					   "'status' failed to satisfy constraint: Member must "
					   "satisfy enum value set: [AVAILABLE, BUSY, CLOSED]");
	return false;
}

/* One that is closed is shown only to those who ask for it. */
static bool
session_fits(const Filter *filter, json_t *session)
{
	const char *status = emu_input_text(session, "Status");

	if (filter->session != NULL)
		return equals(filter->session, emu_input_text(session, "SessionId"));
	if (filter->status == NULL && strcmp(status, "CLOSED") == 0)
		return false;
	return equals(filter->status, status) &&
		equals(filter->database, emu_input_text(session, "Database")) &&
		equals(filter->cluster,
			   emu_input_text(session, "ClusterIdentifier")) &&
		equals(filter->workgroup, emu_input_text(session, "WorkgroupName")) &&
		equals(filter->caller, emu_input_text(session, "Caller"));
}

/* The same for sessions, of which there are few. */
static void
collect_sessions(json_t *all, const Filter *filter, const EmuPaging *paging,
				 json_t *out)
{
	json_t	   *found = json_object_get(out, "Sessions");
	json_t	   *session;
	int64_t		last = 0;
	size_t		i;

	json_array_foreach(all, i, session)
	{
		int64_t		number = json_integer_value(
							 json_object_get(session, "Number"));

		if ((paging->mark >= 0 && number >= paging->mark) ||
			!session_fits(filter, session))
			continue;
		if (json_array_size(found) == (size_t) paging->limit)
		{
			emu_paging_set_next(paging, out, last);
			break;
		}
		last = number;
		json_object_del(session, "Number");
		json_object_del(session, "Caller");
		json_array_append(found, session);
	}
}

void
emu_lists_sessions(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	char	   *owner;
	EmuPaging	paging;
	Filter		filter;
	json_t	   *all;
	json_t	   *out;

	if (!emu_paging_read(&paging, "ListSessions", LIST_MAX, visit->input,
						 reply) ||
		!read_filter(visit, &filter, reply) ||
		!check_session_filter(&filter, reply))
		return;
	out = json_pack("{s:[]}", "Sessions");
	owner = emu_answer_owner(visit);
	all = emu_sessions_dump(world->sessions, owner);
	free(owner);
	collect_sessions(all, &filter, &paging, out);
	json_decref(all);
	if (filter.session != NULL &&
		json_array_size(json_object_get(out, "Sessions")) == 0)
	{
		json_decref(out);
		emu_answer_not_found(world, reply, "Session does not exist.",
							 filter.session);
	}
	else
		emu_reply_json(reply, out);
}
