/*
 * tap.h
 *		Forty lines of TAP: each unit test is one program that prints its
 *		results and leaves with 0 only if all were as wanted.
 */
#ifndef RSD_TEST_TAP_H
#define RSD_TEST_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int	tap_count;
static int	tap_failed;

/* One test; tells where it failed. */
#define ok(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)
/* Strings are the same. */
#define is_str(got, want, ...) \
	(ok(strcmp((got), (want)) == 0, __VA_ARGS__) ? (void) 0 : \
	 (void) printf("#   got: %s\n#  want: %s\n", (got), (want)))
/* Integers are the same. */
#define is_int(got, want, ...) \
	(ok((int64_t) (got) == (int64_t) (want), __VA_ARGS__) ? (void) 0 : \
	 (void) printf("#   got: %" PRId64 "\n#  want: %" PRId64 "\n", \
				   (int64_t) (got), (int64_t) (want)))

__attribute__((format(printf, 4, 5)))
static inline bool
tap_ok(bool good, const char *file, int line, const char *fmt, ...)
{
	va_list		args;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	if (!good)
	{
		tap_failed++;
		printf("#   at %s line %d\n", file, line);
	}
	return good;
}

/* Prints the plan; the value to return from main. */
static inline int
tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed == 0 && tap_count > 0 ? 0 : 1;
}

#endif							/* RSD_TEST_TAP_H */
