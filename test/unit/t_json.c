/*
 * t_json.c
 *		base/json and base/json_put.
 */
#include "base/json.h"
#include "base/json_put.h"
#include "tap.h"

/* Reads all of doc; its token kinds as letters, "!" for an error. */
static const char *
kinds(RsdSlice doc)
{
	static char out[400];
	static const char letters[] = "!.{}[]ksntf0";
	RsdJsonReader reader;
	RsdJsonToken token;
	size_t		n = 0;

	rsd_json_open(&reader, doc);
	do
	{
		out[n++] = letters[rsd_json_next(&reader, &token)];
	} while (token.kind != RSD_JSON_ERROR && token.kind != RSD_JSON_END &&
			 n < sizeof(out) - 1);
	out[n] = '\0';
	return out;
}

static void
test_grammar(void)
{
	static const struct
	{
		const char *doc;
		const char *want;
	}			cases[] =
	{
		{"{}", "{}."}, {"[]", "[]."}, {" null ", "0."}, {"\"a\"", "s."},
		{"{\"a\":1,\"b\":[true,false,null,\"x\"]}", "{knk[tf0s]}."},
		{"[-0.5e+3 , 10]", "[nn]."}, {"[[[]],{}]", "[[[]]{}]."},
		{"", "!"}, {"   ", "!"}, {"{", "{!"}, {"[1", "[n!"}, {"[1,", "[n!"},
		{"[1,]", "[n!"}, {"{\"a\"", "{!"}, {"{\"a\":", "{k!"},
		{"{\"a\":1,}", "{kn!"}, {"{a:1}", "{!"}, {"[1}", "[n!"},
		{"{\"a\":1]", "{kn!"}, {"01", "n!"}, {"-", "!"}, {"1.", "!"},
		{"1e", "!"}, {"+1", "!"}, {"tru", "!"}, {"nullx", "0!"},
		{"\"abc", "!"}, {"\"a\\\"", "!"}, {"\"a\nb\"", "!"},
		{"{} x", "{}!"}, {"[1 2]", "[n!"}, {"<html>", "!"}, {"]", "!"},
		{"{,}", "{!"}, {"[,1]", "[!"}, {"\xef\xbb\xbf{}", "!"},
	};
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_str(kinds(rsd_slice_str(cases[i].doc)), cases[i].want, "%s",
			   cases[i].doc);
	is_str(kinds(rsd_slice(NULL, 0)), "!", "no document");
	is_str(kinds(rsd_slice("\0", 1)), "!", "a NUL byte");
}

static void
test_depth(void)
{
	char		doc[RSD_JSON_DEPTH * 2 + 2];

	memset(doc, '[', RSD_JSON_DEPTH);
	memset(doc + RSD_JSON_DEPTH, ']', RSD_JSON_DEPTH);
	ok(strchr(kinds(rsd_slice(doc, RSD_JSON_DEPTH * 2)), '!') == NULL,
	   "the stated depth is allowed");
	memset(doc, '[', RSD_JSON_DEPTH + 1);
	ok(strchr(kinds(rsd_slice(doc, RSD_JSON_DEPTH * 2)), '!') != NULL,
	   "one more is not");
}

