/*
 * literal.c
 *		Values of the common types from their common spelling.
 *
 * The innermost step of loading rows: digits are read in place, once.
 */
#include "base/literal.h"

#include <float.h>

#include "base/timefmt.h"

/* Powers of ten that are exact, and integers up to which all are. */
#define MAX_DOUBLE_POWER 22
#define MAX_DOUBLE_INT (INT64_C(1) << DBL_MANT_DIG)
#define MAX_FLOAT_POWER 10
#define MAX_FLOAT_INT (INT64_C(1) << FLT_MANT_DIG)

/* More than any exponent that matters. */
#define MAX_EXPONENT_DIGITS 4

#define SECOND_US INT64_C(1000000)
#define DAY_US (86400 * SECOND_US)
#define MAX_OFFSET_HOURS 15

/* A text being read from the front. */
typedef struct Cursor
{
	const char *pos;
	const char *end;
} Cursor;

static inline Cursor
open_text(RsdSlice text)
{
	Cursor		c = {text.data, text.data};

	if (text.len > 0)
		c.end += text.len;
	return c;
}

static inline bool
at_end(const Cursor *c)
{
	return c->pos == c->end;
}

static inline bool
take_char(Cursor *c, char wanted)
{
	if (at_end(c) || *c->pos != wanted)
		return false;
	c->pos++;
	return true;
}

/* Appends the digits that follow to *value; how many. */
static inline int
take_digits(Cursor *c, uint64_t *value)
{
	const char *start = c->pos;

	while (c->pos < c->end && *c->pos >= '0' && *c->pos <= '9' &&
		   c->pos - start <= RSD_DECIMAL_DIGITS)
		*value = *value * 10 + (uint64_t) (*c->pos++ - '0');
	return (int) (c->pos - start);
}

/* Two digits. */
static inline bool
take_two(Cursor *c, int *value)
{
	if (c->end - c->pos < 2 || c->pos[0] < '0' || c->pos[0] > '9' ||
		c->pos[1] < '0' || c->pos[1] > '9')
		return false;
	*value = (c->pos[0] - '0') * 10 + (c->pos[1] - '0');
	c->pos += 2;
	return true;
}

static inline int64_t
signed_value(uint64_t magnitude, bool negative)
{
	return negative ? -(int64_t) magnitude : (int64_t) magnitude;
}

bool
rsd_literal_int(RsdSlice text, int64_t *value)
{
	Cursor		c = open_text(text);
	bool		negative = take_char(&c, '-');
	uint64_t	magnitude = 0;
	int			n = take_digits(&c, &magnitude);

	if (n == 0 || n > RSD_DECIMAL_DIGITS || !at_end(&c))
		return false;
	*value = signed_value(magnitude, negative);
	return true;
}

/* Digits with a point among them, if any; false if they are none or many. */
static inline bool
take_decimal(Cursor *c, RsdDecimal *value)
{
	bool		negative = take_char(c, '-');
	uint64_t	magnitude = 0;
	int			whole = take_digits(c, &magnitude);

	if (whole == 0 || whole > RSD_DECIMAL_DIGITS)
		return false;
	value->scale = 0;
	if (take_char(c, '.'))
	{
		value->scale = take_digits(c, &magnitude);
		if (value->scale == 0 || whole + value->scale > RSD_DECIMAL_DIGITS)
			return false;
	}
	value->digits = signed_value(magnitude, negative);
	return true;
}

bool
rsd_literal_decimal(RsdSlice text, RsdDecimal *value)
{
	Cursor		c = open_text(text);

	return take_decimal(&c, value) && at_end(&c);
}

/* Digits, and a power of ten; *negative, since a zero shows no sign. */
static bool
take_number(RsdSlice text, bool *negative, int64_t *digits, int *power)
{
	Cursor		c = open_text(text);
	RsdDecimal	decimal;
	uint64_t	exponent = 0;

	*negative = text.len > 0 && *text.data == '-';
	if (!take_decimal(&c, &decimal))
		return false;
	*digits = *negative ? -decimal.digits : decimal.digits;
	*power = -decimal.scale;
	if (take_char(&c, 'e') || take_char(&c, 'E'))
	{
		bool		down = take_char(&c, '-');
		int			n;

		if (!down)
			(void) take_char(&c, '+');
		n = take_digits(&c, &exponent);
		if (n == 0 || n > MAX_EXPONENT_DIGITS)
			return false;
		*power += down ? -(int) exponent : (int) exponent;
	}
	return at_end(&c);
}

