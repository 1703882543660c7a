/*
 * t_literal.c
 *		base/literal: the exact value, or none.
 */
#include "base/literal.h"
#include "tap.h"

/* A text in memory of exactly its size, for the address sanitizer. */
static RsdSlice
exact(const char *text)
{
	static char *last = NULL;
	size_t		len = strlen(text);

	free(last);
	last = malloc(len > 0 ? len : 1);
	memcpy(last, text, len);
	return rsd_slice(last, len);
}

/* Texts that a reader does not know, in its column of the table. */
#define SAYS_NOTHING(reader, text, ...) \
	ok(!reader(exact(text), __VA_ARGS__), #reader " leaves \"%s\"", text)

static void
test_int(void)
{
	static const struct
	{
		const char *text;
		int64_t		value;
	}			good[] = {
		{"0", 0}, {"-0", 0}, {"7", 7}, {"-1", -1}, {"007", 7},
		{"2147483648", INT64_C(2147483648)},
		{"999999999999999999", INT64_C(999999999999999999)},
		{"-999999999999999999", INT64_C(-999999999999999999)},
	};
	static const char *const bad[] = {
		"", "-", "+1", " 1", "1 ", "--1", "1.0", "1e3", "0x10", "1_000",
		"9223372036854775807", "-9223372036854775808", "99999999999999999999999999",
		"1000000000000000000", "\xd9\xa1", "NaN",
	};
	int64_t		value;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		value = -42;
		ok(rsd_literal_int(exact(good[i].text), &value), "int \"%s\"",
		   good[i].text);
		is_int(value, good[i].value, "its value");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		SAYS_NOTHING(rsd_literal_int, bad[i], &value);
	ok(!rsd_literal_int(rsd_slice(NULL, 0), &value), "no bytes at all");
}

static void
test_decimal(void)
{
	static const struct
	{
		const char *text;
		int64_t		digits;
		int			scale;
	}			good[] = {
		{"0", 0, 0}, {"0.00", 0, 2}, {"-0.00", 0, 2}, {"12.50", 1250, 2},
		{"-12.50", -1250, 2}, {"-0.01", -1, 2}, {"100", 100, 0},
		{"0.00000000000000001", 1, 17}, {"00.10", 10, 2},
		{"123456789012345678", INT64_C(123456789012345678), 0},
		{"-1234567890.12345678", INT64_C(-123456789012345678), 8},
	};
	static const char *const bad[] = {
		"", "-", ".", ".5", "5.", "1..2", "1.2.3", "+1.0", "1e2", "1.5e2",
		"NaN", "Infinity", "1,5", " 1.5", "1.5 ", "1234567890123456789",
		"0.000000000000000001", "1234567890.123456789",
		"99999999999999999999999999999999999999",
		"0.00000000000000000000000000000000000001",
	};
	RsdDecimal	value;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		memset(&value, 0x7f, sizeof(value));
		ok(rsd_literal_decimal(exact(good[i].text), &value),
		   "decimal \"%s\"", good[i].text);
		is_int(value.digits, good[i].digits, "its digits");
		is_int(value.scale, good[i].scale, "its scale");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		SAYS_NOTHING(rsd_literal_decimal, bad[i], &value);
}

/* What is read must be what the C library reads, to the last bit. */
static bool
same_double(const char *text)
{
	double		value = 42;
	double		wanted = strtod(text, NULL);
	bool		got = rsd_literal_double(exact(text), &value);

	if (got && memcmp(&value, &wanted, sizeof(value)) != 0)
		ok(false, "double \"%s\": %a, not %a", text, value, wanted);
	return got;
}

static bool
same_float(const char *text)
{
	float		value = 42;
	float		wanted = strtof(text, NULL);
	bool		got = rsd_literal_float(exact(text), &value);

	if (got && memcmp(&value, &wanted, sizeof(value)) != 0)
		ok(false, "float \"%s\": %a, not %a", text, (double) value,
		   (double) wanted);
	return got;
}

static void
test_floats(void)
{
	static const char *const good[] = {
		"0", "-0", "-0.0", "1", "-1.5", "0.1", "3.01305", "1e3", "1E+3",
		"1.5e-3", "-2.25E2", "12345.678", "0e9", "16777216", "1e10",
	};
	static const char *const bad[] = {
		"", "-", "e5", "1e", "1e+", "1e-", ".5", "5.", "NaN", "Infinity",
		"-Infinity", "inf", "0x1p3", "1e23", "1e-23", "1e99999", "1e 5",
		"9007199254740993", "0.30000000000000004", "1.7976931348623157e+308",
		"5e-324", "1 ", "+1",
	};
	double		d;
	float		f;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		ok(rsd_literal_double(exact(good[i]), &d), "double \"%s\"", good[i]);
		ok(rsd_literal_float(exact(good[i]), &f), "float \"%s\"", good[i]);
		(void) same_double(good[i]);
		(void) same_float(good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		SAYS_NOTHING(rsd_literal_double, bad[i], &d);
		SAYS_NOTHING(rsd_literal_float, bad[i], &f);
	}
	SAYS_NOTHING(rsd_literal_float, "16777217", &f);
	SAYS_NOTHING(rsd_literal_float, "1e11", &f);
	ok(rsd_literal_double(exact("-0.0"), &d) && 1 / d < 0, "a negative zero");
	ok(rsd_literal_double(exact("9007199254740992e-22"), &d),
	   "as large as it may be");
}

/* Many numbers of all lengths, against the C library. */
static void
test_many_floats(void)
{
	uint64_t	seed = 88172645463325252;
	int			before = tap_failed;
	int			read = 0;

	for (int i = 0; i < 200000; i++)
	{
		char		text[64];

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		snprintf(text, sizeof(text), "%s%" PRIu64 ".%" PRIu64 "e%d",
				 (seed & 1) != 0 ? "-" : "", seed >> (16 + (seed >> 1 & 31)),
				 seed >> 6 & ((UINT64_C(1) << (seed >> 40 & 31)) - 1),
				 (int) (seed >> 50 & 31) - 16);
		read += same_double(text);
		read += same_float(text);
	}
	ok(tap_failed == before, "numbers are as the C library reads them");
	ok(read > 10000, "and %d of 400,000 were read", read);
}

static void
test_date(void)
{
	static const struct
	{
		const char *text;
		int32_t		days;
	}			good[] = {
		{"1970-01-01", 0}, {"1969-12-31", -1}, {"2000-01-01", 10957},
		{"1999-12-31", 10956}, {"2024-02-29", 19782}, {"2000-02-29", 11016},
		{"0001-01-01", -719162}, {"9999-12-31", 2932896},
		{"1582-10-10", -141432},
	};
	static const char *const bad[] = {
		"", "2024-2-29", "2023-02-29", "1900-02-29", "2024-13-01",
		"2024-00-01", "2024-01-00", "2024-04-31", "0000-01-01", "10000-01-01",
		"2024/01/01", "20240101", "2024-01-01 ", " 2024-01-01",
		"2024-01-01 00:00:00", "0044-03-15 BC", "infinity", "-2024-01-01",
		"2024-01-0", "today",
	};
	int32_t		days;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		days = 42;
		ok(rsd_literal_date(exact(good[i].text), &days), "date \"%s\"",
		   good[i].text);
		is_int(days, good[i].days, "its day");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		SAYS_NOTHING(rsd_literal_date, bad[i], &days);
}

static void
test_time(void)
{
	static const char *const bad[] = {
		"", "24:00:00", "12:60:00", "23:59:60", "1:02:03", "01:02",
		"01:02:03.", "01:02:03.1234567", "01:02:03+00", "01:02:03 AM",
		"-01:02:03", "01-02-03",
	};
	int64_t		us = 0;
	int			fraction = 0;

	ok(rsd_literal_time(exact("00:00:00"), &us, &fraction) && us == 0 &&
	   fraction == 0, "midnight");
	ok(rsd_literal_time(exact("23:59:59.999999"), &us, &fraction) &&
	   us == INT64_C(86399999999) && fraction == 6, "just before it");
	ok(rsd_literal_time(exact("12:00:00.05"), &us, &fraction) &&
	   us == INT64_C(43200050000) && fraction == 2, "hundredths");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!rsd_literal_time(exact(bad[i]), &us, &fraction),
		   "time leaves \"%s\"", bad[i]);
}

