/*
 * t_creds_sources.c
 *		aws: keys that are given or lie in variables and files, roles, and
 *		processes: each well and ill.
 */
#include "t_creds.h"

#define GIVEN .source = RSD_CREDS_KEYS,.access_key_id = "AKIAGIVEN", \
	.secret_access_key = "k/" MARK

static const Case keys_cases[] =
{
	{.name = "given keys",.config = {GIVEN},
		.key = "AKIAGIVEN",.source = "given keys"},
	{.name = "given keys, role",.config = {GIVEN,.role_arn = ROLE,
			.external_id = "x:1",.duration_seconds = 900,
			.role_session_name = "rsdata-0123456789abcdef"},
		.steps = {{STS, "\nAction=AssumeRole&Version=2011-06-15&RoleArn=arn%3A"
				"aws%3Aiam%3A%3A123456789012%3Arole%2Fetl&RoleSessionName="
				"rsdata-0123456789abcdef&ExternalId=x%3A1&DurationSeconds=900",
				200, STS_REPLY("ASIA1", LATER), NULL}},
		.key = "ASIA1",.source = "given keys, role " ROLE},
	{.name = "role is signed with the source",.config = {GIVEN,
			.role_arn = ROLE},
		.steps = {{STS, "Credential=AKIAGIVEN/20260102/eu-west-1/sts/", 200,
				STS_REPLY("ASIA1", LATER), NULL}},
		.key = "ASIA1",.source = "given keys, role " ROLE},
	{.name = "STS elsewhere",.config = {GIVEN,.role_arn = ROLE,
			.sts_endpoint_url = "http://127.0.0.1:5000"},
		.steps = {{"POST http://127.0.0.1:5000/", NULL, 200,
				STS_REPLY("ASIA1", LATER), NULL}},
		.key = "ASIA1",.source = "given keys, role " ROLE},
	{.name = "STS elsewhere, without the switches",.config = {GIVEN,
			.role_arn = ROLE,.sts_endpoint_url = "http://127.0.0.1:5000",
			.fips = true,.dualstack = true,.sts_legacy = true},
		.steps = {{"POST http://127.0.0.1:5000/", NULL, 200,
				STS_REPLY("ASIA1", LATER), NULL}},
		.key = "ASIA1",.source = "given keys, role " ROLE},
	{.name = "STS as of old",.config = {GIVEN,.role_arn = ROLE,
			.sts_legacy = true},
		.steps = {{"POST https://sts.amazonaws.com/",
				"Credential=AKIAGIVEN/20260102/us-east-1/sts/", 200,
				STS_REPLY("ASIA1", LATER), NULL}},
		.key = "ASIA1",.source = "given keys, role " ROLE},
	{.name = "STS with FIPS is regional",.config = {GIVEN,.role_arn = ROLE,
			.sts_legacy = true,.fips = true},
		.steps = {{"POST https://sts-fips.eu-west-1.amazonaws.com/", NULL, 200,
				STS_REPLY("ASIA1", LATER), NULL}},
		.key = "ASIA1",.source = "given keys, role " ROLE},
	{.name = "STS in China",.config = {GIVEN,.role_arn = ROLE,
			.region = "cn-north-1"},
		.steps = {{"POST https://sts.cn-north-1.amazonaws.com.cn/", NULL, 200,
				STS_REPLY("ASIA1", LATER), NULL}},
		.key = "ASIA1",.source = "given keys, role " ROLE},
	{.name = "STS refuses",.config = {GIVEN,.role_arn = ROLE},
		.steps = {{STS, NULL, 403, STS_ERROR("AccessDenied",
						"not authorized to perform sts:AssumeRole, k/" MARK),
				NULL}},
		.source = "AccessDenied: not authorized to perform sts:AssumeRole",
		.story = "role " ROLE ": POST https://sts.eu-west-1.amazonaws.com/ "
		"answered AccessDenied"},
	{.name = "STS is down, then not",.config = {GIVEN,.role_arn = ROLE},
		.steps = {{STS, NULL, 503, "", NULL},
			{STS, NULL, FAULT, "connection refused", NULL},
			{STS, NULL, 200, STS_REPLY("ASIA1", LATER), NULL}},
		.key = "ASIA1",.source = "given keys, role " ROLE},
	{.name = "STS stays down",.config = {GIVEN,.role_arn = ROLE},
		.steps = {{STS, NULL, FAULT, "connection refused", NULL},
			{STS, NULL, FAULT, "connection refused", NULL},
			{STS, NULL, FAULT, "connection refused", NULL}},
		.source = "connection refused"},
	{.name = "STS answers nonsense",.config = {GIVEN,.role_arn = ROLE},
		.steps = {{STS, NULL, 200, "<html>welcome</html>", NULL}},
		.source = "no credentials in the reply"},
	{.name = "STS gives no end",.config = {GIVEN,.role_arn = ROLE},
		.steps = {{STS, NULL, 200, STS_REPLY("ASIA1", "soon"), NULL}},
		.source = "no readable Expiration"},
	{.name = "STS gives old keys",.config = {GIVEN,.role_arn = ROLE},
		.steps = {{STS, NULL, 200, STS_REPLY("ASIA1", "2026-01-01T00:00:00Z"),
				NULL}},
		.source = "expired already"},
	{.name = "environment",.config = {.source = RSD_CREDS_ENVIRONMENT},
		.vars = {"AWS_ACCESS_KEY_ID=AKIAENV", "AWS_SECRET_ACCESS_KEY=k/" MARK,
		"AWS_SESSION_TOKEN=t/" MARK, "AWS_CREDENTIAL_EXPIRATION=" LATER},
		.key = "AKIAENV",.source = "environment"},
	{.name = "environment, half",.config = {.source = RSD_CREDS_ENVIRONMENT},
		.vars = {"AWS_ACCESS_KEY_ID=AKIAENV"},
		.source = "AWS_SECRET_ACCESS_KEY is not"},
	{.name = "environment, empty",.config = {.source = RSD_CREDS_ENVIRONMENT},
		.vars = {"AWS_ACCESS_KEY_ID="},
		.source = "AWS_ACCESS_KEY_ID is not set"},
	{.name = "environment, bad end",.config = {.source = RSD_CREDS_ENVIRONMENT},
		.vars = {"AWS_ACCESS_KEY_ID=AKIAENV", "AWS_SECRET_ACCESS_KEY=k/" MARK,
		"AWS_CREDENTIAL_EXPIRATION=tomorrow"},
		.source = "AWS_CREDENTIAL_EXPIRATION is not a time"},
	{.name = "environment, past",.config = {.source = RSD_CREDS_ENVIRONMENT},
		.vars = {"AWS_ACCESS_KEY_ID=AKIAENV", "AWS_SECRET_ACCESS_KEY=k/" MARK,
		"AWS_CREDENTIAL_EXPIRATION=2026-01-01T00:00:00Z"},
		.source = "expired already"},
};

