/*
 * option_check.c
 *	  Checks of single option values, for the table in options.c.
 *
 * The patterns are those of the service's public model (redshift-data,
 * 2019-12-20).  Values of secret options never get into a message.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "aws/sns.h"
#include "aws/sts.h"
#include "base/uri.h"
#include "net/proxy.h"
#include "pg/option_check.h"
#include "pg/options.h"
#include "pg/utf8text.h"

#define MAX_INTERVAL_DAYS 30

static void
bad_value(const char *name, const char *value, const char *expected)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for option \"%s\": \"%s\"", name, value),
			 errdetail("Expected %s.", expected)));
}

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Words of a-z and 0-9 joined by single hyphens, the first with a letter. */
static bool
is_hyphenated(const char *s)
{
	const char *p;

	if (!is_lower(s[0]))
		return false;
	for (p = s; *p != '\0'; p++)
	{
		if (*p == '-' && (p[1] == '-' || p[1] == '\0'))
			return false;
		if (*p != '-' && !is_lower(*p) && !is_digit(*p))
			return false;
	}
	return true;
}

static bool
has_control(const char *s)
{
	for (; *s != '\0'; s++)
	{
		if ((unsigned char) *s < 0x20 || *s == 0x7f)
			return true;
	}
	return false;
}

void
rsd_check_text(const char *name, const char *value)
{
	if (value[0] == '\0' || has_control(value))
		bad_value(name, value, "text that is not empty and has no control characters");
	/* an error if it has no UTF-8 form: it could not be sent */
	(void) rsd_text_to_utf8(value);
}

void
rsd_check_secret(const char *name, const char *value)
{
	if (value[0] == '\0' || has_control(value) || strchr(value, ' ') != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for option \"%s\"", name),
				 errdetail("Expected text that is not empty and has no blanks or control characters.")));
}

void
rsd_check_region(const char *name, const char *value)
{
	const char *last = strrchr(value, '-');

	if (!is_hyphenated(value) || strlen(value) > 63 ||
		last == NULL || strspn(last + 1, "0123456789") != strlen(last + 1))
		bad_value(name, value, "a region such as eu-west-1");
}

void
rsd_check_cluster(const char *name, const char *value)
{
	if (!is_hyphenated(value) || strlen(value) > 63)
		bad_value(name, value, "1 to 63 lower-case letters, digits and single hyphens, beginning with a letter");
}

/* Six fields of an ARN, of the given service? */
static bool
is_arn_of(const char *arn, const char *service, const char *resource)
{
	const char *field[6];
	int			i;

	field[0] = arn;
	for (i = 1; i < 6; i++)
	{
		field[i] = strchr(field[i - 1], ':');
		if (field[i] == NULL)
			return false;
		field[i]++;
	}
	return strncmp(field[0], "arn:aws", 7) == 0 &&
		strncmp(field[2], service, strlen(service)) == 0 &&
		field[2][strlen(service)] == ':' &&
		field[3] + 1 < field[4] &&
		strspn(field[4], "0123456789") == 12 && field[4][12] == ':' &&
		strncmp(field[5], resource, strlen(resource)) == 0 &&
		strlen(field[5]) > strlen(resource);
}

void
rsd_check_workgroup(const char *name, const char *value)
{
	size_t		len = strlen(value);

	if (len <= 128 && is_arn_of(value, "redshift-serverless", "workgroup/"))
		return;
	if (len < 3 || len > 63 ||
		strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
		bad_value(name, value, "3 to 63 lower-case letters, digits and hyphens, or the ARN of a workgroup");
}

void
rsd_check_secret_arn(const char *name, const char *value)
{
	rsd_check_text(name, value);
	if (strchr(value, ' ') != NULL ||
		(strncmp(value, "arn:", 4) == 0 &&
		 !is_arn_of(value, "secretsmanager", "secret:")))
		bad_value(name, value, "the ARN or the name of a secret in Secrets Manager");
}

void
rsd_check_topic(const char *name, const char *value)
{
	if (!rsd_sns_arn_valid(value))
		bad_value(name, value, "the ARN of an SNS topic");
}

void
rsd_check_topics(const char *name, const char *value)
{
	char	   *copy = pstrdup(value);
	char	   *topic = copy;
	char	   *comma;

	do
	{
		RsdSlice	trimmed;

		comma = strchr(topic, ',');
		if (comma != NULL)
			*comma = '\0';
		trimmed = rsd_slice_trim(rsd_slice_str(topic));
		rsd_check_topic(name, pnstrdup(trimmed.data, trimmed.len));
		topic = comma + 1;
	} while (comma != NULL);
	pfree(copy);
}

void
rsd_check_url(const char *name, const char *value)
{
	RsdUrl		url;
	RsdError	err;

	if (!rsd_url_split(rsd_slice_str(value), &url, &err))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for option \"%s\"", name),
				 errdetail("Expected a URL such as https://host:port/path: %s.",
						   err.what)));
}

