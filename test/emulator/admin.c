/*
 * admin.c
 *		What tests steer and read, unsigned, beside the AWS operations. Calls
 *		here are not in the ledger. Owns no state.
 */
#include "admin.h"

#include <stdlib.h>
#include <string.h>

#include "dataapi.h"
#include "query.h"

static const char prefix[] = "/_emulator/";

bool
emu_admin_owns(const char *uri)
{
	return strncmp(uri, prefix, sizeof(prefix) - 1) == 0;
}

static void
refuse(EmuReply *reply, int status, const char *complaint)
{
	emu_reply_json(reply, json_pack("{s:s}", "error", complaint));
	reply->status = status;
}

static void
done(EmuReply *reply)
{
	emu_reply_json(reply, json_pack("{s:b}", "ok", 1));
}

static void
health(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	(void) world;
	(void) call;
	done(reply);
}

static void
ledger(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	const char *since = strstr(call->uri, "?since=");

	emu_reply_json(reply, emu_ledger_dump(world->ledger,
										  since != NULL ?
										  atoll(since + 7) : 0));
}

static void
published(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	(void) call;
	emu_reply_json(reply, json_pack("{s:o}", "messages",
									emu_topics_dump(world->topics)));
}

static json_t *
dump_statement(EmuWorld *world, EmuStatement *statement)
{
	const EmuRequest *request = &statement->request;
	EmuFacts	facts;

	emu_statement_facts(world->statements, statement, 0, &facts);
	return json_pack("{s:s, s:s?, s:s?, s:s, s:i, s:s, s:I, s:i, s:o}",
					 "id", statement->id, "token", request->token,
					 "name", request->name, "sql", request->sql,
					 "parts", (int) request->nparts,
					 "status", emu_state_name(facts.state),
					 "rows", (json_int_t) facts.rows,
					 "waiters", emu_statement_waiters(world->statements,
													  statement),
					 "created_at", emu_json_time(facts.created_us));
}

static void
statements(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	json_t	   *out = json_array();
	size_t		count;
	EmuStatement **list = emu_statements_list(world->statements, &count);

	(void) call;
	/* It has the newest first, this the oldest. */
	while (count-- > 0)
	{
		json_array_append_new(out, dump_statement(world, list[count]));
		emu_statement_release(world->statements, list[count]);
	}
	free(list);
	emu_reply_json(reply, json_pack("{s:o}", "statements", out));
}

static void
sessions(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	(void) call;
	emu_reply_json(reply, json_pack("{s:o}", "sessions",
									emu_sessions_dump(world->sessions,
													  NULL)));
}

/* End what is at work in a session that was closed. */
static void
cancel_in_session(EmuWorld *world, const char *id)
{
	EmuStatement *statement = *id == '\0' ? NULL :
		emu_statement_find(world->statements, id);

	if (statement == NULL)
		return;
	emu_statement_cancel(world->statements, statement);
	emu_statement_release(world->statements, statement);
}

static void
close_sessions(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	json_t	   *wish = json_loadb(call->body.len > 0 ? call->body.data : "",
								  call->body.len, 0, NULL);
	const char *id = NULL;
	char		statement[EMU_UUID_SIZE];

	if (json_unpack(wish, "{s:s!}", "close", &id) != 0)
		refuse(reply, 400, "an object with close: a session's id or *");
	else if (!emu_sessions_close(world->sessions, id, statement))
		refuse(reply, 404, "no such session");
	else
	{
		cancel_in_session(world, statement);
		done(reply);
	}
	json_decref(wish);
}

static void
list_rates(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	(void) call;
	emu_reply_json(reply, json_pack("{s:o}", "rates",
									emu_rates_dump(world->rates)));
}

/* {"OP": N, ...} */
static void
set_rates(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	json_t	   *wish = json_loadb(call->body.len > 0 ? call->body.data : "",
								  call->body.len, 0, NULL);
	bool		good = json_is_object(wish);
	const char *op;
	json_t	   *limit;

	json_object_foreach(wish, op, limit)
		good = good && json_is_number(limit) && json_number_value(limit) >= 0 &&
			(strcmp(op, "*") == 0 || emu_dataapi_knows(op) ||
			 emu_query_service(op) != NULL);
	if (!good)
		refuse(reply, 400, "an object of operations and calls per second");
	else
	{
		json_object_foreach(wish, op, limit)
			emu_rates_set(world->rates, op, json_number_value(limit));
		done(reply);
	}
	json_decref(wish);
}

static void
show_canned(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	(void) call;
	emu_reply_json(reply, emu_canned_dump(world->canned));
}

static void
set_canned(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	json_t	   *wish = json_loadb(call->body.len > 0 ? call->body.data : "",
								  call->body.len, 0, NULL);
	const char *complaint = wish == NULL ? "not JSON" :
		emu_canned_set(world->canned, wish);

	json_decref(wish);
	if (complaint != NULL)
		refuse(reply, 400, complaint);
	else
		done(reply);
}

static void
list_trouble(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	(void) call;
	emu_reply_json(reply, json_pack("{s:o}", "rules",
									emu_troubles_dump(world->troubles)));
}

