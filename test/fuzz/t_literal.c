/*
 * t_literal.c
 *		Values in the service's spelling: what is read, written again, is the
 *		same value.
 */
#include <inttypes.h>

#include "base/literal.h"
#include "fuzz.h"

static void
check_numbers(RsdSlice input)
{
	char	   *text = to_string(input);
	RsdDecimal	decimal;
	int64_t		n;
	double		d;
	float		f;

	if (rsd_literal_int(input, &n))
	{
		need(n == strtoll(text, NULL, 10));
		need(rsd_literal_decimal(input, &decimal));
		need(decimal.digits == n && decimal.scale == 0);
	}
	if (rsd_literal_decimal(input, &decimal))
		need(decimal.scale >= 0 && decimal.scale <= 17 &&
			 decimal.digits < INT64_C(1000000000000000000) &&
			 decimal.digits > -INT64_C(1000000000000000000));
	if (rsd_literal_double(input, &d))
		need(d == strtod(text, NULL));
	if (rsd_literal_float(input, &f))
		need(f == strtof(text, NULL));
	free(text);
}

static void
check_times(RsdSlice input)
{
	RsdStamp	stamp;
	int64_t		us;
	int			fraction;
	int32_t		days;

	if (rsd_literal_date(input, &days))
		need(input.len == 10 && days >= -719162 && days <= 2932896);
	if (rsd_literal_time(input, &us, &fraction))
		need(us >= 0 && us < INT64_C(86400000000) && fraction <= 6 &&
			 input.len == (size_t) (fraction == 0 ? 8 : 9 + fraction));
	if (rsd_literal_stamp(input, &stamp))
		need(stamp.us >= -719162 * INT64_C(86400000000) &&
			 stamp.us < 2932897 * INT64_C(86400000000) &&
			 stamp.east > -16 * 3600 && stamp.east < 16 * 3600);
}

static void
fuzz_one(RsdSlice input)
{
	check_numbers(input);
	check_times(input);
}
