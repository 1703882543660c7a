/*
 * sts.c
 *		Plays AssumeRole, AssumeRoleWithWebIdentity and GetCallerIdentity: who
 *		may have temporary keys. Making and keeping them is keyring.c's.
 *
 * Members, limits and codes: STS API Reference; what may be asked for when
 * roles are chained: IAM User Guide ("Roles terms and concepts").
 */
#include "sts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "validate.h"

#define LIFETIME_S 3600
#define LIFETIME_MIN 900
#define LIFETIME_MAX 43200
#define CHAINED_MAX 3600

/* What a request for a role's keys says. */
typedef struct Wish
{
	const char *role_arn;
	const char *session;
	long		lifetime_s;
} Wish;

static bool
refuse(EmuReply *reply, int status, const char *code, const char *message)
{
	emu_reply_xml_error(reply, EMU_STS_XMLNS, status, code, message);
	return false;
}

static bool
refuse_value(EmuReply *reply, const char *member, const char *value,
			 const char *constraint)
{
	char		message[1024];

	snprintf(message, sizeof(message), "1 validation error detected: Value "
			 "%s%.256s%s at '%s' failed to satisfy constraint: Member must "
			 "%s", value != NULL ? "'" : "", value != NULL ? value : "null",
			 value != NULL ? "'" : "", member, constraint);
	return refuse(reply, 400, "ValidationError", message);
}

/* Are the characters of text letters, digits, or among others? */
static bool
made_of(const char *text, const char *others)
{
	for (; *text != '\0'; text++)
	{
		if (!isalnum((unsigned char) *text) && strchr(others, *text) == NULL)
			return false;
	}
	return true;
}

/* Check a text member that may be absent unless required. */
static bool
check_text(const char *member, const char *value, bool required, size_t least,
		   size_t most, const char *others, EmuReply *reply)
{
	char		constraint[128];

	if (value == NULL)
		return !required || refuse_value(reply, member, NULL, "not be null");
	if (strlen(value) < least || strlen(value) > most)
	{
		snprintf(constraint, sizeof(constraint), "have length %s than or "
				 "equal to %zu", strlen(value) < least ? "greater" : "less",
				 strlen(value) < least ? least : most);
		return refuse_value(reply, member, value, constraint);
	}
	if (others == NULL || made_of(value, others))
		return true;
	snprintf(constraint, sizeof(constraint), "satisfy regular expression "
			 "pattern: [\\w%s]*", others + 1);
	return refuse_value(reply, member, value, constraint);
}

/* arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME */
static bool
is_role_arn(const char *arn)
{
	const char *account = strstr(arn, ":iam::");
	const char *name = strrchr(arn, '/');

	return strncmp(arn, "arn:aws", 7) == 0 && account != NULL &&
		account == strchr(arn + 4, ':') &&
		strspn(account + 6, "0123456789") == 12 &&
		strncmp(account + 18, ":role/", 6) == 0 &&
		strlen(name + 1) >= 1 && strlen(name + 1) <= 64 &&
		made_of(name + 1, "_+=,.@-");
}

static bool
read_lifetime(json_t *form, long *lifetime_s, EmuReply *reply)
{
	const char *text = emu_input_text(form, "DurationSeconds");
	char	   *end;

	*lifetime_s = LIFETIME_S;
	if (text == NULL)
		return true;
	*lifetime_s = strtol(text, &end, 10);
	if (end == text || *end != '\0')
		return refuse(reply, 400, "MalformedInput",
					  "DurationSeconds is not a number");
	if (*lifetime_s < LIFETIME_MIN)
		return refuse_value(reply, "durationSeconds", text,
							"have value greater than or equal to 900");
	if (*lifetime_s > LIFETIME_MAX)
		return refuse_value(reply, "durationSeconds", text,
							"have value less than or equal to 43200");
	return true;
}