void
rsd_check_proxy(const char *name, const char *value)
{
	RsdProxy	proxy;
	RsdError	err;
	bool		good;

	if (strcmp(value, "none") == 0)
		return;
	good = rsd_proxy_parse(value, &proxy, &err);
	rsd_wipe(&proxy, sizeof(proxy));
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for option \"%s\"", name),
				 errdetail("Expected \"none\" or a URL such as http://user:password@host:3128: %s.",
						   err.what)));
}

void
rsd_check_in_flight(const char *name, const char *value)
{
	size_t		len = strlen(value);

	if (len < 1 || len > 3 || strspn(value, "0123456789") != len ||
		atoi(value) < 1 || atoi(value) > 500)
		bad_value(name, value, "an integer from 1 to 500");
}

/*
 * Without a limit a server would take from all others of its account, so
 * only superusers may say so.
 */
void
rsd_check_quota_share(const char *name, const char *value)
{
	size_t		len = strlen(value);
	double		share = strtod(value, NULL);

	if (len < 1 || len > 8 || strspn(value, "0123456789.") != len ||
		value[strcspn(value, "0123456789")] == '\0' ||
		strchr(value, '.') != strrchr(value, '.') ||
		share > 1 || (share != 0 && share < 0.001))
		bad_value(name, value, "a number from 0.001 to 1, or 0 for no limit");
	if (share == 0 && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"%s\" to 0", name),
				 errdetail("Only superusers may create or alter a server without a limit.")));
}

int64
rsd_interval_usec(const Interval *interval)
{
	int64		days = (int64) interval->month * DAYS_PER_MONTH + interval->day;
	int64		usec;

	if (pg_mul_s64_overflow(days, USECS_PER_DAY, &usec))
		return days < 0 ? PG_INT64_MIN : PG_INT64_MAX;
	if (pg_add_s64_overflow(usec, interval->time, &usec))
		return interval->time < 0 ? PG_INT64_MIN : PG_INT64_MAX;
	return usec;
}

/* Core's message tells the value only. */
static void
describe_option(void *arg)
{
	errcontext("option \"%s\"", (const char *) arg);
}

Interval *
rsd_read_interval(const char *name, const char *value)
{
	ErrorContextCallback context;
	Datum		interval;

	context.callback = describe_option;
	context.arg = unconstify(char *, name);
	context.previous = error_context_stack;
	error_context_stack = &context;
	interval = DirectFunctionCall3(interval_in, CStringGetDatum(value),
								   ObjectIdGetDatum(InvalidOid),
								   Int32GetDatum(-1));
	error_context_stack = context.previous;
	return DatumGetIntervalP(interval);
}

void
rsd_check_interval(const char *name, const char *value)
{
	int64		usec = rsd_interval_usec(rsd_read_interval(name, value));

	if (usec < 0 || usec > MAX_INTERVAL_DAYS * USECS_PER_DAY)
		bad_value(name, value, "an interval from 0 (no limit) to 30 days");
}

void
rsd_check_boolean(const char *name, const char *value)
{
	bool		ignored;

	if (!parse_bool(value, &ignored))
		bad_value(name, value, "a boolean");
}

void
rsd_check_describe(const char *name, const char *value)
{
	if (strcmp(value, "always") != 0 && strcmp(value, "needed") != 0)
		bad_value(name, value, "\"always\" or \"needed\"");
}

/* A value that exists but comes with a later release. */
void
rsd_check_result_format(const char *name, const char *value)
{
	if (strcmp(value, "json") != 0 && strcmp(value, "csv") != 0 &&
		strcmp(value, "auto") != 0)
		bad_value(name, value, "\"json\", \"csv\" or \"auto\"");
}

void
rsd_check_source(const char *name, const char *value)
{
	RsdCredsSource ignored;

	if (!rsd_creds_source_parse(value, &ignored))
		bad_value(name, value, "\"keys\", \"environment\", \"profile\", \"web_identity\", \"container\", \"instance\" or \"chain\"");
}

/* Would STS take this role?  What is not asked about has a good value. */
static void
check_role(const char *name, const char *value, RsdStsRole role,
		   const char *expected)
{
	RsdError	err;

	if (role.role_arn == NULL)
		role.role_arn = "arn:aws:iam::123456789012:role/any";
	if (role.session_name == NULL)
		role.session_name = "rsdata";
	if (value[0] == '\0' || !rsd_sts_check_role(&role, &err))
		bad_value(name, value, expected);
}

void
rsd_check_role_arn(const char *name, const char *value)
{
	check_role(name, value, (RsdStsRole) {.role_arn = value},
			   "the ARN of a role");
}

void
rsd_check_external_id(const char *name, const char *value)
{
	check_role(name, value, (RsdStsRole) {.external_id = value},
			   "2 to 1224 letters, digits and characters of \"_+=,.@:/-\"");
}

void
rsd_check_session_name(const char *name, const char *value)
{
	check_role(name, value, (RsdStsRole) {.session_name = value},
			   "2 to 64 letters, digits and characters of \"_+=,.@-\"");
}

void
rsd_check_duration(const char *name, const char *value)
{
	size_t		len = strlen(value);
	int			seconds = len <= 6 ? atoi(value) : 0;

	if (strspn(value, "0123456789") != len ||
		seconds < 900 || seconds > 43200)
		bad_value(name, value, "an integer from 900 to 43200");
}
