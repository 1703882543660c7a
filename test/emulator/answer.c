/*
 * answer.c
 *		Helpers of the Data API's operations; see answer.h. Owns no state.
 */
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validate.h"

void
emu_answer_not_found(EmuWorld *world, EmuReply *reply, const char *message,
		  const char *id)
{
	emu_reply_json_error(reply, world->options.not_found_status,
						 "ResourceNotFoundException", message, id);
}

void
emu_answer_invalid(EmuReply *reply, const char *message)
{
	emu_reply_json_error(reply, 400, "ValidationException", message, NULL);
}

/* Seconds to wait, 0 for none; false when the reply says what is wrong. */
bool
emu_answer_read_wait(EmuWorld *world, EmuVisit *visit, long *seconds, EmuReply *reply)
{
	json_t	   *member = json_object_get(visit->input, "WaitTimeSeconds");

	*seconds = 0;
	if (member == NULL || world->options.long_poll == EMU_LONG_POLL_IGNORE)
		return true;
	if (world->options.long_poll == EMU_LONG_POLL_REJECT)
	{
		emu_answer_invalid(reply, "WaitTimeSeconds is not supported.");
		return false;
	}
	*seconds = (long) json_integer_value(member);
	if (*seconds < 1 || *seconds > 30)
	{
		emu_answer_invalid(reply, "WaitTimeSeconds must be between 1 and 30.");
		return false;
	}
	if (visit->trouble.kind == EMU_TROUBLE_EARLY)
		*seconds = 0;
	return true;
}

/* Wait as asked; false when there are too many who do. */
bool
emu_answer_wait(EmuWorld *world, EmuVisit *visit, EmuStatement *statement,
				size_t part, long seconds, EmuReply *reply)
{
	if (seconds == 0 ||
		emu_statement_wait(world->statements, statement, part, seconds,
						   visit->call->fd) == EMU_WAIT_OVER)
		return true;
	emu_reply_json_error(reply, 400, "ActiveWaitingRequestsExceededException",
						 "Active waiting requests exceeded the allowed quota.",
						 NULL);
	return false;
}

/* The digits after the colon name a part, which must be one of the batch. */
static bool
read_part(const EmuStatement *statement, const char *suffix, size_t *part)
{
	*part = 0;
	if (*suffix == '\0')
		return true;
	*part = (size_t) strtoul(suffix + 1, NULL, 10);
	return statement->request.is_batch && *part >= 1 &&
		*part <= statement->request.nparts;
}

EmuStatement *
emu_answer_find(EmuWorld *world, EmuVisit *visit, size_t *part,
				EmuReply *reply)
{
	const char *id = emu_input_text(visit->input, "Id");
	EmuStatement *statement;

	if (!emu_validate_id(id))
	{
		emu_answer_invalid(reply, "id must satisfy regex pattern: "
						   "^[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}"
						   "(:\\d+)?$");
		return NULL;
	}
	snprintf(visit->id, sizeof(visit->id), "%s", id);
	statement = emu_statement_find(world->statements, id);
	if (statement != NULL &&
		!read_part(statement, id + EMU_UUID_SIZE - 1, part))
	{
		emu_statement_release(world->statements, statement);
		statement = NULL;
	}
	if (statement == NULL)
		emu_answer_not_found(world, reply, "Query does not exist.", id);
	return statement;
}

void
emu_answer_set_text(json_t *object, const char *name, const char *value)
{
	if (value != NULL)
		json_object_set_new(object, name, json_string(value));
}

json_t *
emu_answer_params(const EmuRequest *request)
{
	json_t	   *list = json_array();

	for (size_t i = 0; i < request->nparams; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}",
											  "name", request->param_names[i],
											  "value",
											  request->param_values[i]));
	return list;
}

char *
emu_answer_owner(const EmuVisit *visit)
{
	const EmuIdentity *who = &visit->auth.who;
	EmuText		owner = {0};

	emu_text_addf(&owner, "%s/%s/%s", who->account,
				  who->is_role ? "role" : "user", who->name);
	return owner.data;
}
