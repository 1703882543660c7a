/*
 * keys.c
 *		Does what a source of credentials asks for until it has keys.
 */
#include "keys.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "aws/creds_files.h"
#include "base/timefmt.h"
#include "command.h"

static int64_t
wall_us(void)
{
	const RsdEnv *env = rsd_env_system();

	return env->wall_us(env->arg);
}

static void
answer_send(RsdCreds *creds, CallLine *line, RsdCredsAsk *ask)
{
	RsdHttpLimits limits = {
		.connect_ms = ask->connect_ms,
		.first_byte_ms = ask->first_byte_ms,
		.total_ms = ask->total_ms,
		.max_body = ask->max_body,
	};
	CallReply	reply;

	call_show_request("  asking", &ask->request, NULL);
	call_line_send(line, &ask->request, &limits, ask->local, &reply);
	if (reply.fault == RSD_NET_NONE)
		rsd_creds_feed_response(creds, wall_us(), &reply.response);
	else
		rsd_creds_feed_fault(creds, wall_us(), reply.err.what,
							 reply.fault == RSD_NET_TIMEOUT);
	rsd_response_free(&reply.response);
}

static void
answer_run(RsdCreds *creds, const CallLine *line, const RsdCredsAsk *ask)
{
	int64_t		left = call_line_left_ms(line);
	CallCommand command;

	printf("  running: %s\n", ask->argv[0]);
	call_command_run(ask->argv, left < ask->total_ms ? left : ask->total_ms,
					 ask->max_body, &command);
	if (command.problem[0] != '\0')
		rsd_creds_feed_fault(creds, wall_us(), command.problem,
							 command.timed_out);
	else
		rsd_creds_feed_output(creds, wall_us(), command.exit_code,
							  rsd_buf_slice(&command.out),
							  rsd_buf_slice(&command.errors));
	call_command_free(&command);
}

/* Sleeps until the source wants to be asked again; false if time is up. */
static bool
sleep_until(const CallLine *line, int64_t until_us)
{
	int64_t		ms = until_us <= 0 ? 100 : (until_us - wall_us()) / 1000 + 1;

	if (ms >= call_line_left_ms(line))
		return false;
	if (ms > 0)
		(void) usleep((useconds_t) (ms * 1000));
	return true;
}

static void
show_keys(const RsdCreds *creds, const RsdCredentials *cred)
{
	size_t		n = strlen(cred->access_key_id);
	char		amz[RSD_TIME_AMZ_LEN];

	printf("credentials: %s\n", rsd_creds_source_name(creds));
	if (n > 8)
		printf("  access key id: %.4s...%s\n", cred->access_key_id,
			   cred->access_key_id + n - 4);
	if (rsd_creds_identity(creds)[0] != '\0')
		printf("  identity: %s\n", rsd_creds_identity(creds));
	if (cred->session_token != NULL)
		printf("  with a session token\n");
	if (cred->expires_us == 0)
		return;
	rsd_time_amz(cred->expires_us, amz);
	printf("  expire at: %.4s-%.2s-%.2s %.2s:%.2s:%.2s UTC\n", amz, amz + 4,
		   amz + 6, amz + 9, amz + 11, amz + 13);
}

/* Asks and answers until there are keys or no hope. */
static const RsdCredentials *
fetch(RsdCreds *creds, CallLine *line, RsdError *err)
{
	RsdCredsAsk ask;

	for (;;)
	{
		switch (rsd_creds_poll(creds, wall_us(), &ask))
		{
			case RSD_CREDS_SEND:
				answer_send(creds, line, &ask);
				break;
			case RSD_CREDS_RUN:
				answer_run(creds, line, &ask);
				break;
			case RSD_CREDS_WAIT:
				if (sleep_until(line, ask.until_us))
					break;
				rsd_error_set(err, RSD_ERR_NETWORK, "not in time");
				return NULL;
			case RSD_CREDS_FAILED:
				*err = ask.err;
				return NULL;
			case RSD_CREDS_READY:
				return rsd_creds_current(creds, wall_us());
		}
	}
}

static RsdCredsConfig
config_of(const CallOptions *options, const RsdEndpointPlan *plan)
{
	RsdCredsConfig config = {
		.source = options->source,
		.profile = options->profile,
		.role_arn = options->role_arn,
		.external_id = options->external_id,
		.role_session_name = options->role_session_name,
		.region = options->region,
		.sts_endpoint_url = rsd_endpoint_plan_url(plan, RSD_SERVICE_STS),
		.fips = plan->fips,
		.dualstack = plan->dualstack,
		.sts_legacy = plan->sts_legacy,
		.env = rsd_env_system(),
	};

	return config;
}

RsdCreds *
call_keys_fetch(const CallOptions *options, const RsdEndpointPlan *plan,
				CallLine *line)
{
	RsdCredsConfig config = config_of(options, plan);
	RsdError	err = {0};
	RsdCreds   *creds = rsd_creds_create(&config, &err);
	const RsdCredentials *cred = NULL;

	if (creds != NULL)
		cred = fetch(creds, line, &err);
	if (cred != NULL)
	{
		show_keys(creds, cred);
		return creds;
	}
	printf("no credentials: %s%s", err.doing, err.doing[0] == '\0' ? "" : ": ");
	call_show_text(rsd_slice_str(err.what));
	if (creds != NULL && rsd_creds_story(creds)[0] != '\0')
	{
		printf("  tried: ");
		call_show_text(rsd_slice_str(rsd_creds_story(creds)));
	}
	rsd_creds_free(creds);
	return NULL;
}

/* Copies the profile's region; NULL if it has none. */
static const char *
profile_region(const CallOptions *options, char *region, size_t size)
{
	const RsdEnv *env = rsd_env_system();
	RsdError	err;
	RsdProfiles *profiles = rsd_profiles_load(env, true, &err);
	const char *found;

	if (profiles == NULL)
	{
		printf("%s\n", err.what);
		return NULL;
	}
	found = rsd_profiles_get(profiles, RSD_FILE_ANY,
							 rsd_profiles_choose(env, options->profile, NULL),
							 "region");
	if (found != NULL)
		(void) rsd_clip(region, size, found, strlen(found));
	rsd_profiles_free(profiles);
	return found == NULL ? NULL : region;
}

const char *
call_keys_region(const CallOptions *options)
{
	static char region[64];
	const RsdEnv *env = rsd_env_system();
	const char *found = options->region;

	if (found == NULL)
		found = rsd_env_get(env, "AWS_REGION");
	if (found == NULL)
		found = rsd_env_get(env, "AWS_DEFAULT_REGION");
	if (found == NULL)
		found = profile_region(options, region, sizeof(region));
	if (found == NULL)
		printf("no region: give --region, AWS_REGION or a profile that has one\n");
	return found;
}

bool
call_keys_endpoints(const CallOptions *options, RsdEndpointPlan *plan)
{
	RsdEndpointWishes wishes = {
		.data_url = options->endpoint_url,
		.sns_url = options->sns_endpoint_url,
		.sts_url = options->sts_endpoint_url,
		.profile = options->profile,
		.env = rsd_env_system(),
	};
	RsdError	err;

	if (rsd_endpoint_plan_make(&wishes, plan, &err))
		return true;
	printf("no endpoints: ");
	call_show_text(rsd_slice_str(err.what));
	return false;
}
