/*
 * listpage.c
 *		One page of a list that the Redshift Data API gives.
 *
 * The array is found first and then walked through in place, because the
 * token may stand before or behind it.
 */
#include "aws/listpage.h"

#define LENGTH(array) ((int) (sizeof(array) / sizeof((array)[0])))

/* A NextToken that is longer is not one. */
#define MAX_TOKEN (64 * 1024)

static bool
doing(const RsdListPage *page, RsdError *err)
{
	return rsd_error_doing(err, "reading the reply to %s",
						   rsd_op_name(page->op));
}

/* Steps into the array, if there is one. */
static bool
enter(RsdListPage *page, const char *member, RsdSlice array, RsdError *err)
{
	RsdJsonToken token;

	if (array.len == 0)
		return true;
	rsd_json_open(&page->reader, array);
	if (rsd_json_next(&page->reader, &token) != RSD_JSON_ARRAY)
		return rsd_error_set(err, RSD_ERR_MALFORMED,
							 "member \"%s\" is not an array", member);
	page->open = true;
	return true;
}

/* Finds array and token in the one object that body is. */
static bool
find(RsdListPage *page, const char *member, RsdSlice body, RsdError *err)
{
	RsdSlice	array = {0};
	RsdJsonReader reader;
	RsdJsonToken token;
	const RsdJsonField fields[] =
	{
		{member, RSD_JSON_AS_RAW, &array, 0, false, NULL},
		{"NextToken", RSD_JSON_AS_BUF, &page->token, 0, false, NULL},
	};

	rsd_json_open(&reader, body);
	if (!rsd_json_read_fields(&reader, fields, LENGTH(fields), err))
		return false;
	if (rsd_json_next(&reader, &token) != RSD_JSON_END)
		return rsd_json_problem(&reader, err);
	return enter(page, member, array, err);
}

bool
rsd_listpage_open(RsdListPage *page, RsdOp op, const char *member,
				  RsdSlice body, RsdError *err)
{
	memset(page, 0, sizeof(*page));
	page->op = op;
	rsd_buf_init(&page->token, MAX_TOKEN);
	if (!find(page, member, body, err))
	{
		rsd_listpage_close(page);
		return doing(page, err);
	}
	page->next_token = rsd_buf_slice(&page->token);
	return true;
}

bool
rsd_listpage_next(RsdListPage *page, RsdSlice *value, bool *more,
				  RsdError *err)
{
	RsdJsonToken token;
	RsdJsonKind kind;

	*more = false;
	if (!page->open)
		return true;
	kind = rsd_json_next(&page->reader, &token);
	if (kind == RSD_JSON_ARRAY_END)
	{
		page->open = false;
		return true;
	}
	*more = kind != RSD_JSON_ERROR &&
		rsd_json_skip(&page->reader, &token, value);
	if (*more)
		return true;
	page->open = false;
	rsd_json_problem(&page->reader, err);
	return doing(page, err);
}

bool
rsd_listpage_object(const RsdListPage *page, RsdSlice value,
					const RsdJsonField *fields, int nfields, RsdError *err)
{
	RsdJsonReader reader;

	rsd_json_open(&reader, value);
	return rsd_json_read_fields(&reader, fields, nfields, err) ||
		doing(page, err);
}

void
rsd_listpage_unquote(RsdSlice *value)
{
	if (value->len >= 2 && value->data[0] == '"')
		*value = rsd_slice(value->data + 1, value->len - 2);
	else
		*value = rsd_slice(NULL, 0);
}

void
rsd_listpage_close(RsdListPage *page)
{
	rsd_buf_free(&page->token);
	page->next_token = rsd_slice(NULL, 0);
	page->open = false;
}
