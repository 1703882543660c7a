/*
 * t_creds_ambient.c
 *		aws: credentials that the surroundings give (web identity, SSO,
 *		containers, instances), and the order in which all are tried.
 */
#include "t_creds.h"

#define TOKEN_FILE "/run/token"
#define TOKEN {TOKEN_FILE, "jwt." MARK}
#define WEB(variables) {"AWS_WEB_IDENTITY_TOKEN_FILE=" TOKEN_FILE, variables}
#define WEB_NAME "web identity, role " ROLE

static const Case web_cases[] =
{
	{.name = "web identity",.config = {.source = RSD_CREDS_WEB_IDENTITY},
		.vars = {"AWS_WEB_IDENTITY_TOKEN_FILE=" TOKEN_FILE, "AWS_ROLE_ARN=" ROLE,
		"AWS_ROLE_SESSION_NAME=pod"},
		.files = {TOKEN},
		.steps = {{STS, "\nAction=AssumeRoleWithWebIdentity&Version=2011-06-15"
				"&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fetl"
				"&RoleSessionName=pod&WebIdentityToken=jwt." MARK, 200,
				STS_REPLY("ASIAW", LATER), NULL}},
		.key = "ASIAW",.source = WEB_NAME},
	{.name = "web identity of a profile",
		.config = {.source = RSD_CREDS_PROFILE,.profile = "w"},
		.vars = {"AWS_ROLE_ARN=" ROLE2},
		.files = {TOKEN, {CONFIG, "[profile w]\nrole_arn = " ROLE "\n"
				"web_identity_token_file = " TOKEN_FILE "\n"}},
		.steps = {{STS, "&RoleSessionName=rsdata&WebIdentityToken=jwt", 200,
				STS_REPLY("ASIAW", LATER), NULL}},
		.key = "ASIAW",.source = WEB_NAME},
	{.name = "variables before the profile, one by one",
		.config = {.source = RSD_CREDS_WEB_IDENTITY},
		.vars = {"AWS_ROLE_ARN=" ROLE},
		.files = {TOKEN, {CONFIG, "[default]\nrole_arn = " ROLE2 "\n"
				"web_identity_token_file = " TOKEN_FILE "\n"}},
		.steps = {{STS, "%3Arole%2Fetl&", 200, STS_REPLY("ASIAW", LATER),
				NULL}},
		.key = "ASIAW",.source = WEB_NAME},
	{.name = "the configuration's role for the token",
		.config = {.source = RSD_CREDS_WEB_IDENTITY,.role_arn = ROLE,
			.duration_seconds = 900},
		.vars = {"AWS_WEB_IDENTITY_TOKEN_FILE=" TOKEN_FILE},
		.files = {TOKEN},
		.steps = {{STS, "&DurationSeconds=900", 200, STS_REPLY("ASIAW", LATER),
				NULL}},
		.key = "ASIAW",.source = WEB_NAME},
	{.name = "the configuration's role on top",
		.config = {.source = RSD_CREDS_WEB_IDENTITY,.role_arn = ROLE2},
		.vars = {"AWS_WEB_IDENTITY_TOKEN_FILE=" TOKEN_FILE,
		"AWS_ROLE_ARN=" ROLE},
		.files = {TOKEN},
		.steps = {{STS, "Action=AssumeRoleWithWebIdentity", 200,
				STS_REPLY("ASIAW", LATER), NULL},
			{STS, "Credential=ASIAW/", 200, STS_REPLY("ASIAX", LATER), NULL}},
		.key = "ASIAX",.source = WEB_NAME ", role " ROLE2},
	{.name = "web identity without a role",
		.config = {.source = RSD_CREDS_CHAIN},
		.vars = {"AWS_WEB_IDENTITY_TOKEN_FILE=" TOKEN_FILE},
		.source = "but no role"},
	{.name = "no web identity",.config = {.source = RSD_CREDS_WEB_IDENTITY},
		.source = "AWS_WEB_IDENTITY_TOKEN_FILE is not set"},
	{.name = "token file missing",.config = {.source = RSD_CREDS_WEB_IDENTITY},
		.vars = {"AWS_WEB_IDENTITY_TOKEN_FILE=" TOKEN_FILE, "AWS_ROLE_ARN=" ROLE},
		.source = "\"" TOKEN_FILE "\": No such file"},
	{.name = "token file empty",.config = {.source = RSD_CREDS_WEB_IDENTITY},
		.vars = {"AWS_WEB_IDENTITY_TOKEN_FILE=" TOKEN_FILE, "AWS_ROLE_ARN=" ROLE},
		.files = {{TOKEN_FILE, ""}},.source = "4 to 20000 bytes"},
	{.name = "token repeated by the service",
		.config = {.source = RSD_CREDS_WEB_IDENTITY},
		.vars = {"AWS_WEB_IDENTITY_TOKEN_FILE=" TOKEN_FILE, "AWS_ROLE_ARN=" ROLE},
		.files = {TOKEN},
		.steps = {{STS, NULL, 400, STS_ERROR("InvalidIdentityToken",
						"bad jwt." MARK " there"), NULL}},
		.source = "InvalidIdentityToken: bad ********** there"},
	{.name = "provider out of reach",.config = {.source = RSD_CREDS_WEB_IDENTITY},
		.vars = {"AWS_WEB_IDENTITY_TOKEN_FILE=" TOKEN_FILE, "AWS_ROLE_ARN=" ROLE},
		.files = {TOKEN},
		.steps = {{STS, NULL, 400, STS_ERROR("IDPCommunicationError", "x"), NULL},
			{STS, NULL, 200, STS_REPLY("ASIAW", LATER), NULL}},
		.key = "ASIAW",.source = WEB_NAME},
};