#define PROFILE(name) {.source = RSD_CREDS_PROFILE,.profile = name}

static const Case profile_cases[] =
{
	{.name = "credentials file",.config = PROFILE(NULL),
		.files = {{CREDENTIALS, "[default]\n" KEYS_OF("AKIADEF")}},
		.key = "AKIADEF",.source = "profile default (credentials file)"},
	{.name = "config file",.config = PROFILE("etl"),
		.files = {{CONFIG, "[default]\n" KEYS_OF("AKIADEF")
				"[profile etl]\n" KEYS_OF("AKIAETL")}},
		.key = "AKIAETL",.source = "profile etl (config file)"},
	{.name = "credentials file before config",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\n" KEYS_OF("AKIACONF")},
		{CREDENTIALS, "[etl]\n" KEYS_OF("AKIACRED")}},
		.key = "AKIACRED",.source = "profile etl (credentials file)"},
	{.name = "process before config's keys",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\ncredential_process = p\n"
				KEYS_OF("AKIACONF")}},
		.steps = {{"RUN p|", NULL, 1, "{\"Version\":1,\"AccessKeyId\":\"AKIAPROC\","
				"\"SecretAccessKey\":\"k/" MARK "\"}", ""}},
		.key = "AKIAPROC",.source = "profile etl (credential_process)"},
	{.name = "AWS_PROFILE, quoted name",.config = PROFILE(NULL),
		.vars = {"AWS_PROFILE=a b"},
		.files = {{CONFIG, "[profile \"a b\"]\n" KEYS_OF("AKIAAB")}},
		.key = "AKIAAB",.source = "profile a b (config file)"},
	{.name = "files elsewhere",.config = PROFILE(NULL),
		.vars = {"AWS_CONFIG_FILE=~/c", "AWS_SHARED_CREDENTIALS_FILE=$D/k",
		"D=/d"},
		.files = {{"/h/c", "[default]\nregion = x\n"},
		{"/d/k", "[default]\n" KEYS_OF("AKIAK")}},
		.key = "AKIAK",.source = "profile default (credentials file)"},
	{.name = "no such profile",.config = PROFILE("etl"),
		.files = {{CONFIG, "[etl]\n" KEYS_OF("AKIAETL")}},
		.source = "no profile \"etl\" in \"" CONFIG "\" or \"" CREDENTIALS "\""},
	{.name = "an empty profile",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\nregion = eu-west-1\n"}},
		.source = "profile \"etl\" has no role, web identity, SSO login, keys or"},
	{.name = "half keys",.config = PROFILE("etl"),
		.files = {{CREDENTIALS, "[etl]\naws_access_key_id = AKIAETL\n"}},
		.source = "in file \"" CREDENTIALS "\" has no aws_secret_access_key"},
	{.name = "bad line",.config = PROFILE("etl"),
		.files = {{CREDENTIALS, "[etl]\n# fine\nk/" MARK "\n"}},
		.source = "file \"" CREDENTIALS "\", line 3: neither [section] nor key"},
	{.name = "unreadable file",.config = PROFILE("etl"),
		.files = {{CREDENTIALS, NULL}},
		.source = "could not read file \"" CREDENTIALS "\": Permission denied"},
	{.name = "aws login",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\nlogin_session = x\n"}},
		.source = "uses \"aws login\""},
};

