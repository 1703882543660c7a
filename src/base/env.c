/*
 * env.c
 *		The system's clocks, randomness, variables and files behind RsdEnv.
 */
#include "base/env.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int64_t
clock_us(clockid_t clock)
{
	struct timespec ts;

	(void) clock_gettime(clock, &ts);
	return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
rsd_env_wall_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t
rsd_env_mono_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

static int64_t
system_wall_us(void *arg)
{
	(void) arg;
	return rsd_env_wall_us();
}

static int64_t
system_mono_us(void *arg)
{
	(void) arg;
	return rsd_env_mono_us();
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

/*
 * A server's processes may have no HOME, but their user has one.  The user
 * database keeps the answer in static memory until its next use.
 */
static const char *
system_get(void *arg, const char *name)
{
	const char *value = getenv(name);
	const struct passwd *user;

	(void) arg;
	if (value != NULL || strcmp(name, "HOME") != 0)
		return value;
	user = getpwuid(geteuid());
	return user == NULL ? NULL : user->pw_dir;
}

/* Appends what fd gives until its end; 0 or an errno. */
static int
read_all(int fd, RsdBuf *out)
{
	char		piece[4096];
	ssize_t		n;

	do
	{
		n = read(fd, piece, sizeof(piece));
		if (n > 0)
			rsd_buf_add(out, piece, (size_t) n);
	} while ((n > 0 && !rsd_buf_failed(out)) || (n < 0 && errno == EINTR));
	rsd_wipe(piece, sizeof(piece));
	if (n < 0)
		return errno;
	if (rsd_buf_failed(out))
		return out->failure == RSD_ERR_LIMIT ? EFBIG : ENOMEM;
	return 0;
}

static int
system_read_file(void *arg, const char *path, RsdBuf *out)
{
	struct stat st;
	int			result;
	int			fd;

	(void) arg;
	/* not waiting for the other end of a pipe, should it be one */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno;
	if (fstat(fd, &st) != 0)
		result = errno;
	else if (!S_ISREG(st.st_mode))
		result = EINVAL;
	else
		result = read_all(fd, out);
	(void) close(fd);
	return result;
}

const RsdEnv *
rsd_env_system(void)
{
	static const RsdEnv env =
	{
		.wall_us = system_wall_us,
		.mono_us = system_mono_us,
		.random = system_random,
		.get = system_get,
		.read_file = system_read_file,
	};

	return &env;
}

const char *
rsd_env_get(const RsdEnv *env, const char *name)
{
	const char *value = env->get == NULL ? NULL : env->get(env->arg, name);

	return value == NULL || value[0] == '\0' ? NULL : value;
}

bool
rsd_env_true(const RsdEnv *env, const char *name)
{
	const char *value = rsd_env_get(env, name);

	return value != NULL && strcasecmp(value, "true") == 0;
}

bool
rsd_env_read(const RsdEnv *env, const char *path, RsdBuf *out, bool *missing,
			 RsdError *err)
{
	int			problem = env->read_file == NULL ? ENOENT
		: env->read_file(env->arg, path, out);

	if (missing != NULL)
		*missing = problem == ENOENT || problem == ENOTDIR;
	switch (problem)
	{
		case 0:
			return true;
		case EFBIG:
			return rsd_error_set(err, RSD_ERR_LIMIT,
								 "file \"%s\" has more than %zu bytes", path,
								 out->max);
		case EINVAL:
			return rsd_error_set(err, RSD_ERR_INVALID,
								 "\"%s\" is not a regular file", path);
		case ENOMEM:
			return rsd_error_set(err, RSD_ERR_MEMORY,
								 "out of memory for file \"%s\"", path);
	}
	return rsd_error_set(err, RSD_ERR_INVALID,
						 "could not read file \"%s\": %s", path,
						 strerror(problem));
}

/* Length of a variable's name at p. */
static size_t
name_length(const char *p)
{
	size_t		n = 0;

	while ((p[n] >= 'A' && p[n] <= 'Z') || (p[n] >= 'a' && p[n] <= 'z') ||
		   (p[n] >= '0' && p[n] <= '9') || p[n] == '_')
		n++;
	return n;
}

/*
 * Appends the variable that a "$" at p begins and returns the place behind
 * it; NULL if that is no variable we know.
 */
static const char *
expand_variable(const RsdEnv *env, const char *p, RsdBuf *out)
{
	bool		braced = p[1] == '{';
	const char *start = p + (braced ? 2 : 1);
	size_t		n = name_length(start);
	char		name[128];
	const char *value;

	if (n == 0 || n >= sizeof(name) || (braced && start[n] != '}'))
		return NULL;
	memcpy(name, start, n);
	name[n] = '\0';
	value = rsd_env_get(env, name);
	if (value == NULL)
		return NULL;
	rsd_buf_adds(out, value);
	return start + n + (braced ? 1 : 0);
}

void
rsd_env_expand(const RsdEnv *env, const char *path, RsdBuf *out)
{
	const char *home = NULL;
	const char *p = path;

	if (p[0] == '~' && (p[1] == '/' || p[1] == '\0'))
		home = rsd_env_get(env, "HOME");
	if (home != NULL)
	{
		rsd_buf_adds(out, home);
		p++;
	}
	while (*p != '\0')
	{
		const char *behind = *p == '$' ? expand_variable(env, p, out) : NULL;

		if (behind == NULL)
			rsd_buf_addc(out, *p++);
		else
			p = behind;
	}
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
