/*
 * metadata.c
 *		Plays EC2 instance metadata (both versions) and the container
 *		credentials endpoint. The keys themselves are keyring.c's.
 *
 * Paths, headers and codes: EC2 User Guide ("Use the Instance Metadata
 * Service"), AWS SDKs and Tools Reference Guide ("Container credential
 * provider").
 *
 * Locking: one mutex guards settings and metadata tokens for the length of a
 * call; no other module but text.c is called with it held.
 */
#include "metadata.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "world.h"

#define TOKEN_TTL_MAX 21600
#define LIFETIME_S (6 * 3600)
#define CONTAINER_ROLE "rsdata-task"
#define TTL_HEADER "X-aws-ec2-metadata-token-ttl-seconds"
#define TYPE_TEXT "text/plain"

static const char keys_path[] = "/latest/meta-data/iam/security-credentials";

struct EmuMetadata
{
	const EmuOptions *options;
	pthread_mutex_t lock;
	EmuInstance instance;
	char	   *container_token;
	json_t	   *tokens;			/* token to when it ends, microseconds */
};

EmuMetadata *
emu_metadata_create(const EmuOptions *options)
{
	EmuMetadata *metadata = emu_alloc(sizeof(*metadata));

	metadata->options = options;
	pthread_mutex_init(&metadata->lock, NULL);
	metadata->tokens = json_object();
	emu_metadata_reset(metadata);
	return metadata;
}

void
emu_metadata_destroy(EmuMetadata *metadata)
{
	json_decref(metadata->tokens);
	free(metadata->container_token);
	pthread_mutex_destroy(&metadata->lock);
	free(metadata);
}

void
emu_metadata_set_instance(EmuMetadata *metadata, EmuInstance instance)
{
	pthread_mutex_lock(&metadata->lock);
	metadata->instance = instance;
	pthread_mutex_unlock(&metadata->lock);
}

void
emu_metadata_set_token(EmuMetadata *metadata, const char *token)
{
	char	   *copy = emu_strdup(token);

	pthread_mutex_lock(&metadata->lock);
	free(metadata->container_token);
	metadata->container_token = copy;
	pthread_mutex_unlock(&metadata->lock);
}

void
emu_metadata_reset(EmuMetadata *metadata)
{
	emu_metadata_set_instance(metadata, metadata->options->instance);
	emu_metadata_set_token(metadata, metadata->options->container_token);
}

static EmuInstance
instance_mode(EmuMetadata *metadata)
{
	EmuInstance instance;

	pthread_mutex_lock(&metadata->lock);
	instance = metadata->instance;
	pthread_mutex_unlock(&metadata->lock);
	return instance;
}

/* Does path, up to a query, begin with prefix as whole segments? */
static bool
is_under(const char *path, const char *prefix)
{
	size_t		len = strlen(prefix);

	return strncmp(path, prefix, len) == 0 &&
		strchr("/?", path[len]) != NULL;
}

const char *
emu_metadata_op(const EmuCall *call)
{
	const char *rest;

	if (is_under(call->uri, "/v1/credentials") ||
		is_under(call->uri, "/v2/credentials"))
		return "ContainerCredentials";
	if (is_under(call->uri, "/latest/api/token"))
		return "InstanceToken";
	if (!is_under(call->uri, keys_path))
		return is_under(call->uri, "/latest") ? "InstanceOther" : NULL;
	rest = call->uri + strlen(keys_path);
	return rest[0] == '/' && rest[1] != '\0' ? "InstanceCredentials" :
		"InstanceRole";
}

static void
answer_text(EmuReply *reply, int status, const char *text)
{
	reply->status = status;
	reply->content_type = TYPE_TEXT;
	emu_text_free(&reply->body);
	emu_text_adds(&reply->body, text);
}

/* Errors of instance metadata are pages for people. */
static void
refuse(EmuReply *reply, int status, const char *words)
{
	char		page[256];

	snprintf(page, sizeof(page), "<?xml version=\"1.0\" encoding="
			 "\"iso-8859-1\"?>\n<html><head><title>%d - %s</title></head>"
			 "<body><h1>%d - %s</h1></body></html>\n", status, words, status,
			 words);
	answer_text(reply, status, page);
	reply->content_type = "text/html";
}

static void
instance_token(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	EmuMetadata *metadata = world->metadata;
	const char *header = emu_call_header(visit->call, TTL_HEADER);
	long		ttl_s = header != NULL ? strtol(header, NULL, 10) : 0;
	char		token[EMU_UUID_SIZE];

	if (instance_mode(metadata) == EMU_INSTANCE_V1)
		refuse(reply, 404, "Not Found");
	else if (strcmp(visit->call->method, "PUT") != 0)
		refuse(reply, 405, "Method Not Allowed");
	else if (emu_call_header(visit->call, "x-forwarded-for") != NULL)
		refuse(reply, 403, "Forbidden");
	else if (ttl_s < 1 || ttl_s > TOKEN_TTL_MAX)
		refuse(reply, 400, "Bad Request");
	else
	{
		emu_uuid(token);
		pthread_mutex_lock(&metadata->lock);
		json_object_set_new(metadata->tokens, token,
							json_integer(visit->now_us + ttl_s * 1000000));
		pthread_mutex_unlock(&metadata->lock);
		answer_text(reply, 200, token);
		reply->header_name = TTL_HEADER;
		snprintf(reply->header_value, sizeof(reply->header_value), "%ld",
				 ttl_s);
	}
}