/* SHA-1 of "corp" and of the start URL. */
#define CORP "/h/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json"
#define LEGACY "/h/.aws/sso/cache/a51746d4aa793ae07b25e90c3a5db96fc7832bd7.json"
#define START "https://corp.awsapps.com/start"
#define SSO_KEYS "sso_account_id = 123456789012\nsso_role_name = a b\n"
#define SSO_WHERE "sso_start_url = " START "\nsso_region = eu-west-1\n"
#define SSO_PROFILE {CONFIG, "[profile s]\nsso_session = corp\n" SSO_KEYS \
	"[sso-session corp]\n" SSO_WHERE}
#define PORTAL "GET https://portal.sso.eu-west-1.amazonaws.com/federation/" \
	"credentials?role_name=a%20b&account_id=123456789012\n"
#define CACHED(until) "{\"accessToken\":\"tok-" MARK "\",\"expiresAt\":\"" until \
	"\",\"region\":\"x\"}"
#define S_CONFIG {.source = RSD_CREDS_PROFILE,.profile = "s"}
#define AGAIN "log in again with \"aws sso login --profile s\""

static const Case sso_cases[] =
{
	{.name = "SSO",.config = S_CONFIG,
		.files = {SSO_PROFILE, {CORP, CACHED("2026-01-02T04:00:00UTC")}},
		.steps = {{PORTAL, "\nx-amz-sso_bearer_token: tok-" MARK "\n", 200,
				"{\"roleCredentials\":{\"accessKeyId\":\"ASIAS\",\"secretAccessKey\":"
				"\"k/" MARK "\",\"sessionToken\":\"t\",\"expiration\":1767326645000}}",
				NULL}},
		.key = "ASIAS",.source = "profile s (SSO)"},
	{.name = "SSO, older form",.config = S_CONFIG,
		.files = {{CONFIG, "[profile s]\n" SSO_KEYS SSO_WHERE},
		{LEGACY, CACHED(LATER)}},
		.steps = {{PORTAL, NULL, 200, "{\"roleCredentials\":{}}", NULL}},
		.source = "\"accessKeyId\" is missing"},
	{.name = "SSO expired",.config = S_CONFIG,
		.files = {SSO_PROFILE, {CORP, CACHED("2026-01-02T03:04:05Z")}},
		.source = "expired: " AGAIN},
	{.name = "SSO never logged in",.config = S_CONFIG,.files = {SSO_PROFILE},
		.source = "no SSO login: " AGAIN},
	{.name = "SSO refused",.config = S_CONFIG,
		.files = {SSO_PROFILE, {CORP, CACHED(LATER)}},
		.steps = {{PORTAL, NULL, 401,
				"{\"__type\":\"UnauthorizedException\",\"message\":\"no\"}", NULL}},
		.source = "refused the login: " AGAIN},
	{.name = "SSO role not allowed",.config = S_CONFIG,
		.files = {SSO_PROFILE, {CORP, CACHED(LATER)}},
		.steps = {{PORTAL, NULL, 403,
				"{\"__type\":\"ForbiddenException\",\"message\":\"tok-" MARK
				" no access\"}", NULL}},
		.source = "ForbiddenException: ********** no access"},
	{.name = "SSO cache is broken",.config = S_CONFIG,
		.files = {SSO_PROFILE, {CORP, "tok-" MARK}},.source = "JSON"},
	{.name = "SSO session unknown",.config = S_CONFIG,
		.files = {{CONFIG, "[profile s]\nsso_session = corp\n" SSO_KEYS}},
		.source = "names sso_session \"corp\", which is not in file"},
	{.name = "SSO disagrees",.config = S_CONFIG,
		.files = {{CONFIG, "[profile s]\nsso_session = corp\n" SSO_KEYS
				"sso_region = us-east-1\n[sso-session corp]\n" SSO_WHERE}},
		.source = "disagree"},
	{.name = "SSO lacks",.config = S_CONFIG,
		.files = {{CONFIG, "[profile s]\nsso_role_name = x\n" SSO_WHERE}},
		.source = "lacks sso_account_id"},
};