static void
test_text(void)
{
	static const struct
	{
		const char *raw;
		const char *text;		/* NULL: kind */
		RsdErrorKind kind;
		const char *clipped;
	}			cases[] =
	{
		{"plain", "plain", RSD_ERR_NONE, "plain"},
		{"a\\n\\t\\\"\\\\\\/\\b\\f\\r", "a\n\t\"\\/\b\f\r", RSD_ERR_NONE, NULL},
		{"\\u00e9\\u20AC", "\xc3\xa9\xe2\x82\xac", RSD_ERR_NONE, NULL},
		{"\\ud83d\\ude00", "\xf0\x9f\x98\x80", RSD_ERR_NONE, NULL},
		{"\\ud83d", NULL, RSD_ERR_ENCODING, "\xef\xbf\xbd"},
		{"\\ude00x", NULL, RSD_ERR_ENCODING, "\xef\xbf\xbdx"},
		{"\\ud83dx", NULL, RSD_ERR_ENCODING, "\xef\xbf\xbdx"},
		{"\\ud83d\\u0041", NULL, RSD_ERR_ENCODING, "\xef\xbf\xbd" "A"},
		{"a\\u0000b", NULL, RSD_ERR_ENCODING, "a\xef\xbf\xbd" "b"},
		{"\\x", NULL, RSD_ERR_MALFORMED, "\xef\xbf\xbd"},
		{"\\u12g4", NULL, RSD_ERR_MALFORMED, NULL},
		{"\\u12", NULL, RSD_ERR_MALFORMED, NULL},
		{"\\", NULL, RSD_ERR_MALFORMED, "\xef\xbf\xbd"},
		{"a\xff", NULL, RSD_ERR_ENCODING, "a\xef\xbf\xbd"},
	};
	RsdBuf		buf;
	RsdError	err;
	size_t		i;

	rsd_buf_init(&buf, 100);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		char		clipped[50];
		bool		good;

		rsd_buf_reset(&buf);
		rsd_error_clear(&err);
		good = rsd_json_text(rsd_slice_str(cases[i].raw), &buf, &err);
		ok(good == (cases[i].text != NULL) && err.kind == cases[i].kind,
		   "text %zu: %s", i, err.what);
		if (good)
			is_str(rsd_buf_str(&buf), cases[i].text, "its value");
		rsd_json_text_clipped(rsd_slice_str(cases[i].raw), clipped, 50);
		if (cases[i].clipped != NULL)
			is_str(clipped, cases[i].clipped, "for people");
	}
	rsd_buf_reset(&buf);
	ok(!rsd_json_text(rsd_slice_str("\\u0000"), &buf, &err), "\\u0000");
	is_str(err.code, "nul", "\\u0000 can be told from the rest");
	rsd_buf_free(&buf);
}

static void
test_int64(void)
{
	static const struct
	{
		const char *raw;
		bool		good;
		int64_t		value;
	}			cases[] =
	{
		{"0", true, 0}, {"-0", true, 0}, {"42", true, 42}, {"-7", true, -7},
		{"9223372036854775807", true, INT64_MAX},
		{"-9223372036854775808", true, INT64_MIN},
		{"9223372036854775808", false, 0}, {"-9223372036854775809", false, 0},
		{"18446744073709551616", false, 0}, {"1e3", true, 1000},
		{"1.5e1", true, 15}, {"2.50e1", true, 25}, {"25.0", true, 25},
		{"100e-2", true, 1}, {"1.5", false, 0}, {"1e-1", false, 0},
		{"1e19", false, 0}, {"9.007199254740993e15", true, 9007199254740993},
		{"0e99999999999", true, 0}, {"1e99999999999", false, 0},
		{"0.000", true, 0}, {"1000000000000000000000e-3", true,
		1000000000000000000}, {"0.01e2", true, 1}, {"", false, 0},
		{"NaN", false, 0}, {"1e", false, 0}, {"1e-", false, 0},
		{"1ex9", false, 0}, {"1e99999x9999999999999999999", false, 0},
	};
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		int64_t		value = 0;
		bool		good = rsd_json_int64(rsd_slice_str(cases[i].raw),
										  &value);

		ok(good == cases[i].good, "int64 %s", cases[i].raw);
		if (good)
			is_int(value, cases[i].value, "its value");
	}
}

typedef struct Sample
{
	char		text[8];
	char		shown[8];
	int64_t		number;
	bool		flag;
	int64_t		when;
	RsdSlice	raw;
	bool		there;
} Sample;

static bool
read_sample(const char *doc, Sample *s, RsdError *err)
{
	const		RsdJsonField fields[] =
	{
		{"text", RSD_JSON_AS_TEXT, s->text, sizeof(s->text), true, NULL},
		{"shown", RSD_JSON_AS_CLIPPED, s->shown, sizeof(s->shown), false, NULL},
		{"number", RSD_JSON_AS_INT, &s->number, 0, false, &s->there},
		{"flag", RSD_JSON_AS_BOOL, &s->flag, 0, false, NULL},
		{"when", RSD_JSON_AS_TIME, &s->when, 0, false, NULL},
		{"raw", RSD_JSON_AS_RAW, &s->raw, 0, false, NULL},
	};
	RsdJsonReader reader;

	memset(s, 0, sizeof(*s));
	s->number = -1;
	rsd_error_clear(err);
	rsd_json_open(&reader, rsd_slice_str(doc));
	return rsd_json_read_fields(&reader, fields, 6, err);
}

