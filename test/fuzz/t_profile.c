/*
 * t_profile.c
 *		A config file of any content, planned and worked off.
 *
 * Behind a line "--" there may be answers, see world.h.
 */
#include "aws/creds_files.h"
#include "world.h"

static void
check_profiles(const RsdEnv *env)
{
	RsdError	err;
	RsdProfiles *profiles = rsd_profiles_load(env, false, &err);

	if (profiles == NULL)
	{
		need(err.kind != RSD_ERR_NONE);
		return;
	}
	(void) rsd_profiles_get(profiles, RSD_FILE_ANY, "default", "region");
	(void) rsd_profiles_session(profiles, "s", "sso_region");
	(void) rsd_profiles_service(profiles, "x", "redshift_data",
								"endpoint_url");
	rsd_profiles_free(profiles);
}

static void
fuzz_one(RsdSlice input)
{
	World		world = {0};
	RsdEnv		env = world_env(&world);
	RsdCredsConfig config = {.source = RSD_CREDS_PROFILE,.env = &env};
	RsdCreds   *creds;
	RsdError	err;

	world.config = world_part(&input);
	world.answers = input;
	world.other = rsd_slice_str("token");
	check_profiles(&env);
	creds = rsd_creds_create(&config, &err);
	need(creds != NULL);
	world_run(&world, creds, 16);
	rsd_creds_free(creds);
}