#define BOX {.source = RSD_CREDS_CONTAINER}
#define RELATIVE "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/creds?id=1"
#define FULL(url) "AWS_CONTAINER_CREDENTIALS_FULL_URI=" url
#define BOX_ASK "GET http://169.254.170.2/v2/creds?id=1\n"
#define EKS FULL("http://169.254.170.23/v1/credentials")
#define EKS_ASK "GET http://169.254.170.23/v1/credentials\n"
#define AUTH_FILE "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=" TOKEN_FILE

static const Case container_cases[] =
{
	{.name = "ECS",.config = BOX,
		.vars = {RELATIVE, FULL("http://elsewhere/")},
		.steps = {{BOX_ASK, "\nAccept: application/json\n", 200,
				JSON_KEYS("ASIAC", LATER), NULL}},
		.key = "ASIAC",.source = "container endpoint"},
	{.name = "EKS pod identity",.config = BOX,
		.vars = {EKS, AUTH_FILE, "AWS_CONTAINER_AUTHORIZATION_TOKEN=older"},
		.files = {TOKEN},
		.steps = {{EKS_ASK, "\nAuthorization: jwt." MARK "\n", 200,
				JSON_KEYS("ASIAC", LATER), NULL}},
		.key = "ASIAC",.source = "container endpoint"},
	{.name = "container token in a variable",.config = BOX,
		.vars = {FULL("http://[::1]:81/c"),
		"AWS_CONTAINER_AUTHORIZATION_TOKEN=Basic " MARK},
		.steps = {{"GET http://[::1]:81/c\n", "\nAuthorization: Basic " MARK "\n",
				200, JSON_KEYS("ASIAC", LATER), NULL}},
		.key = "ASIAC",.source = "container endpoint"},
	{.name = "container over TLS",.config = BOX,
		.vars = {FULL("https://keys.example/c")},
		.steps = {{"GET https://keys.example/c\n", NULL, 200,
				JSON_KEYS("ASIAC", LATER), NULL}},
		.key = "ASIAC",.source = "container endpoint"},
	{.name = "container on a foreign host",.config = BOX,
		.vars = {FULL("http://keys.example/c")},
		.source = "host \"keys.example\", which may be asked over https only"},
	{.name = "container host that begins like ours",.config = BOX,
		.vars = {FULL("http://127.0.0.1.example/c")},.source = "over https only"},
	{.name = "container URL is none",.config = BOX,.vars = {FULL("keys")},
		.source = "URL"},
	{.name = "no container",.config = BOX,
		.source = "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor"},
	{.name = "container token with a line end",.config = BOX,
		.vars = {EKS, AUTH_FILE},.files = {{TOKEN_FILE, "jwt." MARK "\n"}},
		.source = "holds a line break"},
	{.name = "container token missing",.config = BOX,.vars = {EKS, AUTH_FILE},
		.source = "\"" TOKEN_FILE "\": No such file"},
	{.name = "container comes back",.config = BOX,.vars = {RELATIVE},
		.steps = {{BOX_ASK, NULL, 500, "", NULL},
			{BOX_ASK, NULL, TIMED_OUT, "no answer", NULL},
			{BOX_ASK, NULL, 200, JSON_KEYS("ASIAC", LATER), NULL}},
		.key = "ASIAC",.source = "container endpoint"},
	{.name = "container refuses",.config = BOX,.vars = {RELATIVE},
		.steps = {{BOX_ASK, NULL, 400, "{\"code\":\"x\",\"message\":\"no role\"}",
				NULL},
			{BOX_ASK, NULL, 400, "{\"code\":\"x\",\"message\":\"no role\"}", NULL},
			{BOX_ASK, NULL, 400, "{\"code\":\"x\",\"message\":\"no role\"}", NULL}},
		.source = "no role"},
	{.name = "container gives no token",.config = BOX,.vars = {RELATIVE},
		.steps = {{BOX_ASK, NULL, 200,
				"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"" MARK "\"}", NULL}},
		.source = "\"Token\" is missing"},
};

