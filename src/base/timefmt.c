/*
 * timefmt.c
 *		Points in time to and from text, on the proleptic Gregorian calendar.
 *
 * The day arithmetic is the usual one with years that begin in March.
 */
#include "base/timefmt.h"

#define SECOND_US INT64_C(1000000)
#define DAY_SECONDS INT64_C(86400)
#define MAX_SECONDS INT64_C(253402300799)	/* 9999-12-31 23:59:59 */

/* A text being read from the front. */
typedef struct Cursor
{
	const char *pos;
	const char *end;
} Cursor;

typedef struct Calendar
{
	int			year;
	int			month;			/* 1 to 12 */
	int			day;
	int			hour;
	int			minute;
	int			second;
} Calendar;

/* Days from 1970-01-01 to that date. */
static int64_t
days_from_date(int year, int month, int day)
{
	int64_t		y = month <= 2 ? year - 1 : year;
	int64_t		era = (y >= 0 ? y : y - 399) / 400;
	int64_t		year_of_era = y - era * 400;
	int64_t		day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 +
		day - 1;
	int64_t		day_of_era = year_of_era * 365 + year_of_era / 4 -
		year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

/* The date that many days after 1970-01-01 (days >= 0). */
static void
date_from_days(int64_t days, Calendar *cal)
{
	int64_t		z = days + 719468;
	int64_t		era = z / 146097;
	int64_t		doe = z - era * 146097;
	int64_t		yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t		doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t		mp = (5 * doy + 2) / 153;

	cal->day = (int) (doy - (153 * mp + 2) / 5 + 1);
	cal->month = (int) (mp < 10 ? mp + 3 : mp - 9);
	cal->year = (int) (yoe + era * 400 + (cal->month <= 2 ? 1 : 0));
}

/* Writes value as n digits; returns the place behind them. */
static char *
put_digits(char *out, int n, int value)
{
	int			i;

	for (i = n - 1; i >= 0; i--)
	{
		out[i] = (char) ('0' + value % 10);
		value /= 10;
	}
	return out + n;
}

void
rsd_time_amz(int64_t us, char out[RSD_TIME_AMZ_LEN])
{
	int64_t		seconds = us < 0 ? 0 : us / SECOND_US;
	int			of_day;
	Calendar	cal;

	if (seconds > MAX_SECONDS)
		seconds = MAX_SECONDS;
	date_from_days(seconds / DAY_SECONDS, &cal);
	of_day = (int) (seconds % DAY_SECONDS);
	out = put_digits(out, 4, cal.year);
	out = put_digits(out, 2, cal.month);
	out = put_digits(out, 2, cal.day);
	*out++ = 'T';
	out = put_digits(out, 2, of_day / 3600);
	out = put_digits(out, 2, of_day / 60 % 60);
	out = put_digits(out, 2, of_day % 60);
	*out++ = 'Z';
	*out = '\0';
}

static bool
take_char(Cursor *c, char wanted)
{
	if (c->pos == c->end || *c->pos != wanted)
		return false;
	c->pos++;
	return true;
}

/* Exactly n digits. */
static bool
take_digits(Cursor *c, int n, int *value)
{
	*value = 0;
	for (; n > 0; n--)
	{
		if (c->pos == c->end || *c->pos < '0' || *c->pos > '9')
			return false;
		*value = *value * 10 + (*c->pos++ - '0');
	}
	return true;
}

/* Digits after a dot as microseconds, further ones cut; at least one. */
static bool
take_fraction(Cursor *c, int64_t *us)
{
	int64_t		unit = SECOND_US / 10;
	const char *start = c->pos;

	*us = 0;
	for (; c->pos < c->end && *c->pos >= '0' && *c->pos <= '9'; c->pos++)
	{
		*us += (*c->pos - '0') * unit;
		unit /= 10;
	}
	return c->pos > start;
}

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool
rsd_time_days(int year, int month, int day, int32_t *days)
{
	static const int month_days[] =
	{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
		day > month_days[month - 1] + (month == 2 && is_leap(year)))
		return false;
	*days = (int32_t) days_from_date(year, month, day);
	return true;
}

/* Seconds since 1970; false if there is no such date or time. */
static bool
calendar_seconds(const Calendar *cal, int64_t *seconds)
{
	int32_t		days;

	if (!rsd_time_days(cal->year, cal->month, cal->day, &days) ||
		cal->hour > 23 || cal->minute > 59 || cal->second > 60)
		return false;
	*seconds = days * DAY_SECONDS + cal->hour * 3600 + cal->minute * 60 +
		cal->second;
	return true;
}

/* Z, +hh, +hhmm, +hh:mm or nothing, as seconds east. */
static bool
take_zone(Cursor *c, int64_t *east)
{
	int			hours;
	int			minutes = 0;
	bool		west;

	*east = 0;
	if (c->pos == c->end || take_char(c, 'Z') || take_char(c, 'z'))
		return c->pos == c->end;
	west = *c->pos == '-';
	if (!west && *c->pos != '+')
		return false;
	c->pos++;
	if (!take_digits(c, 2, &hours))
		return false;
	(void) take_char(c, ':');
	if (c->pos < c->end && !take_digits(c, 2, &minutes))
		return false;
	if (hours > 15 || minutes > 59)
		return false;
	*east = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
	return c->pos == c->end;
}

static bool
parse_iso(Cursor c, int64_t *us)
{
	Calendar	cal = {0, 0, 0, 0, 0, 0};
	int64_t		seconds;
	int64_t		fraction = 0;
	int64_t		east;

	if (!take_digits(&c, 4, &cal.year) || !take_char(&c, '-') ||
		!take_digits(&c, 2, &cal.month) || !take_char(&c, '-') ||
		!take_digits(&c, 2, &cal.day))
		return false;
	if (!take_char(&c, 'T') && !take_char(&c, ' ') && !take_char(&c, 't'))
		return false;
	if (!take_digits(&c, 2, &cal.hour) || !take_char(&c, ':') ||
		!take_digits(&c, 2, &cal.minute) || !take_char(&c, ':') ||
		!take_digits(&c, 2, &cal.second))
		return false;
	if (take_char(&c, '.') && !take_fraction(&c, &fraction))
		return false;
	if (!take_zone(&c, &east) || !calendar_seconds(&cal, &seconds))
		return false;
	*us = (seconds - east) * SECOND_US + fraction;
	return true;
}

/*
 * Seconds with an optional fraction and exponent.  The decimal point is
 * moved over the digits instead of multiplying a double.
 */
static bool
parse_epoch(Cursor c, int64_t *us)
{
	char		digits[48];
	int			ndigits = 0;
	int			point = -1;
	int			exponent = 0;
	bool		negative = take_char(&c, '-');
	int64_t		value = 0;
	int			i;

	for (; c.pos < c.end && *c.pos != 'e' && *c.pos != 'E'; c.pos++)
	{
		if (*c.pos == '.' && point < 0)
			point = ndigits;
		else if (*c.pos < '0' || *c.pos > '9' ||
				 ndigits == (int) sizeof(digits))
			return false;
		else
			digits[ndigits++] = *c.pos;
	}
	if (ndigits == 0)
		return false;
	if (c.pos < c.end)
	{
		bool		down;

		c.pos++;
		down = take_char(&c, '-');
		if (!down)
			(void) take_char(&c, '+');
		if (c.end - c.pos < 1 || c.end - c.pos > 2 ||
			!take_digits(&c, (int) (c.end - c.pos), &exponent))
			return false;
		if (down)
			exponent = -exponent;
	}
	point = (point < 0 ? ndigits : point) + exponent + 6;
	for (i = 0; i < point; i++)
	{
		int			d = i < ndigits ? digits[i] - '0' : 0;

		if (value > (INT64_MAX - d) / 10)
			return false;
		value = value * 10 + d;
	}
	*us = negative ? -value : value;
	return true;
}

bool
rsd_time_parse(RsdSlice text, int64_t *us)
{
	RsdSlice	trimmed = rsd_slice_trim(text);
	Cursor		c;

	if (trimmed.len == 0)
		return false;
	c.pos = trimmed.data;
	c.end = trimmed.data + trimmed.len;
	return parse_iso(c, us) || parse_epoch(c, us);
}

/* The month of a three-letter name, or 0. */
static int
take_month(Cursor *c)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int			i;

	if (c->end - c->pos < 3)
		return 0;
	for (i = 0; i < 12; i++)
		if (memcmp(names + 3 * i, c->pos, 3) == 0)
		{
			c->pos += 3;
			return i + 1;
		}
	return 0;
}

bool
rsd_time_parse_http(RsdSlice text, int64_t *us)
{
	RsdSlice	trimmed = rsd_slice_trim(text);
	Calendar	cal = {0, 0, 0, 0, 0, 0};
	int64_t		seconds;
	Cursor		c;

	if (trimmed.len != 29)
		return false;
	c.pos = trimmed.data + 5;	/* after "Sun, " */
	c.end = trimmed.data + trimmed.len;
	if (!take_digits(&c, 2, &cal.day) || !take_char(&c, ' '))
		return false;
	cal.month = take_month(&c);
	if (!take_char(&c, ' ') || !take_digits(&c, 4, &cal.year) ||
		!take_char(&c, ' ') || !take_digits(&c, 2, &cal.hour) ||
		!take_char(&c, ':') || !take_digits(&c, 2, &cal.minute) ||
		!take_char(&c, ':') || !take_digits(&c, 2, &cal.second) ||
		memcmp(c.pos, " GMT", 4) != 0)
		return false;
	if (!calendar_seconds(&cal, &seconds))
		return false;
	*us = seconds * SECOND_US;
	return true;
}
