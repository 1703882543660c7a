/*
 * env.h
 *		The outside world as a struct of functions: clocks and randomness.
 *
 * Code that needs a clock or a die takes an RsdEnv, so that tests decide
 * what time it is and how the die falls.
 */
#ifndef RSD_BASE_ENV_H
#define RSD_BASE_ENV_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attrs.h"

typedef struct RsdEnv
{
	/* microseconds since 1970-01-01 UTC */
	int64_t		(*wall_us) (void *arg);
	/* microseconds of a clock that never steps; origin unspecified */
	int64_t		(*mono_us) (void *arg);
	/* fills len bytes fit for tokens; false if the system has none */
	bool		(*random) (void *arg, void *out, size_t len);
	void	   *arg;			/* passed to each */
} RsdEnv;

/* The real world; a static object, never freed. */
extern const RsdEnv *rsd_env_system(void);

/*
 * A number from 0 to limit, both included, evenly spread; limit < 0 counts
 * as 0.  Falls back on the monotonic clock's digits without randomness.
 */
extern int64_t rsd_env_pick(const RsdEnv *env, int64_t limit);

/*
 * Writes a random version 4 UUID in lower case and a NUL (37 bytes); false
 * if there is no randomness.
 */
extern bool rsd_env_uuid(const RsdEnv *env, char out[37]) RSD_MUSTCHECK;

#endif							/* RSD_BASE_ENV_H */
