/*
 * router.c
 *		Decides what a call is and sends it through signature, trouble,
 *		operation and ledger, in that order. Owns no state.
 */
#include "router.h"

#include <stdlib.h>
#include <string.h>

#include "admin.h"
#include "damage.h"
#include "dataapi.h"
#include "query.h"
#include "validate.h"

#define TARGET_PREFIX "RedshiftData."

/* A call that was recognised. */
typedef struct Route
{
	const char *op;
	const char *service;		/* signing name */
	const char *xmlns;			/* of error bodies; NULL: JSON */
} Route;

/* Codes of one fault in the two kinds of protocol. */
static const struct
{
	EmuAuthFault fault;
	int			status;
	const char *json_code;
	const char *query_code;
}			auth_errors[] = {
	{EMU_AUTH_MISSING, 403, "MissingAuthenticationTokenException",
	"MissingAuthenticationToken"},
	{EMU_AUTH_INCOMPLETE, 403, "IncompleteSignatureException",
	"IncompleteSignature"},
	{EMU_AUTH_UNKNOWN_KEY, 403, "UnrecognizedClientException",
	"InvalidClientTokenId"},
	{EMU_AUTH_EXPIRED, 403, "InvalidSignatureException",
	"SignatureDoesNotMatch"},
	{EMU_AUTH_MISMATCH, 403, "InvalidSignatureException",
	"SignatureDoesNotMatch"},
};

static void
refuse_auth(const Route *route, const EmuAuth *auth, EmuReply *reply)
{
	size_t		i = 0;

	while (auth_errors[i].fault != auth->fault)
		i++;
	if (route->xmlns != NULL)
		emu_reply_xml_error(reply, route->xmlns, auth_errors[i].status,
							auth_errors[i].query_code, auth->message);
	else
		emu_reply_front_error(reply, auth_errors[i].status,
							  auth_errors[i].json_code, auth->message);
}

static json_t *
read_json(const EmuCall *call)
{
	json_t	   *input = json_loadb(call->body.len > 0 ? call->body.data : "",
								   call->body.len, JSON_ALLOW_NUL, NULL);

	if (json_is_object(input))
		return input;
	json_decref(input);
	return NULL;
}

/* Recognise the operation and read its input; false when reply says no. */
static bool
recognise(const EmuCall *call, Route *route, json_t **input, EmuReply *reply)
{
	const char *target = emu_call_header(call, "x-amz-target");

	memset(route, 0, sizeof(*route));
	if (target != NULL)
	{
		size_t		len = strlen(TARGET_PREFIX);

		route->op = strncmp(target, TARGET_PREFIX, len) == 0 ?
			target + len : target;
		route->service = "redshift-data";
		if (!emu_dataapi_knows(route->op))
		{
			emu_reply_front_error(reply, 404, "UnknownOperationException",
								  "The operation is not known.");
			return false;
		}
		*input = read_json(call);
		if (*input == NULL)
			emu_reply_front_error(reply, 400, "SerializationException",
								  "The body is not a JSON object.");
		return *input != NULL;
	}
	*input = emu_query_read_form(call->body.len > 0 ? call->body.data : "",
								 call->body.len);
	route->op = emu_input_text(*input, "Action");
	route->service = route->op != NULL ? emu_query_service(route->op) : NULL;
	route->xmlns = emu_query_xmlns(route->service ? route->service : "sns");
	if (route->service == NULL)
		emu_reply_xml_error(reply, route->xmlns, 400, "InvalidAction",
							"Could not find operation");
	return route->service != NULL;
}

/* What the match of a rule may be found in. */
static void
take_trouble(EmuWorld *world, const Route *route, EmuVisit *visit)
{
	const char *id = emu_input_text(visit->input, "Id");
	EmuStatement *statement = id == NULL ? NULL :
		emu_statement_find(world->statements, id);
	const char *subjects[] = {
		id,
		statement != NULL ? statement->request.sql : NULL,
		statement != NULL ? statement->request.name : NULL,
		emu_input_text(visit->input, "Sql"),
		emu_input_text(visit->input, "StatementName"),
		emu_input_text(visit->input, "ClientToken"),
		emu_input_text(visit->input, "Subject"),
		emu_input_text(visit->input, "Message"),
		emu_input_text(visit->input, "TopicArn"),
	};

	emu_troubles_take(world->troubles, route->op, subjects,
					  sizeof(subjects) / sizeof(subjects[0]),
					  &visit->trouble);
	if (statement != NULL)
		emu_statement_release(world->statements, statement);
}

static void
carry_out(EmuWorld *world, const Route *route, EmuVisit *visit,
		  EmuReply *reply)
{
	int64_t		now_us = emu_now_us() +
		world->options.clock_offset_s * INT64_C(1000000);

	emu_sigv4_verify(visit->call, &world->options, route->service, now_us,
					 &visit->auth);
	if (visit->auth.fault != EMU_AUTH_OK)
	{
		refuse_auth(route, &visit->auth, reply);
		return;
	}
	take_trouble(world, route, visit);
	if (emu_damage_before(world->troubles, &visit->trouble, visit->call->fd,
						  route->xmlns, reply))
		return;
	if (route->xmlns != NULL)
		emu_query_answer(world, route->op, visit, reply);
	else
		emu_dataapi_answer(world, route->op, visit, reply);
	emu_damage_after(world->troubles, &visit->trouble, visit->call->fd,
					 route->xmlns, reply);
}

static void
answer_aws(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	EmuVisit	visit = {.call = call};
	Route		route;
	bool		known = recognise(call, &route, &visit.input, reply);
	int64_t		n = emu_ledger_call(world->ledger,
									route.op != NULL ? route.op : "?");
	bool		silent;

	if (known)
		carry_out(world, &route, &visit, reply);
	silent = reply->delivery == EMU_CUT || reply->delivery == EMU_RESET;
	emu_ledger_answered(world->ledger, n, *visit.id != '\0' ? visit.id : NULL,
						visit.input == NULL ? NULL :
						emu_input_text(visit.input, "ClientToken"),
						visit.trouble.name, silent ? 0 : reply->status);
	json_decref(visit.input);
}

void
emu_router_answer(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	if (call->too_large)
		emu_reply_front_error(reply, 413, "RequestEntityTooLargeException",
							  "The request is too large.");
	else if (emu_admin_owns(call->uri))
		emu_admin_answer(world, call, reply);
	else if (strcmp(call->method, "POST") != 0)
		emu_reply_front_error(reply, 405, "MethodNotAllowedException",
							  "The method is not allowed.");
	else
		answer_aws(world, call, reply);
}