/* Read what both ways to a role have in common. */
static bool
read_wish(json_t *form, Wish *wish, EmuReply *reply)
{
	char		message[320];

	wish->role_arn = emu_input_text(form, "RoleArn");
	wish->session = emu_input_text(form, "RoleSessionName");
	if (!check_text("roleArn", wish->role_arn, true, 20, 2048, NULL, reply) ||
		!check_text("roleSessionName", wish->session, true, 2, 64,
					"_+=,.@-", reply) ||
		!read_lifetime(form, &wish->lifetime_s, reply))
		return false;
	if (is_role_arn(wish->role_arn))
		return true;
	snprintf(message, sizeof(message), "%.256s is invalid", wish->role_arn);
	return refuse(reply, 400, "ValidationError", message);
}

/* The role as the command line knows it; NULL if it does not. */
static const EmuRole *
find_role(const EmuOptions *options, const char *arn)
{
	for (size_t i = 0; i < options->nroles; i++)
	{
		if (strcmp(options->roles[i].arn, arn) == 0)
			return &options->roles[i];
	}
	return NULL;
}

/* Does the role's trust policy, as far as it is played, let them in? */
static bool
trusts(const EmuOptions *options, const Wish *wish, const char *external_id)
{
	const EmuRole *role = find_role(options, wish->role_arn);

	if (role == NULL)
		return options->nroles == 0;
	return role->external_id == NULL ||
		(external_id != NULL && strcmp(role->external_id, external_id) == 0);
}

static void
open_reply(const char *action, EmuReply *reply)
{
	reply->status = 200;
	reply->content_type = EMU_TYPE_XML;
	emu_text_addf(&reply->body, "<%sResponse xmlns=\"%s\">\n  <%sResult>\n",
				  action, EMU_STS_XMLNS, action);
}

static void
close_reply(const char *action, EmuReply *reply)
{
	emu_text_addf(&reply->body, "  </%sResult>\n  <ResponseMetadata>\n"
				  "    <RequestId>%s</RequestId>\n  </ResponseMetadata>\n"
				  "</%sResponse>\n", action, reply->request_id, action);
}

static void
add_element(EmuReply *reply, const char *name, const char *value)
{
	emu_text_addf(&reply->body, "    <%s>", name);
	emu_text_add_xml(&reply->body, value);
	emu_text_addf(&reply->body, "</%s>\n", name);
}

static void
add_keys(EmuReply *reply, const EmuIssued *keys)
{
	time_t		seconds = (time_t) (keys->expires_us / 1000000);
	struct tm	parts;
	char		expires[32];

	gmtime_r(&seconds, &parts);
	strftime(expires, sizeof(expires), "%Y-%m-%dT%H:%M:%SZ", &parts);
	emu_text_adds(&reply->body, "    <Credentials>\n");
	add_element(reply, "AccessKeyId", keys->access_key);
	add_element(reply, "SecretAccessKey", keys->secret);
	add_element(reply, "SessionToken", keys->token);
	add_element(reply, "Expiration", expires);
	emu_text_adds(&reply->body, "    </Credentials>\n");
}

/* Issue what was wished for and say so, up to the end of the result. */
static void
grant(EmuWorld *world, const char *action, EmuVisit *visit, const Wish *wish,
	  EmuReply *reply)
{
	EmuIdentity who;
	EmuIssued	keys;

	emu_keyring_assumed(wish->role_arn, wish->session, &who);
	emu_keyring_issue(world->keyring, &who, wish->lifetime_s, visit->now_us,
					  &keys);
	snprintf(visit->id, sizeof(visit->id), "%s", keys.access_key);
	open_reply(action, reply);
	add_keys(reply, &keys);
	emu_text_adds(&reply->body, "    <AssumedRoleUser>\n");
	add_element(reply, "AssumedRoleId", who.user_id);
	add_element(reply, "Arn", who.arn);
	emu_text_adds(&reply->body, "    </AssumedRoleUser>\n");
}

