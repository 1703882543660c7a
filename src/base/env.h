/*
 * env.h
 *		The outside world as a struct of functions: clocks, randomness, the
 *		environment, small files.
 *
 * Code that needs one of them takes an RsdEnv, so that tests decide what
 * time it is, how the die falls and what lies on the disk.
 */
#ifndef RSD_BASE_ENV_H
#define RSD_BASE_ENV_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

typedef struct RsdEnv
{
	/* microseconds since 1970-01-01 UTC */
	int64_t		(*wall_us) (void *arg);
	/* microseconds of a clock that never steps; origin unspecified */
	int64_t		(*mono_us) (void *arg);
	/* fills len bytes fit for tokens; false if the system has none */
	bool		(*random) (void *arg, void *out, size_t len);
	void	   *arg;			/* passed to each */

	/*
	 * An environment variable, or NULL; valid until the next call.  HOME,
	 * where it is not set, is what the user database says.  May be NULL: no
	 * variables.
	 */
	const char *(*get) (void *arg, const char *name);

	/*
	 * Appends a file's content to out, whose maximum is the file's.  Returns
	 * 0 or an errno: EFBIG over the maximum, EINVAL if it is no regular file.
	 * May be NULL: no files.
	 */
	int			(*read_file) (void *arg, const char *path, RsdBuf *out);
} RsdEnv;

/* The real world; a static object, never freed. */
extern const RsdEnv *rsd_env_system(void);

/*
 * The clocks of the real world, as wall_us and mono_us above, for code that
 * no test runs in another one.
 */
extern int64_t rsd_env_wall_us(void);
extern int64_t rsd_env_mono_us(void);

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

/*
 * An environment variable, or NULL if it is not set or empty.  Valid until
 * the next call.
 */
extern const char *rsd_env_get(const RsdEnv *env, const char *name);

/* Is the variable set to "true", in any case? */
extern bool rsd_env_true(const RsdEnv *env, const char *name);

/*
 * Appends the content of the file path to out, whose maximum is the file's;
 * blocks as local files do, never on pipes or devices.  On failure err
 * (INVALID; LIMIT if it is too large; MEMORY) names the path and out may hold
 * a part; *missing, unless NULL, tells whether there just is no such file.
 */
extern bool rsd_env_read(const RsdEnv *env, const char *path, RsdBuf *out,
						 bool *missing, RsdError *err) RSD_MUSTCHECK;

/*
 * Appends path with a leading "~" as HOME, and $NAME and ${NAME} as those
 * variables; unknown ones stay as they are.
 */
extern void rsd_env_expand(const RsdEnv *env, const char *path, RsdBuf *out);

#endif							/* RSD_BASE_ENV_H */