static void
test_fields(void)
{
	Sample		s;
	RsdError	err;

	ok(read_sample("{\"x\":{\"text\":[1,{}]},\"text\":\"a\\u0062\","
				   "\"shown\":\"123456789\",\"number\":12,\"flag\":true,"
				   "\"when\":1.5,\"raw\":[1,{\"a\":\"]\"}],\"Text\":3}",
				   &s, &err), "an object with everything");
	is_str(s.text, "ab", "text");
	is_str(s.shown, "1234567", "clipped text");
	is_int(s.number, 12, "number");
	ok(s.flag && s.there, "flag and presence");
	is_int(s.when, 1500000, "time");
	ok(rsd_slice_is(s.raw, "[1,{\"a\":\"]\"}]"), "raw value");
	ok(read_sample("{\"text\":\"a\",\"number\":null,\"raw\":\"q\"}", &s, &err),
	   "null is absent");
	ok(s.number == -1 && !s.there, "and leaves the target");
	ok(rsd_slice_is(s.raw, "\"q\""), "a raw string keeps its quotes");
	ok(!read_sample("{\"text\":null}", &s, &err) &&
	   err.kind == RSD_ERR_MALFORMED, "required null: %s", err.what);
	ok(!read_sample("{\"text\":7}", &s, &err) &&
	   err.kind == RSD_ERR_MALFORMED, "wrong type: %s", err.what);
	ok(!read_sample("{\"text\":\"a\",\"number\":1.5}", &s, &err), "%s",
	   err.what);
	ok(!read_sample("{\"text\":\"12345678\"}", &s, &err) &&
	   err.kind == RSD_ERR_LIMIT, "too long: %s", err.what);
	ok(!read_sample("{\"text\":\"\\u0000\"}", &s, &err) &&
	   err.kind == RSD_ERR_ENCODING, "NUL: %s", err.what);
	ok(!read_sample("[]", &s, &err), "not an object: %s", err.what);
	ok(!read_sample("{\"text\":\"a\"", &s, &err), "truncated: %s", err.what);
	ok(!read_sample("{\"text\":\"a\",\"flag\":\"yes\"}", &s, &err), "%s",
	   err.what);
	ok(!read_sample("{\"text\":\"a\",\"when\":\"soon\"}", &s, &err), "%s",
	   err.what);
}

static void
test_writer(void)
{
	RsdBuf		buf;

	rsd_buf_init(&buf, 200);
	rsd_buf_addc(&buf, '{');
	rsd_json_put_text(&buf, "a", rsd_slice_str("x\"\\\n\x01\xc3\xa9/"));
	rsd_json_put_int(&buf, "b", INT64_MIN);
	rsd_json_put_bool(&buf, "c", true);
	rsd_json_put_key(&buf, "d");
	rsd_buf_addc(&buf, '[');
	rsd_json_put_comma(&buf);
	rsd_json_put_string(&buf, rsd_slice_str("1"));
	rsd_json_put_comma(&buf);
	rsd_json_put_string(&buf, rsd_slice(NULL, 0));
	rsd_buf_adds(&buf, "]}");
	is_str(rsd_buf_str(&buf), "{\"a\":\"x\\\"\\\\\\n\\u0001\xc3\xa9/\","
		   "\"b\":-9223372036854775808,\"c\":true,\"d\":[\"1\",\"\"]}",
		   "an object written");
	ok(strchr(kinds(rsd_buf_slice(&buf)), '!') == NULL, "reads back");
	rsd_buf_free(&buf);
}

int
main(void)
{
	test_grammar();
	test_depth();
	test_text();
	test_int64();
	test_fields();
	test_writer();
	return tap_done();
}