static const Case role_cases[] =
{
	{.name = "role",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\nrole_arn = " ROLE "\n"
				"source_profile = base\nexternal_id = ext\n"
				"duration_seconds = 1800\nrole_session_name = me\n"},
		{CREDENTIALS, "[base]\n" KEYS_OF("AKIABASE")}},
		.steps = {{STS, "&RoleSessionName=me&ExternalId=ext&DurationSeconds=1800",
				200, STS_REPLY("ASIA1", LATER), NULL}},
		.key = "ASIA1",
		.source = "profile base (credentials file), role " ROLE},
	{.name = "role before keys",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\nrole_arn = " ROLE "\n"
				"source_profile = base\n" KEYS_OF("AKIAETL")
				"[profile base]\n" KEYS_OF("AKIABASE")}},
		.steps = {{STS, "Credential=AKIABASE/", 200, STS_REPLY("ASIA1", LATER),
				NULL}},
		.key = "ASIA1",.source = "profile base (config file), role " ROLE},
	{.name = "role of a role of keys, and one on top",
		.config = {.source = RSD_CREDS_PROFILE,.profile = "etl",
			.role_arn = "arn:aws:iam::123456789012:role/top"},
		.files = {{CONFIG, "[profile etl]\nrole_arn = " ROLE2 "\n"
				"source_profile = mid\n[profile mid]\nrole_arn = " ROLE "\n"
				"source_profile = base\n[profile base]\n" KEYS_OF("AKIABASE")}},
		.steps = {{STS, "Credential=AKIABASE/", 200, STS_REPLY("ASIA1", LATER),
				NULL},
			{STS, "Credential=ASIA1/", 200, STS_REPLY("ASIA2", LATER), NULL},
			{STS, "X-Amz-Security-Token: t/" MARK "+ASIA2==\n", 200,
			STS_REPLY("ASIA3", LATER), NULL}},
		.key = "ASIA3",.source = "profile base (config file), role " ROLE
		", role " ROLE2 ", role arn:aws:iam::123456789012:role/top"},
	{.name = "role of itself with keys",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\nrole_arn = " ROLE "\n"
				"source_profile = etl\n" KEYS_OF("AKIAETL")}},
		.steps = {{STS, "Credential=AKIAETL/", 200, STS_REPLY("ASIA1", LATER),
				NULL}},
		.key = "ASIA1",.source = "profile etl (config file), role " ROLE},
	{.name = "role of itself without keys",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\nrole_arn = " ROLE "\n"
				"source_profile = etl\n"}},
		.source = "lead to each other"},
	{.name = "a loop",.config = PROFILE("a"),
		.files = {{CONFIG, "[profile a]\nrole_arn = " ROLE "\n"
				"source_profile = b\n[profile b]\nrole_arn = " ROLE "\n"
				"source_profile = a\n"}},
		.source = "profile \"b\" and its source_profile \"a\" lead to each other"},
	{.name = "source missing",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\nrole_arn = " ROLE "\n"
				"source_profile = nobody\n"}},
		.source = "names source_profile \"nobody\", which does not exist"},
	{.name = "no source",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\nrole_arn = " ROLE "\n"}},
		.source = "neither source_profile nor credential_source"},
	{.name = "two sources",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\nrole_arn = " ROLE "\n"
				"source_profile = etl\ncredential_source = Environment\n"}},
		.source = "both source_profile and credential_source"},
	{.name = "MFA",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\nrole_arn = " ROLE "\n"
				"source_profile = etl\nmfa_serial = x\n"}},
		.source = "mfa_serial"},
	{.name = "bad duration",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\nrole_arn = " ROLE "\n"
				"source_profile = etl\nduration_seconds = 1h\n"}},
		.source = "duration_seconds \"1h\""},
	{.name = "bad role",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\nrole_arn = me\n"
				"source_profile = etl\n" KEYS_OF("AKIAETL")}},
		.source = "not an ARN"},
	{.name = "source is the environment",.config = PROFILE("etl"),
		.vars = {"AWS_ACCESS_KEY_ID=AKIAENV", "AWS_SECRET_ACCESS_KEY=k/" MARK},
		.files = {{CONFIG, "[profile etl]\nrole_arn = " ROLE "\n"
				"credential_source = environment\n"}},
		.steps = {{STS, "Credential=AKIAENV/", 200, STS_REPLY("ASIA1", LATER),
				NULL}},
		.key = "ASIA1",.source = "environment, role " ROLE},
	{.name = "source is the environment, which is empty",
		.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\nrole_arn = " ROLE "\n"
				"credential_source = Environment\n"}},
		.source = "AWS_ACCESS_KEY_ID is not set"},
	{.name = "source is unknown",.config = PROFILE("etl"),
		.files = {{CONFIG, "[profile etl]\nrole_arn = " ROLE "\n"
				"credential_source = Moon\n"}},
		.source = "credential_source \"Moon\""},
};

