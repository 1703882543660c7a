/*
 * t_json.c
 *		The JSON reader, and that what is written is read again as it was.
 */
#include "base/json.h"
#include "base/json_put.h"
#include "base/utf8.h"
#include "fuzz.h"

/* Appends a token's value as the writer would; false if it is no text. */
static bool
put_value(RsdBuf *out, const RsdJsonToken *token)
{
	RsdBuf		text;
	RsdError	err;
	char		shown[40];
	bool		good;

	if (token->kind != RSD_JSON_STRING && token->kind != RSD_JSON_KEY)
	{
		rsd_buf_add(out, token->raw.data, token->raw.len);
		return true;
	}
	rsd_json_text_clipped(token->raw, shown, sizeof(shown));
	need_string(shown, sizeof(shown));
	need(rsd_utf8_valid(rsd_slice_str(shown)));
	rsd_buf_init(&text, 1024 * 1024);
	good = rsd_json_text(token->raw, &text, &err);
	need(good == rsd_json_text(token->raw, NULL, &err));
	if (good && token->kind == RSD_JSON_KEY)
		rsd_json_put_key(out, rsd_buf_str(&text));
	else if (good)
		rsd_json_put_string(out, rsd_buf_slice(&text));
	rsd_buf_free(&text);
	return good;
}

/* Writes a document anew; false if it cannot be read or written. */
static bool
rewrite(RsdSlice doc, RsdBuf *out)
{
	RsdJsonReader reader;
	RsdJsonToken token;
	RsdError	err;
	bool		after_key = false;

	rsd_json_open(&reader, doc);
	for (;;)
	{
		switch (rsd_json_next(&reader, &token))
		{
			case RSD_JSON_ERROR:
				need(!rsd_json_problem(&reader, &err));
				need(err.kind == RSD_ERR_MALFORMED);
				return false;
			case RSD_JSON_END:
				return true;
			case RSD_JSON_OBJECT_END:
			case RSD_JSON_ARRAY_END:
			case RSD_JSON_KEY:
				break;
			default:
				if (!after_key && out->len > 0)
					rsd_json_put_comma(out);
		}
		if (!put_value(out, &token))
			return false;
		after_key = token.kind == RSD_JSON_KEY;
	}
}

/* Skipping finds the same end as reading. */
static void
check_skip(RsdSlice doc)
{
	RsdJsonReader reader;
	RsdJsonToken token;
	RsdSlice	all;

	rsd_json_open(&reader, doc);
	need(rsd_json_next(&reader, &token) != RSD_JSON_ERROR);
	need(rsd_json_skip(&reader, &token, &all));
	need(rsd_slice_eq(all, rsd_slice_trim(doc)));
	need(rsd_json_next(&reader, &token) == RSD_JSON_END);
}

/* A number: as an integer, and back. */
static void
check_number(RsdSlice raw)
{
	int64_t		value;
	int64_t		again;
	char		digits[32];

	if (!rsd_json_int64(raw, &value))
		return;
	snprintf(digits, sizeof(digits), "%lld", (long long) value);
	need(rsd_json_int64(rsd_slice_str(digits), &again) && again == value);
}

static void
fuzz_one(RsdSlice input)
{
	RsdBuf		once;
	RsdBuf		twice;

	rsd_buf_init(&once, 4 * 1024 * 1024);
	rsd_buf_init(&twice, 4 * 1024 * 1024);
	check_number(input);
	if (rewrite(input, &once))
	{
		check_skip(input);
		need(!rsd_buf_failed(&once));
		need(rewrite(rsd_buf_slice(&once), &twice));
		need(rsd_slice_eq(rsd_buf_slice(&once), rsd_buf_slice(&twice)));
	}
	rsd_buf_free(&once);
	rsd_buf_free(&twice);
}
