/*
 * t_time.c
 *		base/timefmt, env, retry, httpmsg: with a clock and a die of its own.
 */
#include "base/httpmsg.h"
#include "base/retry.h"
#include "base/timefmt.h"
#include "tap.h"

/* A die that always falls on this byte. */
static bool
fixed_random(void *arg, void *out, size_t len)
{
	memset(out, *(const unsigned char *) arg, len);
	return true;
}

static int64_t
fixed_clock(void *arg)
{
	(void) arg;
	return 5;
}

static void
test_format(void)
{
	char		text[RSD_TIME_AMZ_LEN];

	rsd_time_amz(INT64_C(1735787045999999), text);
	is_str(text, "20250102T030405Z", "X-Amz-Date");
	rsd_time_amz(0, text);
	is_str(text, "19700101T000000Z", "the epoch");
	rsd_time_amz(INT64_C(951782400000000), text);
	is_str(text, "20000229T000000Z", "a leap day");
	rsd_time_amz(-1, text);
	is_str(text, "19700101T000000Z", "clamped below");
	rsd_time_amz(INT64_MAX, text);
	is_str(text, "99991231T235959Z", "clamped above");
}

static void
test_parse(void)
{
	static const struct
	{
		const char *text;
		bool		good;
		int64_t		us;
	}			cases[] =
	{
		{"1598306924.632", true, INT64_C(1598306924632000)},
		{"1.598306924632E9", true, INT64_C(1598306924632000)},
		{"0", true, 0}, {"-1.5", true, -1500000},
		{"1598306924.1234567", true, INT64_C(1598306924123456)},
		{"2025-01-02T03:04:05Z", true, INT64_C(1735787045000000)},
		{"2025-01-02 03:04:05", true, INT64_C(1735787045000000)},
		{"2026-11-22T17:49:55.780391Z", true, INT64_C(1795369795780391)},
		{"2025-01-02T03:04:05.5+01:00", true, INT64_C(1735783445500000)},
		{"2025-01-02T03:04:05-0130", true, INT64_C(1735792445000000)},
		{" 2025-01-02T03:04:05+00 ", true, INT64_C(1735787045000000)},
		{"2025-02-29T00:00:00Z", false, 0}, {"2025-13-01T00:00:00Z", false, 0},
		{"2025-01-02", false, 0}, {"", false, 0}, {"soon", false, 0},
		{"1e99", false, 0}, {"99999999999999999999", false, 0},
		{"1.2.3", false, 0}, {"2025-01-02T03:04:05.Z", false, 0},
		{"2025-01-02T03:04:05Zx", false, 0}, {"-", false, 0}, {"1e", false, 0},
	};
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		int64_t		us = 0;
		bool		good = rsd_time_parse(rsd_slice_str(cases[i].text), &us);

		ok(good == cases[i].good, "time \"%s\"", cases[i].text);
		if (good)
			is_int(us, cases[i].us, "its value");
	}
}

static void
test_http_date(void)
{
	int64_t		us = 0;

	ok(rsd_time_parse_http(rsd_slice_str("Sun, 06 Nov 1994 08:49:37 GMT"),
						   &us), "an HTTP date");
	is_int(us, INT64_C(784111777000000), "its value");
	ok(!rsd_time_parse_http(rsd_slice_str("Sunday, 06-Nov-94 08:49:37 GMT"),
							&us), "not the old form");
	ok(!rsd_time_parse_http(rsd_slice_str("Sun, 06 Nov 1994 08:49:37 CET"),
							&us), "GMT only");
	ok(!rsd_time_parse_http(rsd_slice_str(""), &us), "not nothing");
}