/* A rule for an operation that never comes would be a silent mistake. */
static bool
op_exists(json_t *rule)
{
	const char *op = json_string_value(json_object_get(rule, "op"));

	return op == NULL || strcmp(op, "*") == 0 || emu_dataapi_knows(op) ||
		emu_query_service(op) != NULL || emu_metadata_knows(op);
}

/* One rule, or an array of them. */
static void
add_trouble(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	json_t	   *body = json_loadb(call->body.len > 0 ? call->body.data : "",
								  call->body.len, 0, NULL);
	json_t	   *list = json_is_array(body) ? json_incref(body) :
		json_pack("[O]", body);
	const char *complaint = body == NULL ? "not JSON" : NULL;
	json_t	   *rule;
	size_t		i;

	json_array_foreach(list, i, rule)
	{
		if (complaint == NULL && !op_exists(rule))
			complaint = "no such op";
		if (complaint == NULL)
			complaint = emu_troubles_add(world->troubles, rule);
	}
	json_decref(list);
	json_decref(body);
	if (complaint != NULL)
		refuse(reply, 400, complaint);
	else
		done(reply);
}

static void
clear_trouble(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	(void) call;
	emu_troubles_clear(world->troubles);
	done(reply);
}

static void
release(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	(void) call;
	emu_troubles_release(world->troubles);
	done(reply);
}

static void
credentials(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	(void) call;
	emu_reply_json(reply, emu_keyring_dump(world->keyring));
}

/* null or a string; absent counts as null. */
static bool
is_text_or_null(json_t *member)
{
	return member == NULL || json_is_null(member) || json_is_string(member);
}

/* Change what the members of wish say; NULL, or what is wrong with it. */
static const char *
change_credentials(EmuWorld *world, json_t *wish)
{
	static const char complaint[] = "an object with some of expire, rotate, "
		"ttl, instance, web_identity_token, container_token";
	json_t	   *web_token = NULL;
	json_t	   *container_token = NULL;
	const char *mode = NULL;
	EmuInstance instance = EMU_INSTANCE_V2;
	json_int_t	ttl = -1;
	int			expire = 0;
	int			rotate = 0;

	/* The mark refuses a misspelt member. */
	if (json_unpack(wish, "{s?b, s?b, s?I, s?s, s?o, s?o!}",
					"expire", &expire, "rotate", &rotate, "ttl", &ttl,
					"instance", &mode, "web_identity_token", &web_token,
					"container_token", &container_token) != 0 ||
		!is_text_or_null(web_token) || !is_text_or_null(container_token) ||
		(mode != NULL && !emu_options_read_instance(mode, &instance)))
		return complaint;
	if (ttl >= 0)
		emu_keyring_set_ttl(world->keyring, (long) ttl);
	if (mode != NULL)
		emu_metadata_set_instance(world->metadata, instance);
	if (web_token != NULL)
		emu_keyring_set_web_token(world->keyring,
								  json_string_value(web_token));
	if (container_token != NULL)
		emu_metadata_set_token(world->metadata,
							   json_string_value(container_token));
	if (expire)
		emu_keyring_expire(world->keyring);
	if (rotate)
		emu_keyring_rotate(world->keyring);
	return NULL;
}

static void
set_credentials(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	json_t	   *wish = json_loadb(call->body.len > 0 ? call->body.data : "",
								  call->body.len, 0, NULL);
	const char *complaint = wish == NULL ? "not JSON" :
		change_credentials(world, wish);

	json_decref(wish);
	if (complaint != NULL)
		refuse(reply, 400, complaint);
	else
		done(reply);
}

static void
reset(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	(void) call;
	emu_troubles_clear(world->troubles);
	emu_troubles_release(world->troubles);
	emu_statements_reset(world->statements);
	emu_sessions_reset(world->sessions);
	emu_ledger_reset(world->ledger);
	emu_topics_reset(world->topics);
	emu_keyring_reset(world->keyring);
	emu_metadata_reset(world->metadata);
	done(reply);
}

static const struct
{
	const char *method;
	const char *path;
	void		(*answer) (EmuWorld *, const EmuCall *, EmuReply *);
}			routes[] = {
	{"GET", "health", health},
	{"GET", "ledger", ledger},
	{"GET", "published", published},
	{"GET", "statements", statements},
	{"GET", "credentials", credentials},
	{"POST", "credentials", set_credentials},
	{"GET", "sessions", sessions},
	{"POST", "sessions", close_sessions},
	{"GET", "rate", list_rates},
	{"POST", "rate", set_rates},
	{"GET", "canned", show_canned},
	{"POST", "canned", set_canned},
	{"GET", "trouble", list_trouble},
	{"POST", "trouble", add_trouble},
	{"DELETE", "trouble", clear_trouble},
	{"POST", "release", release},
	{"POST", "reset", reset},
};

void
emu_admin_answer(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	const char *path = call->uri + sizeof(prefix) - 1;
	size_t		len = strcspn(path, "?");

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
	{
		if (strlen(routes[i].path) == len &&
			strncmp(routes[i].path, path, len) == 0 &&
			strcmp(routes[i].method, call->method) == 0)
		{
			routes[i].answer(world, call, reply);
			return;
		}
	}
	refuse(reply, 404, "no such thing");
}
