/*
 * attrs.h
 *		Compiler attributes and the assertion macro.
 *
 * The lowest stone: every other header may include it, it includes none of
 * ours.  It owns no data and no behaviour.
 */
#ifndef RSD_BASE_ATTRS_H
#define RSD_BASE_ATTRS_H

#include <stddef.h>

#if defined(__GNUC__)
#define RSD_MUSTCHECK __attribute__((warn_unused_result))
#define RSD_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define RSD_MUSTCHECK
#define RSD_PRINTF(fmt, args)
#endif

/*
 * RSD_ASSERT states what the code relies on.  It aborts when built with
 * RSD_ASSERT_CHECKING (unit tests, fuzzers) and costs nothing otherwise; the
 * condition is still compiled, so it cannot rot.
 */
#ifdef RSD_ASSERT_CHECKING
#include <stdlib.h>
#define RSD_ASSERT(cond) ((cond) ? (void) 0 : abort())
#else
#define RSD_ASSERT(cond) ((void) sizeof((cond) ? 1 : 0))
#endif

#endif							/* RSD_BASE_ATTRS_H */