#define PROCESS(command) {{CONFIG, "[profile p]\ncredential_process = " command \
	"\n"}}
#define PRINTED "{\"Version\":1,\"AccessKeyId\":\"AKIAPROC\"," \
	"\"SecretAccessKey\":\"k/" MARK "\""

static const Case process_cases[] =
{
	{.name = "process",.config = PROFILE("p"),
		.files = PROCESS("/bin/get \"a b\" 'c d' e\\ f"),
		.steps = {{"RUN /bin/get|a b|c d|e f|", NULL, 1,
				PRINTED ",\"SessionToken\":\"t\",\"Expiration\":\"" LATER "\"}", ""}},
		.key = "AKIAPROC",.source = "profile p (credential_process)"},
	{.name = "process over two lines",.config = PROFILE("p"),
		.files = PROCESS("get\n   --x=1"),
		.steps = {{"RUN get|--x=1|", NULL, 1, PRINTED "}", ""}},
		.key = "AKIAPROC",.source = "profile p (credential_process)"},
	{.name = "process fails",.config = PROFILE("p"),.files = PROCESS("get"),
		.steps = {{"RUN get|", NULL, 1 + 3, PRINTED "}", " no luck \nat all\n"}},
		.source = "ended with code 3: no luck"},
	{.name = "process prints no JSON",.config = PROFILE("p"),
		.files = PROCESS("get"),
		.steps = {{"RUN get|", NULL, 1, MARK, ""}},.source = "JSON"},
	{.name = "process prints too little",.config = PROFILE("p"),
		.files = PROCESS("get"),
		.steps = {{"RUN get|", NULL, 1, "{\"Version\":1,\"AccessKeyId\":\"A\"}", ""}},
		.source = "\"SecretAccessKey\" is missing"},
	{.name = "process of another version",.config = PROFILE("p"),
		.files = PROCESS("get"),
		.steps = {{"RUN get|", NULL, 1, "{\"Version\":2}", ""}},
		.source = "Version is not 1"},
	{.name = "process prints more",.config = PROFILE("p"),
		.files = PROCESS("get"),
		.steps = {{"RUN get|", NULL, 1, PRINTED "} and on", ""}},
		.source = "JSON"},
	{.name = "process hangs",.config = PROFILE("p"),.files = PROCESS("get"),
		.steps = {{"RUN get|", " within 60000 ms", TIMED_OUT,
				"no end after 60 s", ""}},
		.source = "credential_process: no end after 60 s"},
	{.name = "process with an open quote",.config = PROFILE("p"),
		.files = PROCESS("get 'a"),.source = "a quote is not closed"},
	{.name = "process without a program",.config = PROFILE("p"),
		.files = PROCESS("''"),.source = "names no program"},
};

int
main(void)
{
	RUN_CASES(keys_cases);
	RUN_CASES(profile_cases);
	RUN_CASES(role_cases);
	RUN_CASES(process_cases);
	return tap_done();
}
