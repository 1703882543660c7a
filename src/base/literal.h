/*
 * literal.h
 *		Values of the common types from the spelling in which services write
 *		them.
 *
 * Each function gives the exact value, or false: then the text may still be a
 * value in another spelling, or be out of range, and is for somebody who knows
 * all spellings.  Nothing is rounded here; no locale, no libc.
 */
#ifndef RSD_BASE_LITERAL_H
#define RSD_BASE_LITERAL_H

#include <stdint.h>

#include "base/attrs.h"
#include "base/slice.h"

/* As many digits fit an int64 whatever they are. */
#define RSD_DECIMAL_DIGITS 18

/* A decimal number: digits / 10^scale. */
typedef struct RsdDecimal
{
	int64_t		digits;			/* at most RSD_DECIMAL_DIGITS of them */
	int			scale;			/* digits behind the point, as many at most */
} RsdDecimal;

/* Date and time of day as a calendar and a clock show them. */
typedef struct RsdStamp
{
	int64_t		us;				/* since 1970-01-01 00:00 */
	int			fraction;		/* digits behind the seconds, 0 to 6 */
	bool		has_offset;
	int32_t		east;			/* the offset from UTC in seconds */
} RsdStamp;

/* "-12": a minus if any, and digits. */
extern bool rsd_literal_int(RsdSlice text, int64_t *value) RSD_MUSTCHECK;

/* "-12.50": no exponent, a digit before the point and behind it. */
extern bool rsd_literal_decimal(RsdSlice text,
								RsdDecimal *value) RSD_MUSTCHECK;

/*
 * "-1.25e-3": the nearest double, or float, where that needs no more than one
 * correctly rounded operation.
 */
extern bool rsd_literal_double(RsdSlice text, double *value) RSD_MUSTCHECK;
extern bool rsd_literal_float(RsdSlice text, float *value) RSD_MUSTCHECK;

/* "2024-02-29", of the years 1 to 9999: days since 1970-01-01. */
extern bool rsd_literal_date(RsdSlice text, int32_t *days) RSD_MUSTCHECK;

/* "23:59:59.999999": microseconds since midnight, and digits of fraction. */
extern bool rsd_literal_time(RsdSlice text, int64_t *us,
							 int *fraction) RSD_MUSTCHECK;

/* "2024-02-29 23:59:59.5+05:30": the offset as +hh or +hh:mm, or none. */
extern bool rsd_literal_stamp(RsdSlice text, RsdStamp *value) RSD_MUSTCHECK;

#endif							/* RSD_BASE_LITERAL_H */