static void
assume_role(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	const char *external_id = emu_input_text(visit->input, "ExternalId");
	const EmuIdentity *who = &visit->auth.who;
	char		message[1024];
	Wish		wish;

	if (!read_wish(visit->input, &wish, reply) ||
		!check_text("externalId", external_id, false, 2, 1224, "_+=,.@:/-",
					reply))
		return;
	if (who->is_role && wish.lifetime_s > CHAINED_MAX)
	{
		refuse(reply, 400, "ValidationError", "The requested "
			   "DurationSeconds exceeds the 1 hour session limit for roles "
			   "assumed by role chaining");
		return;
	}
	if (!trusts(&world->options, &wish, external_id))
	{
		snprintf(message, sizeof(message), "User: %s is not authorized to "
				 "perform: sts:AssumeRole on resource: %.400s", who->arn,
				 wish.role_arn);
		refuse(reply, 403, "AccessDenied", message);
		return;
	}
	grant(world, "AssumeRole", visit, &wish, reply);
	close_reply("AssumeRole", reply);
}

static void
assume_role_with_web_identity(EmuWorld *world, EmuVisit *visit,
							  EmuReply *reply)
{
	static const char action[] = "AssumeRoleWithWebIdentity";
	const char *token = emu_input_text(visit->input, "WebIdentityToken");
	char		provider[80];
	Wish		wish;

	if (!read_wish(visit->input, &wish, reply) ||
		!check_text("webIdentityToken", token, true, 4, 20000, NULL, reply))
		return;
	if (!emu_keyring_believes(world->keyring, token))
	{
		refuse(reply, 400, "InvalidIdentityToken", "The ID Token provided is "
			   "not a valid JWT. (You may see this error if you sent an "
			   "Access Token)");
		return;
	}
	if (!trusts(&world->options, &wish, NULL))
	{
		refuse(reply, 403, "AccessDenied", "Not authorized to perform "
			   "sts:AssumeRoleWithWebIdentity");
		return;
	}
	grant(world, action, visit, &wish, reply);
	snprintf(provider, sizeof(provider),
			 "arn:aws:iam::%s:oidc-provider/oidc.example",
			 world->options.account);
	add_element(reply, "SubjectFromWebIdentityToken",
				"system:serviceaccount:default:rsdata");
	add_element(reply, "Audience", "sts.amazonaws.com");
	add_element(reply, "Provider", provider);
	close_reply(action, reply);
}

static void
get_caller_identity(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	const EmuIdentity *who = &visit->auth.who;

	(void) world;
	open_reply("GetCallerIdentity", reply);
	add_element(reply, "Arn", who->arn);
	add_element(reply, "UserId", who->user_id);
	add_element(reply, "Account", who->account);
	close_reply("GetCallerIdentity", reply);
}

static const struct
{
	const char *action;
	bool		is_unsigned;
	void		(*answer) (EmuWorld *, EmuVisit *, EmuReply *);
}			operations[] = {
	{"AssumeRole", false, assume_role},
	{"AssumeRoleWithWebIdentity", true, assume_role_with_web_identity},
	{"GetCallerIdentity", false, get_caller_identity},
};

#define NOPERATIONS (sizeof(operations) / sizeof(operations[0]))

bool
emu_sts_knows(const char *action)
{
	for (size_t i = 0; i < NOPERATIONS; i++)
	{
		if (strcmp(operations[i].action, action) == 0)
			return true;
	}
	return false;
}

bool
emu_sts_is_unsigned(const char *action)
{
	for (size_t i = 0; i < NOPERATIONS; i++)
	{
		if (strcmp(operations[i].action, action) == 0)
			return operations[i].is_unsigned;
	}
	return false;
}

void
emu_sts_answer(EmuWorld *world, const char *action, EmuVisit *visit,
			   EmuReply *reply)
{
	for (size_t i = 0; i < NOPERATIONS; i++)
	{
		if (strcmp(operations[i].action, action) == 0)
			operations[i].answer(world, visit, reply);
	}
}
