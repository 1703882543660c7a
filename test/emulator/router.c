/*
 * router.c
 *		Decides what a call is and sends it through signature, trouble,
 *		operation and ledger, in that order. Owns no state.
 */
#include "router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin.h"
#include "damage.h"
#include "dataapi.h"
#include "query.h"
#include "sts.h"
#include "validate.h"

#define TARGET_PREFIX "RedshiftData."

/* A call that was recognised. */
typedef struct Route
{
	const char *op;
	const char *service;		/* signing name; NULL: nothing is signed */
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
	{EMU_AUTH_KEY_EXPIRED, 403, "ExpiredTokenException", "ExpiredToken"},
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

/* An operation of the Data API. */
static bool
recognise_target(const EmuCall *call, const char *target, Route *route,
				 json_t **input, EmuReply *reply)
{
	size_t		len = strlen(TARGET_PREFIX);
	bool		prefixed = strncmp(target, TARGET_PREFIX, len) == 0;

	route->op = prefixed ? target + len : target;
	route->service = "redshift-data";
	if (!prefixed || !emu_dataapi_knows(route->op))
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

/* Does a Query request name the version of the service's API? */
static bool
check_version(const Route *route, json_t *input, EmuReply *reply)
{
	const char *version = emu_input_text(input, "Version");
	char		message[256];

	if (version != NULL &&
		strcmp(version, emu_query_version(route->service)) == 0)
		return true;
	snprintf(message, sizeof(message), "Could not find operation %s for "
			 "version %.64s", route->op,
			 version != NULL ? version : "NO_VERSION_SPECIFIED");
	emu_reply_xml_error(reply, route->xmlns, 400, "InvalidAction", message);
	return false;
}

/* Recognise the operation and read its input; false when reply says no. */
static bool
recognise(const EmuCall *call, Route *route, json_t **input, EmuReply *reply)
{
	const char *target = emu_call_header(call, "x-amz-target");

	memset(route, 0, sizeof(*route));
	if (target != NULL)
		return recognise_target(call, target, route, input, reply);
	*input = emu_query_read_form(call->body.len > 0 ? call->body.data : "",
								 call->body.len);
	route->op = emu_input_text(*input, "Action");
	route->service = route->op != NULL ? emu_query_service(route->op) : NULL;
	route->xmlns = emu_query_xmlns(route->service ? route->service : "sns");
	if (route->service != NULL)
		return check_version(route, *input, reply);
	emu_reply_xml_error(reply, route->xmlns, 400, "InvalidAction",
						"Could not find operation");
	return false;
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
		emu_input_text(visit->input, "RoleArn"),
		emu_input_text(visit->input, "RoleSessionName"),
		visit->auth.access_key,
	};

	emu_troubles_take(world->troubles, route->op, subjects,
					  sizeof(subjects) / sizeof(subjects[0]),
					  &visit->trouble);
	if (statement != NULL)
		emu_statement_release(world->statements, statement);
}

/* More calls came than are allowed in a second. */
static void
throttle(const Route *route, EmuReply *reply)
{
	if (route->xmlns != NULL)
		emu_reply_xml_error(reply, route->xmlns, 400, "Throttling",
							"Rate exceeded");
	else
		emu_reply_front_error(reply, 400, "ThrottlingException",
							  "Rate exceeded");
}

static void
carry_out(EmuWorld *world, const Route *route, EmuVisit *visit,
		  EmuReply *reply)
{
	if (route->service != NULL)
		emu_sigv4_verify(visit->call, &world->options, world->keyring,
						 route->service, visit->now_us, &visit->auth);
	if (emu_sts_is_unsigned(route->op))
		visit->auth.fault = EMU_AUTH_OK;
	if (visit->auth.fault != EMU_AUTH_OK)
	{
		refuse_auth(route, &visit->auth, reply);
		return;
	}
	if (!emu_rates_pass(world->rates, route->op))
	{
		throttle(route, reply);
		return;
	}
	take_trouble(world, route, visit);
	if (emu_damage_before(world->troubles, &visit->trouble, visit->call->fd,
						  route->xmlns, reply))
		return;
	if (emu_metadata_knows(route->op))
		emu_metadata_answer(world, route->op, visit, reply);
	else if (route->xmlns != NULL)
		emu_query_answer(world, route->op, visit, reply);
	else
		emu_dataapi_answer(world, route->op, visit, reply);
	emu_damage_after(world->troubles, &visit->trouble, visit->call->fd,
					 route->xmlns, reply);
}

/* Answer a call that route is for, known or not, and keep it in the ledger. */
static void
answer(EmuWorld *world, const Route *route, bool known, EmuVisit *visit,
	   EmuReply *reply)
{
	int64_t		n = emu_ledger_call(world->ledger,
									route->op != NULL ? route->op : "?",
									visit->input == NULL ? NULL :
									emu_input_text(visit->input,
												   "ClientToken"));
	bool		silent;

	visit->now_us = emu_now_us() +
		world->options.clock_offset_s * INT64_C(1000000);
	if (known)
		carry_out(world, route, visit, reply);
	silent = reply->delivery == EMU_CUT || reply->delivery == EMU_RESET;
	emu_ledger_answered(world->ledger, n,
						*visit->id != '\0' ? visit->id : NULL,
						*visit->auth.access_key != '\0' ?
						visit->auth.access_key : NULL,
						visit->trouble.name, silent ? 0 : reply->status);
	json_decref(visit->input);
}

/*
 * The same in canned mode, where nothing is kept; a client that is to be the
 * least that can be done need not sign.
 */
static void
answer_canned(EmuWorld *world, const Route *route, EmuVisit *visit,
			  EmuReply *reply)
{
	int64_t		delay_us = 0;

	emu_sigv4_verify(visit->call, &world->options, world->keyring,
					 route->service, emu_now_us() +
					 world->options.clock_offset_s * INT64_C(1000000),
					 &visit->auth);
	if (visit->auth.fault != EMU_AUTH_OK &&
		visit->auth.fault != EMU_AUTH_MISSING)
		refuse_auth(route, &visit->auth, reply);
	else if (!emu_rates_pass(world->rates, route->op))
		throttle(route, reply);
	else
		delay_us = emu_canned_answer(world->canned, route->op, visit->input,
									 reply);
	if (delay_us > 0 &&
		!emu_troubles_hang(world->troubles, visit->call->fd,
						   (long) (delay_us + 999) / 1000))
		reply->delivery = EMU_CUT;
	json_decref(visit->input);
}

static void
answer_aws(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	EmuVisit	visit = {.call = call};
	Route		route;
	bool		known = recognise(call, &route, &visit.input, reply);

	if (known && emu_canned_answers(world->canned, route.op))
		answer_canned(world, &route, &visit, reply);
	else
		answer(world, &route, known, &visit, reply);
}

/* These have neither a body nor a signature. */
static void
answer_metadata(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	EmuVisit	visit = {.call = call, .input = json_object()};
	Route		route = {.op = emu_metadata_op(call)};

	answer(world, &route, true, &visit, reply);
}

void
emu_router_answer(EmuWorld *world, const EmuCall *call, EmuReply *reply)
{
	if (call->too_large)
		emu_reply_front_error(reply, 413, "RequestEntityTooLargeException",
							  "The request is too large.");
	else if (emu_admin_owns(call->uri))
		emu_admin_answer(world, call, reply);
	else if (emu_metadata_op(call) != NULL)
		answer_metadata(world, call, reply);
	else if (strcmp(call->method, "POST") != 0)
		emu_reply_front_error(reply, 405, "MethodNotAllowedException",
							  "The method is not allowed.");
	else
		answer_aws(world, call, reply);
}