static void
test_env(void)
{
	const RsdEnv *env = rsd_env_system();
	char		a[37];
	char		b[37];

	ok(env->wall_us(env->arg) > INT64_C(1600000000000000), "the wall clock");
	ok(env->mono_us(env->arg) <= env->mono_us(env->arg), "goes on");
	ok(rsd_env_uuid(env, a) && rsd_env_uuid(env, b), "two UUIDs");
	ok(strlen(a) == 36 && a[14] == '4' && strcmp(a, b) != 0, "differ: %s", a);
	ok(rsd_env_pick(env, 0) == 0 && rsd_env_pick(env, -5) == 0, "no choice");
}

static void
test_delays(void)
{
	unsigned char face = 0;
	RsdEnv		low =
	{.wall_us = fixed_clock,.mono_us = fixed_clock,.random = fixed_random,
	.arg = &face};
	const RsdEnv *env = rsd_env_system();
	bool		inside = true;
	int64_t		most = 0;
	int			i;

	is_int(rsd_backoff_delay(&low, 3, 100, 5000), 1, "never under 1 ms");
	for (i = 0; i < 2000; i++)
	{
		int64_t		d = rsd_backoff_delay(env, 3, 100, 5000);

		inside = inside && d >= 1 && d <= 400;
		most = d > most ? d : most;
	}
	ok(inside && most > 300, "third failure: within 4 x base (%d)",
	   (int) most);
	for (i = 0, inside = true; i < 200; i++)
		inside = inside && rsd_backoff_delay(env, 1000000, 100, 5000) <= 5000;
	ok(inside, "capped");
	is_int(rsd_poll_delay(&low, 0), 80, "first poll: 100 ms less a fifth");
	is_int(rsd_poll_delay(&low, 1), 160, "then 200");
	is_int(rsd_poll_delay(&low, 3), 212, "then 265");
	is_int(rsd_poll_delay(&low, 23), 212, "for a while");
	is_int(rsd_poll_delay(&low, 24), 318, "then half as much again");
	is_int(rsd_poll_delay(&low, 100), 4000, "at last 5 s");
	for (i = 0, inside = true; i < 200; i++)
	{
		int64_t		d = rsd_poll_delay(env, 100);

		inside = inside && d >= 4000 && d <= 6000;
	}
	ok(inside, "with a fifth of jitter");
}

static void
test_messages(void)
{
	RsdUrl		url;
	RsdError	err;
	RsdRequest	req;
	RsdResponse resp;

	ok(rsd_url_split(rsd_slice_str("http://h/"), &url, &err), "a URL");
	rsd_request_init(&req, "POST", &url);
	ok(rsd_request_header(&req, "A", rsd_slice_str("1"), &err) &&
	   rsd_request_header(&req, "Bb", rsd_slice_str("2"), &err) &&
	   rsd_request_header(&req, "C", rsd_slice_str(""), &err) &&
	   rsd_request_header(&req, "bB", rsd_slice_str("3"), &err), "headers");
	is_str(rsd_headers_get(&req.headers, "BB"), "3", "replaced, any case");
	is_str(rsd_headers_get(&req.headers, "c"), "", "empty value");
	is_str(rsd_headers_get(&req.headers, "a"), "1", "the first");
	ok(rsd_headers_get(&req.headers, "d") == NULL, "none");
	ok(!rsd_request_header(&req, "a b", rsd_slice_str("1"), &err), "bad name");
	ok(!rsd_request_header(&req, "x", rsd_slice_str("1\r\ny: 2"), &err),
	   "no header injection");
	rsd_request_free(&req);
	rsd_response_init(&resp, 10);
	rsd_headers_add(&resp.headers, rsd_slice_str("X"), rsd_slice_str("1"));
	rsd_headers_add(&resp.headers, rsd_slice_str("x"), rsd_slice("2\0z", 3));
	is_str(rsd_headers_get(&resp.headers, "x"), "1", "the first is found");
	rsd_response_free(&resp);
}

int
main(void)
{
	test_format();
	test_parse();
	test_http_date();
	test_env();
	test_delays();
	test_messages();
	return tap_done();
}
