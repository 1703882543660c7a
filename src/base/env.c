/*
 * env.c
 *		The system's clocks and randomness behind RsdEnv.
 */
#include "base/env.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

static int64_t
clock_us(clockid_t clock)
{
	struct timespec ts;

	(void) clock_gettime(clock, &ts);
	return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t
system_wall_us(void *arg)
{
	(void) arg;
	return clock_us(CLOCK_REALTIME);
}

static int64_t
system_mono_us(void *arg)
{
	(void) arg;
	return clock_us(CLOCK_MONOTONIC);
}

static bool
system_random(void *arg, void *out, size_t len)
{
	unsigned char *p = out;

	(void) arg;
	while (len > 0)
	{
		ssize_t		n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t) n;
	}
	return true;
}

const RsdEnv *
rsd_env_system(void)
{
	static const RsdEnv env =
	{system_wall_us, system_mono_us, system_random, NULL};

	return &env;
}

int64_t
rsd_env_pick(const RsdEnv *env, int64_t limit)
{
	uint64_t	range;
	uint64_t	fair;
	uint64_t	value;

	if (limit <= 0)
		return 0;
	range = (uint64_t) limit + 1;
	fair = UINT64_MAX - UINT64_MAX % range;
	do
	{
		if (!env->random(env->arg, &value, sizeof(value)))
			return (int64_t) ((uint64_t) env->mono_us(env->arg) % range);
	} while (value >= fair);	/* else low numbers would be likelier */
	return (int64_t) (value % range);
}

bool
rsd_env_uuid(const RsdEnv *env, char out[37])
{
	unsigned char b[16];
	char	   *p = out;
	int			i;

	if (!env->random(env->arg, b, sizeof(b)))
		return false;
	/* RFC 9562 section 5.4: version and variant */
	b[6] = (unsigned char) ((b[6] & 0x0F) | 0x40);
	b[8] = (unsigned char) ((b[8] & 0x3F) | 0x80);
	for (i = 0; i < 16; i++)
		p += sprintf(p, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x"
					 : "%02x", b[i]);
	return true;
}