/* May this GET have an answer?  Else the reply says why not. */
static bool
instance_admits(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	EmuMetadata *metadata = world->metadata;
	const char *token = emu_call_header(visit->call,
										"x-aws-ec2-metadata-token");
	bool		admitted;

	if (strcmp(visit->call->method, "GET") != 0)
	{
		refuse(reply, 405, "Method Not Allowed");
		return false;
	}
	pthread_mutex_lock(&metadata->lock);
	if (metadata->instance == EMU_INSTANCE_V1)
		admitted = true;
	else if (token == NULL)
		admitted = metadata->instance == EMU_INSTANCE_BOTH;
	else
		admitted = json_integer_value(json_object_get(metadata->tokens,
													  token)) > visit->now_us;
	pthread_mutex_unlock(&metadata->lock);
	if (!admitted)
		refuse(reply, 401, "Unauthorized");
	return admitted;
}

/* ISO 8601, as all of these services write it. */
static json_t *
iso_time(int64_t us)
{
	time_t		seconds = (time_t) (us / 1000000);
	struct tm	parts;
	char		text[32];

	gmtime_r(&seconds, &parts);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
	return json_string(text);
}

/* Show the keys that session of role has, in document beside what is there. */
static void
answer_keys(EmuWorld *world, EmuVisit *visit, const char *role_arn,
			const char *session, json_t *document, EmuReply *reply)
{
	EmuIdentity who;
	EmuIssued	keys;

	emu_keyring_assumed(role_arn, session, &who);
	emu_keyring_show(world->keyring, &who, LIFETIME_S, visit->now_us, &keys);
	json_object_set_new(document, "AccessKeyId",
						json_string(keys.access_key));
	json_object_set_new(document, "SecretAccessKey",
						json_string(keys.secret));
	json_object_set_new(document, "Token", json_string(keys.token));
	json_object_set_new(document, "Expiration", iso_time(keys.expires_us));
	if (json_object_get(document, "Code") != NULL)
		json_object_set_new(document, "LastUpdated",
							iso_time(keys.issued_us));
	snprintf(visit->id, sizeof(visit->id), "%s", keys.access_key);
	emu_reply_json(reply, document);
	reply->content_type = "application/json";
}

static void
role_arn(EmuWorld *world, const char *name, char *out, size_t size)
{
	snprintf(out, size, "arn:aws:iam::%s:role/%s", world->options.account,
			 name);
}

static void
instance_role(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	if (!instance_admits(world, visit, reply))
		return;
	if (*world->options.instance_role == '\0')
		refuse(reply, 404, "Not Found");
	else
		answer_text(reply, 200, world->options.instance_role);
}

static void
instance_credentials(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	const char *name = visit->call->uri + strlen(keys_path) + 1;
	char		arn[256];

	if (!instance_admits(world, visit, reply))
		return;
	if (strcmp(name, world->options.instance_role) != 0)
	{
		refuse(reply, 404, "Not Found");
		return;
	}
	role_arn(world, name, arn, sizeof(arn));
	answer_keys(world, visit, arn, "i-0123456789abcdef0",
				json_pack("{s:s, s:s}", "Code", "Success",
						  "Type", "AWS-HMAC"), reply);
}

static void
instance_other(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	if (instance_admits(world, visit, reply))
		refuse(reply, 404, "Not Found");
}

static void
refuse_container(EmuReply *reply, int status, const char *code,
				 const char *message)
{
	emu_reply_json(reply, json_pack("{s:s, s:s}", "code", code,
									"message", message));
	reply->status = status;
	reply->content_type = "application/json";
}

static void
container_credentials(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	EmuMetadata *metadata = world->metadata;
	const char *token = emu_call_header(visit->call, "authorization");
	bool		admitted;
	char		arn[256];

	pthread_mutex_lock(&metadata->lock);
	admitted = metadata->container_token == NULL ||
		(token != NULL && strcmp(token, metadata->container_token) == 0);
	pthread_mutex_unlock(&metadata->lock);
	if (strcmp(visit->call->method, "GET") != 0)
		refuse_container(reply, 405, "MethodNotAllowed",
						 "The method is not allowed.");
	else if (!admitted)
		refuse_container(reply, 401, "AccessDenied",
						 "The authorization token is not valid.");
	else
	{
		role_arn(world, CONTAINER_ROLE, arn, sizeof(arn));
		answer_keys(world, visit, arn, "0123456789abcdef0123456789abcdef",
					json_pack("{s:s}", "RoleArn", arn), reply);
	}
}

static const struct
{
	const char *op;
	void		(*answer) (EmuWorld *, EmuVisit *, EmuReply *);
}			operations[] = {
	{"InstanceToken", instance_token},
	{"InstanceRole", instance_role},
	{"InstanceCredentials", instance_credentials},
	{"InstanceOther", instance_other},
	{"ContainerCredentials", container_credentials},
};

#define NOPERATIONS (sizeof(operations) / sizeof(operations[0]))

bool
emu_metadata_knows(const char *op)
{
	for (size_t i = 0; i < NOPERATIONS; i++)
	{
		if (strcmp(operations[i].op, op) == 0)
			return true;
	}
	return false;
}

void
emu_metadata_answer(EmuWorld *world, const char *op, EmuVisit *visit,
					EmuReply *reply)
{
	/* An instance whose metadata is switched off says so to everything. */
	if (strncmp(op, "Instance", 8) == 0 &&
		instance_mode(world->metadata) == EMU_INSTANCE_OFF)
	{
		refuse(reply, 403, "Forbidden");
		return;
	}
	for (size_t i = 0; i < NOPERATIONS; i++)
	{
		if (strcmp(operations[i].op, op) == 0)
			operations[i].answer(world, visit, reply);
	}
}