/*
 * Both operands are exact, so the one operation rounds correctly ("Clinger's
 * fast path", How to Read Floating Point Numbers Accurately, 1990); unless
 * the processor calculates with more digits than the type has.
 */
bool
rsd_literal_double(RsdSlice text, double *value)
{
	static const double powers[] = {
		1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
		1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
	};
	bool		negative;
	int64_t		digits;
	int			power;
	double		d;

	if (FLT_EVAL_METHOD != 0 ||
		!take_number(text, &negative, &digits, &power) ||
		digits > MAX_DOUBLE_INT || power > MAX_DOUBLE_POWER ||
		power < -MAX_DOUBLE_POWER)
		return false;
	d = (double) digits;
	d = power < 0 ? d / powers[-power] : d * powers[power];
	*value = negative ? -d : d;
	return true;
}

bool
rsd_literal_float(RsdSlice text, float *value)
{
	static const float powers[] = {
		1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f, 1e8f, 1e9f, 1e10f
	};
	bool		negative;
	int64_t		digits;
	int			power;
	float		f;

	if (FLT_EVAL_METHOD != 0 ||
		!take_number(text, &negative, &digits, &power) ||
		digits > MAX_FLOAT_INT || power > MAX_FLOAT_POWER ||
		power < -MAX_FLOAT_POWER)
		return false;
	f = (float) digits;
	f = power < 0 ? f / powers[-power] : f * powers[power];
	*value = negative ? -f : f;
	return true;
}

static inline bool
take_date(Cursor *c, int32_t *days)
{
	int			century;
	int			year;
	int			month;
	int			day;

	return take_two(c, &century) && take_two(c, &year) && take_char(c, '-') &&
		take_two(c, &month) && take_char(c, '-') && take_two(c, &day) &&
		rsd_time_days(century * 100 + year, month, day, days);
}

bool
rsd_literal_date(RsdSlice text, int32_t *days)
{
	Cursor		c = open_text(text);

	return take_date(&c, days) && at_end(&c);
}

/* Digits behind the seconds as microseconds. */
static inline bool
take_fraction(Cursor *c, int64_t *us, int *fraction)
{
	static const int64_t unit[] =
	{0, 100000, 10000, 1000, 100, 10, 1};
	uint64_t	value = 0;

	*fraction = take_digits(c, &value);
	if (*fraction == 0 || *fraction > 6)
		return false;
	*us += (int64_t) value * unit[*fraction];
	return true;
}

static inline bool
take_time(Cursor *c, int64_t *us, int *fraction)
{
	int			hour;
	int			minute;
	int			second;

	if (!take_two(c, &hour) || !take_char(c, ':') || !take_two(c, &minute) ||
		!take_char(c, ':') || !take_two(c, &second) ||
		hour > 23 || minute > 59 || second > 59)
		return false;
	*us = (hour * 3600 + minute * 60 + second) * SECOND_US;
	*fraction = 0;
	return !take_char(c, '.') || take_fraction(c, us, fraction);
}

bool
rsd_literal_time(RsdSlice text, int64_t *us, int *fraction)
{
	Cursor		c = open_text(text);

	return take_time(&c, us, fraction) && at_end(&c);
}

/* +hh or +hh:mm at the end, or nothing. */
static inline bool
take_offset(Cursor *c, RsdStamp *value)
{
	bool		west = take_char(c, '-');
	int			hours;
	int			minutes = 0;

	value->east = 0;
	value->has_offset = west || take_char(c, '+');
	if (!value->has_offset)
		return at_end(c);
	if (!take_two(c, &hours) ||
		(take_char(c, ':') && !take_two(c, &minutes)) ||
		hours > MAX_OFFSET_HOURS || minutes > 59)
		return false;
	value->east = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
	return at_end(c);
}

bool
rsd_literal_stamp(RsdSlice text, RsdStamp *value)
{
	Cursor		c = open_text(text);
	int32_t		days;
	int64_t		us;

	if (!take_date(&c, &days) || !take_char(&c, ' ') ||
		!take_time(&c, &us, &value->fraction) || !take_offset(&c, value))
		return false;
	value->us = days * DAY_US + us;
	return true;
}
