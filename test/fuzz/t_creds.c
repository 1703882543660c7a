/*
 * t_creds.c
 *		What the sources of credentials are answered: credential_process, the
 *		container's and the instance's endpoints, STS, the SSO portal and its
 *		token file.
 *
 * The first line chooses the source; the rest are answers, see world.h.
 */
#include "world.h"

/* No text for people may repeat a secret of this length or more. */
#define LONG_SECRET 32

static const char profile_process[] =
"[default]\ncredential_process = keys\n";

static const char profile_sso[] =
"[default]\nsso_session = s\nsso_account_id = 123456789012\n"
"sso_role_name = r\n[sso-session s]\nsso_start_url = https://d/start\n"
"sso_region = eu-west-1\n";

static const char login[] =
"{\"accessToken\":\"t\",\"expiresAt\":\"2027-01-02T03:04:05Z\"}";

static const char *const web_vars[] =
{
	"AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r",
	"AWS_WEB_IDENTITY_TOKEN_FILE", "/token",
	"AWS_REGION", "eu-west-1", NULL
};

static const char *const container_vars[] =
{
	"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/c", NULL
};

/* Sets the world up as letter says; the source to ask. */
static RsdCredsSource
set_up(World *world, char letter)
{
	world->other = rsd_slice_str("token");
	switch (letter)
	{
		case 'p':
			world->config = rsd_slice_str(profile_process);
			return RSD_CREDS_PROFILE;
		case 's':
			world->config = rsd_slice_str(profile_sso);
			world->other = rsd_slice_str(login);
			return RSD_CREDS_PROFILE;
		case 'f':
			world->config = rsd_slice_str(profile_sso);
			world->other = world_part(&world->answers);
			return RSD_CREDS_PROFILE;
		case 'w':
			world->vars = web_vars;
			return RSD_CREDS_WEB_IDENTITY;
		case 'c':
			world->vars = container_vars;
			return RSD_CREDS_CONTAINER;
	}
	return RSD_CREDS_INSTANCE;
}

static void
check_secrecy(const RsdCreds *creds)
{
	const RsdCredentials *cred = rsd_creds_current(creds, WORLD_NOW);

	if (cred == NULL || strlen(cred->secret_access_key) < LONG_SECRET)
		return;
	need(strstr(rsd_creds_story(creds), cred->secret_access_key) == NULL);
	need(strstr(rsd_creds_source_name(creds), cred->secret_access_key) ==
		 NULL);
}

static void
fuzz_one(RsdSlice input)
{
	World		world = {0};
	RsdEnv		env = world_env(&world);
	RsdCredsConfig config = {.region = "eu-west-1",.env = &env};
	RsdCreds   *creds;
	RsdError	err;

	if (input.len < 2)
		return;
	world.answers = rsd_slice(input.data + 2, input.len - 2);
	config.source = set_up(&world, input.data[0]);
	creds = rsd_creds_create(&config, &err);
	need(creds != NULL);
	world_run(&world, creds, 16);
	check_secrecy(creds);
	rsd_creds_free(creds);
}
