/*
 * options.c
 *		The command line of rsdata-call.  Options are named as those of
 *		server and mapping, with "-" for "_".
 */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_TIMEOUT_S 60
#define MAX_TIMEOUT_S 3600

typedef struct Option
{
	const char *name;			/* without "--" */
	const char *value;			/* for the help */
	const char *what;
	size_t		offset;			/* of the member */
} Option;

#define MEMBER(m) offsetof(CallOptions, m)

static const Option table[] =
{
	{"region", "REGION", "else AWS_REGION, AWS_DEFAULT_REGION, the profile's",
	MEMBER(region)},
	{"workgroup-name", "NAME", "the workgroup", MEMBER(workgroup)},
	{"cluster-identifier", "NAME", "or the cluster", MEMBER(cluster)},
	{"database", "NAME", "the database", MEMBER(database)},
	{"db-user", "NAME", "database user of a cluster", MEMBER(db_user)},
	{"secret-arn", "ARN", "secret with the database's password",
	MEMBER(secret_arn)},
	{"credentials", "SOURCE", "environment, profile, web_identity, container, instance or chain (default)",
	MEMBER(credentials)},
	{"profile", "NAME", "profile of the shared files", MEMBER(profile)},
	{"role-arn", "ARN", "role to assume with these credentials",
	MEMBER(role_arn)},
	{"external-id", "TEXT", "for that role", MEMBER(external_id)},
	{"role-session-name", "NAME", "for that role", MEMBER(role_session_name)},
	{"endpoint-url", "URL", "else AWS_ENDPOINT_URL..., the profile's, the region's",
	MEMBER(endpoint_url)},
	{"sts-endpoint-url", "URL", "instead of the region's STS",
	MEMBER(sts_endpoint_url)},
	{"sns-endpoint-url", "URL", "instead of the topic's SNS",
	MEMBER(sns_endpoint_url)},
	{"proxy", "URL", "or none; else HTTPS_PROXY and NO_PROXY",
	MEMBER(proxy)},
	{"ca-bundle", "FILE", "certificates to trust instead of the system's",
	MEMBER(ca_bundle)},
	{"timeout", "SECONDS", "in all (60)", MEMBER(timeout)},
};

static const struct
{
	const char *name;
	RsdCredsSource source;
}			sources[] =
{
	{"environment", RSD_CREDS_ENVIRONMENT}, {"profile", RSD_CREDS_PROFILE},
	{"web_identity", RSD_CREDS_WEB_IDENTITY},
	{"container", RSD_CREDS_CONTAINER}, {"instance", RSD_CREDS_INSTANCE},
	{"chain", RSD_CREDS_CHAIN},
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static void
print_help(void)
{
	size_t		i;

	printf("rsdata-call: makes one call as rsdata would, and shows what comes of it.\n\n"
		   "usage: rsdata-call [option...] CALL [argument...]\n\n"
		   "  credentials            where the keys come from; calls only what that takes\n"
		   "  identity               STS GetCallerIdentity: whose keys they are\n"
		   "  execute SQL            ExecuteStatement, wait, the first page of the result\n"
		   "  describe ID            DescribeStatement\n"
		   "  result ID [TOKEN]      GetStatementResult, one page\n"
		   "  cancel ID              CancelStatement\n"
		   "  publish TOPIC MESSAGE  SNS Publish\n\n");
	for (i = 0; i < LENGTH(table); i++)
		printf("  --%s %s%*s %s\n", table[i].name, table[i].value,
			   (int) (28 - strlen(table[i].name) - strlen(table[i].value)), "",
			   table[i].what);
	printf("\nIt exits with 0 if the call succeeded, 1 if it was refused or got no reply,\n"
		   "2 if the command line is wrong, 3 if there are no credentials.\n");
}

/* Prints a complaint; false, to return. */
static bool
complain(const char *what, const char *about)
{
	fprintf(stderr, "rsdata-call: %s \"%s\" (--help lists all)\n", what,
			about);
	return false;
}

/* The option of that name, n bytes long, or NULL. */
static const Option *
find_option(const char *name, size_t n)
{
	size_t		i;

	for (i = 0; i < LENGTH(table); i++)
		if (strlen(table[i].name) == n && memcmp(table[i].name, name, n) == 0)
			return &table[i];
	return NULL;
}

/* Takes "--name value" or "--name=value" at argv[*i]. */
static bool
take_option(CallOptions *options, int argc, char **argv, int *i)
{
	const char *name = argv[*i] + 2;
	size_t		n = strcspn(name, "=");
	const Option *option = find_option(name, n);
	const char *value = name + n + 1;

	if (option == NULL)
		return complain("no such option:", argv[*i]);
	if (name[n] == '\0')
	{
		if (*i + 1 >= argc)
			return complain("no value for option", argv[*i]);
		value = argv[++*i];
	}
	*(const char **) (void *) ((char *) options + option->offset) = value;
	return true;
}

static bool
take_word(CallOptions *options, const char *word)
{
	if (options->call == NULL)
		options->call = word;
	else if (options->nargs < (int) LENGTH(options->args))
		options->args[options->nargs++] = word;
	else
		return complain("too many arguments:", word);
	return true;
}

static bool
check_values(CallOptions *options)
{
	const char *name = options->credentials;
	size_t		i;

	options->source = RSD_CREDS_CHAIN;
	for (i = 0; name != NULL && i < LENGTH(sources); i++)
		if (strcmp(name, sources[i].name) == 0)
			break;
	if (i == LENGTH(sources))
		return complain("no such source of credentials:", name);
	if (name != NULL)
		options->source = sources[i].source;
	options->timeout_s = options->timeout == NULL ? DEFAULT_TIMEOUT_S
		: atoi(options->timeout);
	if (options->timeout_s < 1 || options->timeout_s > MAX_TIMEOUT_S)
		return complain("a timeout is 1 to 3600 seconds, not",
						options->timeout);
	return options->call != NULL || complain("say which call:", "...");
}

bool
call_options_read(CallOptions *options, int argc, char **argv,
				  int *exit_status)
{
	bool		good = true;
	int			i;

	memset(options, 0, sizeof(*options));
	*exit_status = 2;
	for (i = 1; i < argc && good; i++)
	{
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
		{
			print_help();
			*exit_status = 0;
			return false;
		}
		good = strncmp(argv[i], "--", 2) == 0 && argv[i][2] != '\0'
			? take_option(options, argc, argv, &i)
			: take_word(options, argv[i]);
	}
	return good && check_values(options);
}
