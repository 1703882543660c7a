/*
 * timefmt.h
 *		Points in time to and from text.
 *
 * Time is int64 microseconds since 1970-01-01 00:00 UTC.  No time zones but
 * UTC and numeric offsets, no locale, no libc calendar.
 */
#ifndef RSD_BASE_TIMEFMT_H
#define RSD_BASE_TIMEFMT_H

#include <stdint.h>

#include "base/attrs.h"
#include "base/slice.h"

#define RSD_TIME_AMZ_LEN 17		/* with the NUL */

/*
 * Writes YYYYMMDDThhmmssZ, the X-Amz-Date form; its first 8 characters are
 * the date of the credential scope.  Years are clamped to 1970..9999.
 */
extern void rsd_time_amz(int64_t us, char out[RSD_TIME_AMZ_LEN]);

/*
 * Reads an instant: epoch seconds ("1598306924.632", exponent allowed) or
 * ISO 8601 ("2026-11-22T17:49:55.780391Z", "2026-11-22 17:49:55+01:00"; no
 * zone means UTC).  Digits beyond microseconds are cut.  False if neither.
 */
extern bool rsd_time_parse(RsdSlice text, int64_t *us) RSD_MUSTCHECK;

/*
 * Days from 1970-01-01 to a date of the years 1 to 9999; false if there is no
 * such date.
 */
extern bool rsd_time_days(int year, int month, int day,
						  int32_t *days) RSD_MUSTCHECK;

/* Reads an HTTP date ("Sun, 06 Nov 1994 08:49:37 GMT"); false if not one. */
extern bool rsd_time_parse_http(RsdSlice text, int64_t *us) RSD_MUSTCHECK;

#endif							/* RSD_BASE_TIMEFMT_H */