static void
test_stamp(void)
{
	static const struct
	{
		const char *text;
		int64_t		us;
		int			fraction;
		bool		has_offset;
		int32_t		east;
	}			good[] = {
		{"1970-01-01 00:00:00", 0, 0, false, 0},
		{"1969-12-31 23:59:59.999999", -1, 6, false, 0},
		{"2024-02-29 12:34:56.5", INT64_C(1709210096500000), 1, false, 0},
		{"1970-01-01 00:00:00+00", 0, 0, true, 0},
		{"1970-01-01 00:00:00-00", 0, 0, true, 0},
		{"1970-01-01 00:00:00.1+05:30", 100000, 1, true, 19800},
		{"1970-01-01 00:00:00-08", 0, 0, true, -28800},
		{"1970-01-01 00:00:00+15:59", 0, 0, true, 57540},
		{"9999-12-31 23:59:59.999999+00", INT64_C(253402300799999999), 6, true, 0},
		{"0001-01-01 00:00:00", INT64_C(-62135596800000000), 0, false, 0},
	};
	static const char *const bad[] = {
		"", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z",
		"1970-01-01 00:00:00 UTC", "1970-01-01 00:00:00+0530",
		"1970-01-01 00:00:00+5", "1970-01-01 00:00:00+16",
		"1970-01-01 00:00:00+01:60", "1970-01-01 00:00:00+01:",
		"1970-01-01 00:00:00+01:02:03", "1970-01-01 00:00:00 +01",
		"0044-03-15 12:00:00 BC", "infinity", "1970-01-01  00:00:00",
		"2023-02-29 00:00:00", "1970-01-01 24:00:00", "1970-01-01 00:00:00.",
	};
	RsdStamp	value;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		memset(&value, 0x7f, sizeof(value));
		ok(rsd_literal_stamp(exact(good[i].text), &value), "stamp \"%s\"",
		   good[i].text);
		is_int(value.us, good[i].us, "its instant");
		is_int(value.fraction, good[i].fraction, "its digits");
		ok(value.has_offset == good[i].has_offset, "an offset or none");
		is_int(value.east, good[i].east, "which");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		SAYS_NOTHING(rsd_literal_stamp, bad[i], &value);
}

int
main(void)
{
	test_int();
	test_decimal();
	test_floats();
	test_many_floats();
	test_date();
	test_time();
	test_stamp();
	return tap_done();
}