#define EC2 {.source = RSD_CREDS_INSTANCE}
#define PUT_TOKEN "PUT " IMDS "api/token\n"
#define GET_ROLE "GET " IMDS "meta-data/iam/security-credentials/\n"
#define GET_KEYS "GET " IMDS "meta-data/iam/security-credentials/my%20role\n"
#define WITH_TOKEN "X-aws-ec2-metadata-token: imds-" MARK "\n"
#define GIVE_TOKEN {PUT_TOKEN, "X-aws-ec2-metadata-token-ttl-seconds: 21600\n", \
	200, "imds-" MARK, NULL}
#define GIVE_ROLE {GET_ROLE, WITH_TOKEN, 200, "my role\n", NULL}
#define NO_V1 "AWS_EC2_METADATA_V1_DISABLED=true"

static const Case instance_cases[] =
{
	{.name = "instance",.config = EC2,
		.steps = {GIVE_TOKEN, GIVE_ROLE,
			{GET_KEYS, WITH_TOKEN, 200, JSON_KEYS("ASIAI", LATER), NULL}},
		.key = "ASIAI",.source = "instance metadata"},
	{.name = "instance without version 2",.config = EC2,
		.steps = {{PUT_TOKEN, NULL, 404, "", NULL},
			{GET_ROLE, NULL, 200, "my role", NULL},
			{GET_KEYS, NULL, 200, JSON_KEYS("ASIAI", LATER), NULL}},
		.key = "ASIAI",.source = "instance metadata",.story = "version 1"},
	{.name = "instance beyond the hop limit",.config = EC2,
		.steps = {{PUT_TOKEN, NULL, TIMED_OUT, "no answer", NULL},
			{GET_ROLE, NULL, 200, "my role", NULL},
			{GET_KEYS, NULL, 200, JSON_KEYS("ASIAI", LATER), NULL}},
		.key = "ASIAI",.source = "instance metadata"},
	{.name = "instance, version 1 turned off",.config = EC2,.vars = {NO_V1},
		.steps = {{PUT_TOKEN, NULL, 403, "", NULL}},
		.source = "version 1 of instance metadata is turned off"},
	{.name = "instance gives up at 400",.config = EC2,
		.steps = {{PUT_TOKEN, NULL, 400, "<x><Code>Bad</Code></x>", NULL}},
		.source = "Bad"},
	{.name = "no instance",.config = EC2,
		.steps = {{PUT_TOKEN, NULL, FAULT, "not connected within 1 s", NULL}},
		.source = "api/token: not connected within 1 s"},
	{.name = "instance tried twice",.config = EC2,
		.vars = {"AWS_METADATA_SERVICE_NUM_ATTEMPTS=2"},
		.steps = {{PUT_TOKEN, NULL, FAULT, "unreachable", NULL},
			{PUT_TOKEN, NULL, FAULT, "unreachable", NULL}},
		.source = "unreachable"},
	{.name = "instance without a profile",.config = EC2,
		.steps = {GIVE_TOKEN, {GET_ROLE, NULL, 404, "<html/>", NULL}},
		.source = "no instance profile"},
	{.name = "instance with a strange role",.config = EC2,
		.steps = {GIVE_TOKEN, {GET_ROLE, NULL, 200, "\x01", NULL}},
		.source = "gave no role's name"},
	{.name = "instance without keys",.config = EC2,
		.steps = {GIVE_TOKEN, GIVE_ROLE, {GET_KEYS, NULL, 200,
				"{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"no trust\"}",
				NULL}},
		.source = "AssumeRoleUnauthorizedAccess: no trust"},
	{.name = "instance with old keys",.config = EC2,
		.steps = {GIVE_TOKEN, GIVE_ROLE, {GET_KEYS, NULL, 200,
				JSON_KEYS("ASIAI", "2026-01-02T03:00:00Z"), NULL}},
		.key = "ASIAI",.source = "instance metadata",
		.story = "keys at their end"},
	{.name = "instance turned off",.config = EC2,
		.vars = {"AWS_EC2_METADATA_DISABLED=True"},
		.source = "turned off by AWS_EC2_METADATA_DISABLED"},
	{.name = "instance by IPv6",.config = EC2,
		.vars = {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6", NO_V1},
		.steps = {{"PUT http://[fd00:ec2::254]/latest/api/token\n", NULL, 500, "",
				NULL}},
		.source = "HTTP 500"},
	{.name = "instance as the profile says",.config = EC2,
		.files = {{CONFIG, "[default]\nec2_metadata_v1_disabled = TRUE\n"
				"ec2_metadata_service_endpoint_mode = ipv6\n"}},
		.steps = {{"PUT http://[fd00:ec2::254]/latest/api/token\n", NULL, 404, "",
				NULL}},
		.source = "turned off"},
	{.name = "instance elsewhere",.config = EC2,
		.vars = {"AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:81/"},
		.steps = {{"PUT http://127.0.0.1:81/latest/api/token\n", NULL, 500, "",
				NULL}},
		.source = "HTTP 500"},
};

/*
 * The order of the chain: a world that has everything, of which the best is
 * taken away time after time.
 */
typedef struct Rank
{
	const char *source;			/* who gives */
	int			vars_from;		/* variables that are still there */
	const char *credentials;	/* file of the default profile */
	const char *config;			/* its beginning in the config file */
	Step		steps[4];
} Rank;

static const char *const all_vars[] =
{
	"AWS_ACCESS_KEY_ID=AKIAENV", "AWS_SECRET_ACCESS_KEY=k/" MARK,
	"AWS_WEB_IDENTITY_TOKEN_FILE=" TOKEN_FILE, "AWS_ROLE_ARN=" ROLE,
	RELATIVE, NULL
};

#define BASE "\n[profile base]\n" KEYS_OF("AKIABASE") \
	"[sso-session corp]\n" SSO_WHERE
#define SSO_HERE "sso_session = corp\n" SSO_KEYS
#define PROCESS_HERE "credential_process = get\n"
#define GIVES(id) 200, STS_REPLY(id, LATER), NULL

static const Rank ranks[] =
{
	{"environment", 0, KEYS_OF("AKIAC"), "role_arn = " ROLE2 "\n"
		"source_profile = base\n" SSO_HERE PROCESS_HERE, {{0}}},
	{"profile base (config file), role " ROLE2, 2, KEYS_OF("AKIAC"),
		"role_arn = " ROLE2 "\nsource_profile = base\n" SSO_HERE PROCESS_HERE,
	{{STS, "Action=AssumeRole&", GIVES("ASIA1")}}},
	{WEB_NAME, 2, KEYS_OF("AKIAC"), SSO_HERE PROCESS_HERE,
	{{STS, "Action=AssumeRoleWithWebIdentity&", GIVES("ASIA2")}}},
	{"profile default (SSO)", 4, KEYS_OF("AKIAC"), SSO_HERE PROCESS_HERE,
		{{PORTAL, NULL, 200, "{\"roleCredentials\":{\"accessKeyId\":\"A\","
				"\"secretAccessKey\":\"k\",\"sessionToken\":\"t\","
	"\"expiration\":1767326645000}}", NULL}}},
	{"profile default (credentials file)", 4, KEYS_OF("AKIAC"), PROCESS_HERE
	KEYS_OF("AKIACONF"), {{0}}},
	{"profile default (credential_process)", 4, "", PROCESS_HERE
		KEYS_OF("AKIACONF"),
		{{"RUN get|", NULL, 1, "{\"Version\":1,\"AccessKeyId\":\"A\","
	"\"SecretAccessKey\":\"k\"}", ""}}},
	{"profile default (config file)", 4, "", KEYS_OF("AKIACONF"), {{0}}},
	{"container endpoint", 4, "", "",
	{{BOX_ASK, NULL, 200, JSON_KEYS("A", LATER), NULL}}},
	{"instance metadata", 5, "", "",
		{GIVE_TOKEN, GIVE_ROLE, {GET_KEYS, NULL, 200, JSON_KEYS("A", LATER),
	NULL}}},
};

static void
test_order(void)
{
	char		credentials[1000];
	char		config[2000];
	size_t		i;

	for (i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++)
	{
		const Rank *r = &ranks[i];
		Case		c = {.name = r->source,.source = r->source,
			.config = {.source = RSD_CREDS_CHAIN},
			.files = {TOKEN, {CORP, CACHED(LATER)},
				{CREDENTIALS, credentials}, {CONFIG, config}},
		};

		snprintf(credentials, sizeof(credentials), "[default]\n%s",
				 r->credentials);
		snprintf(config, sizeof(config), "[default]\n%s" BASE, r->config);
		memcpy(c.vars, all_vars + r->vars_from,
			   sizeof(all_vars) - (size_t) r->vars_from * sizeof(char *));
		memcpy(c.steps, r->steps, sizeof(r->steps));
		c.key = "*";
		run_case(&c);
	}
}

static const Case chain_cases[] =
{
	{.name = "nothing anywhere",.config = {.source = RSD_CREDS_CHAIN},
		.vars = {"AWS_EC2_METADATA_DISABLED=true"},
		.source = "no source of credentials is set up",
		.story = "environment: AWS_ACCESS_KEY_ID is not set; web identity: "
		"AWS_WEB_IDENTITY_TOKEN_FILE is not set; profile: profile \"default\" "
	"has no "},
	{.name = "a chosen profile is stronger than variables",
		.config = {.source = RSD_CREDS_CHAIN,.profile = "p"},
		.vars = {"AWS_ACCESS_KEY_ID=AKIAENV", "AWS_SECRET_ACCESS_KEY=k/" MARK,
			"AWS_WEB_IDENTITY_TOKEN_FILE=" TOKEN_FILE,
		"AWS_ROLE_ARN=" ROLE},
		.files = {{CREDENTIALS, "[p]\n" KEYS_OF("AKIAP")}},
		.key = "AKIAP",.source = "profile p (credentials file)"},
	{.name = "AWS_PROFILE is not",.config = {.source = RSD_CREDS_CHAIN},
		.vars = {"AWS_PROFILE=p", "AWS_ACCESS_KEY_ID=AKIAENV",
		"AWS_SECRET_ACCESS_KEY=k/" MARK},
		.files = {{CREDENTIALS, "[p]\n" KEYS_OF("AKIAP")}},
		.key = "AKIAENV",.source = "environment"},
	{.name = "a source that is set up wrongly ends the chain",
		.config = {.source = RSD_CREDS_CHAIN},
		.vars = {"AWS_ACCESS_KEY_ID=AKIAENV", RELATIVE},
		.source = "AWS_SECRET_ACCESS_KEY is not"},
	{.name = "HOME is somebody else's",.config = {.source = RSD_CREDS_CHAIN},
		.vars = {RELATIVE},.files = {{CONFIG, NULL}},
		.steps = {{BOX_ASK, NULL, 200, JSON_KEYS("A", LATER), NULL}},
		.key = "A",.source = "container endpoint",
		.story = "could not read file \"" CONFIG "\": Permission denied"},
	{.name = "nobody's business, but AWS_PROFILE names it",
		.config = {.source = RSD_CREDS_CHAIN},
		.vars = {RELATIVE, "AWS_PROFILE=p"},.files = {{CONFIG, NULL}},
		.source = "Permission denied"},
	{.name = "AWS_PROFILE must exist",.config = {.source = RSD_CREDS_CHAIN},
		.vars = {"AWS_PROFILE=p", RELATIVE},.source = "no profile \"p\""},
};

int
main(void)
{
	RUN_CASES(web_cases);
	RUN_CASES(sso_cases);
	RUN_CASES(container_cases);
	RUN_CASES(instance_cases);
	RUN_CASES(chain_cases);
	test_order();
	return tap_done();
}
