/*
 * t_result.c
 *		aws/resultset: pages checked, cut and read; every damaged form.
 */
#include "aws/resultset.h"
#include "tap.h"

/* Every byte string is tried from exactly sized memory, so that the address
 * sanitizer sees a read too far. */
static bool
read_page(RsdSlice text, int known, RsdPage *page, char **copy, RsdError *err)
{
	*copy = malloc(text.len + (text.len == 0));
	if (text.len > 0)
		memcpy(*copy, text.data, text.len);
	rsd_error_clear(err);
	return rsd_page_read(rsd_slice(*copy, text.len), known, page, err);
}

static const char full[] =
"{\"ColumnMetadata\":[{\"label\":\"a\",\"name\":\"A\",\"typeName\":\"int4\","
"\"precision\":10,\"nullable\":1,\"x\":null},{\"name\":\"b\",\"nullable\":false}],"
"\"NextToken\":\"t\\u0041\",\"Records\": [ [{\"longValue\":-5},{\"isNull\":true}] ,"
"[{ \"stringValue\" : \"x]\\\"\\u00e9,[\" } , {\"booleanValue\":false}],\n"
"[{\"doubleValue\":1.5e-3},{\"blobValue\":\"AAE=\"}],"
"[{\"doubleValue\":\"NaN\"},{\"stringValue\":\"\"}]],\"TotalNumRows\":9}";

static void
test_full(void)
{
	RsdPage		page = {0};
	RsdError	err;
	RsdRows		rows;
	RsdField	f[2];
	char	   *copy;

	ok(read_page(rsd_slice_str(full), -1, &page, &copy, &err), "a full page");
	ok(page.nrows == 4 && page.ncolumns == 2 && page.total_rows == 9, "counts");
	is_str(rsd_buf_str(&page.next_token), "tA", "next token");
	rsd_rows_open(&rows, page.records);
	is_int(rsd_rows_next(&rows, f, 2, &err), 1, "row 1");
	ok(f[0].kind == RSD_FIELD_LONG && rsd_slice_is(f[0].raw, "-5") &&
	   f[1].kind == RSD_FIELD_NULL, "long and null");
	is_int(rsd_rows_next(&rows, f, 2, &err), 1, "row 2");
	ok(f[0].kind == RSD_FIELD_STRING && f[0].escaped &&
	   rsd_slice_is(f[0].raw, "x]\\\"\\u00e9,[") &&
	   f[1].kind == RSD_FIELD_BOOL && !f[1].b, "string and bool");
	is_int(rsd_rows_next(&rows, f, 2, &err), 1, "row 3");
	ok(f[0].kind == RSD_FIELD_DOUBLE && rsd_slice_is(f[0].raw, "1.5e-3") &&
	   f[1].kind == RSD_FIELD_BLOB && rsd_slice_is(f[1].raw, "AAE="),
	   "double and blob");
	is_int(rsd_rows_next(&rows, f, 2, &err), 1, "row 4");
	ok(f[0].kind == RSD_FIELD_DOUBLE && rsd_slice_is(f[0].raw, "NaN") &&
	   f[1].kind == RSD_FIELD_STRING && f[1].raw.len == 0 && !f[1].escaped,
	   "NaN and the empty string");
	is_int(rsd_rows_next(&rows, f, 2, &err), 0, "no more");
	rsd_rows_open(&rows, page.records);
	is_int(rsd_rows_next(&rows, f, 1, &err), -1, "too few places: %s",
		   err.what);
	rsd_page_free(&page);
	free(copy);
}

static void
test_columns(void)
{
	RsdPage		page = {0};
	RsdError	err;
	RsdColumns	columns;
	RsdColumn	c;
	char	   *copy;

	ok(read_page(rsd_slice_str(full), 2, &page, &copy, &err), "a full page");
	rsd_columns_open(&columns, page.columns);
	is_int(rsd_columns_next(&columns, &c, &err), 1, "column 1");
	ok(strcmp(c.label, "a") == 0 && strcmp(c.name, "A") == 0 &&
	   strcmp(c.type_name, "int4") == 0 && c.precision == 10 &&
	   c.nullable == 1 && c.scale == -1, "as described");
	is_int(rsd_columns_next(&columns, &c, &err), 1, "column 2");
	ok(strcmp(c.label, "b") == 0 && c.type_name[0] == '\0' && c.nullable == 0,
	   "an emulator's: no label, no type, nullable a bool");
	is_int(rsd_columns_next(&columns, &c, &err), 0, "no more");
	rsd_columns_open(&columns, rsd_slice(NULL, 0));
	is_int(rsd_columns_next(&columns, &c, &err), 0, "none at all");
	rsd_columns_open(&columns, rsd_slice_str("[{},7]"));
	ok(rsd_columns_next(&columns, &c, &err) == 1 &&
	   rsd_columns_next(&columns, &c, &err) == -1, "malformed: %s", err.what);
	rsd_page_free(&page);
	free(copy);
}

static void
test_shapes(void)
{
	RsdPage		page = {0};
	RsdError	err;
	char	   *copy;

	ok(read_page(rsd_slice_str("{\"Records\":[],\"ColumnMetadata\":[{}],"
							   "\"NextToken\":null,\"TotalNumberRows\":0}"),
				 -1, &page, &copy, &err), "an empty result");
	ok(page.nrows == 0 && page.ncolumns == 1 && page.total_rows == 0 &&
	   page.next_token.len == 0 && page.records.len == 0, "its counts");
	free(copy);
	ok(read_page(rsd_slice_str("{\"Records\":[[{\"longValue\":1}]]}"), -1,
				 &page, &copy, &err), "rows without columns");
	ok(page.ncolumns == 1 && page.total_rows == -1, "told by the row");
	free(copy);
	ok(!read_page(rsd_slice_str("{\"Records\":[[{\"longValue\":1}]]}"), 2,
				  &page, &copy, &err), "not as wide as the first page: %s",
	   err.what);
	free(copy);
	ok(read_page(rsd_slice_str("{\"Records\":[],\"NextToken\":\"\"}"), 3,
				 &page, &copy, &err) && page.ncolumns == 3, "an empty page");
	free(copy);
	rsd_page_free(&page);
}

#define ROW(field) "{\"Records\":[[{\"longValue\":1}],[" field "]]}"

static void
test_broken(void)
{
	static const struct
	{
		const char *text;
		RsdErrorKind kind;
		const char *where;
	}			cases[] =
	{
		{"", RSD_ERR_MALFORMED, ""}, {"<html>", RSD_ERR_MALFORMED, ""},
		{"[]", RSD_ERR_MALFORMED, ""}, {"{}", RSD_ERR_MALFORMED, "Records"},
		{"{\"Records\":null}", RSD_ERR_MALFORMED, ""},
		{"{\"Records\":{}}", RSD_ERR_MALFORMED, ""},
		{"{\"Records\":[1]}", RSD_ERR_MALFORMED, "row 1"},
		{"{\"Records\":[[1]]}", RSD_ERR_MALFORMED, "row 1, column 1"},
		{"{\"Records\":[]} {}", RSD_ERR_MALFORMED, ""},
		{"{\"Records\":[],\"TotalNumRows\":\"x\"}", RSD_ERR_MALFORMED, ""},
		{"{\"Records\":[],\"NextToken\":1}", RSD_ERR_MALFORMED, ""},
		{"{\"Records\":[],\"ColumnMetadata\":{}}", RSD_ERR_MALFORMED, ""},
		{ROW(""), RSD_ERR_MALFORMED, "row 2 has 0"},
		{ROW("{}"), RSD_ERR_MALFORMED, "row 2, column 1"},
		{ROW("{\"longValue\":1},{\"longValue\":1}"), RSD_ERR_MALFORMED,
		"row 2 has 2"},
		{ROW("{\"longValue\":1,\"isNull\":true}"), RSD_ERR_MALFORMED, "row 2"},
		{ROW("{\"otherValue\":1}"), RSD_ERR_MALFORMED, "unknown kind"},
		{ROW("{\"isNull\":false}"), RSD_ERR_MALFORMED, "isNull"},
		{ROW("{\"longValue\":\"1\"}"), RSD_ERR_MALFORMED, "longValue"},
		{ROW("{\"longValue\":1.5}"), RSD_ERR_MALFORMED, "row 2"},
		{ROW("{\"longValue\":01}"), RSD_ERR_MALFORMED, "longValue"},
		{ROW("{\"longValue\":9223372036854775808}"), RSD_ERR_MALFORMED,
		"range"},
		{ROW("{\"longValue\":null}"), RSD_ERR_MALFORMED, "longValue"},
		{ROW("{\"doubleValue\":\"1\"}"), RSD_ERR_MALFORMED, "doubleValue"},
		{ROW("{\"doubleValue\":1.}"), RSD_ERR_MALFORMED, "doubleValue"},
		{ROW("{\"doubleValue\":1e}"), RSD_ERR_MALFORMED, "doubleValue"},
		{ROW("{\"doubleValue\":NaN}"), RSD_ERR_MALFORMED, "doubleValue"},
		{ROW("{\"booleanValue\":1}"), RSD_ERR_MALFORMED, "booleanValue"},
		{ROW("{\"stringValue\":null}"), RSD_ERR_MALFORMED, "stringValue"},
		{ROW("{\"stringValue\":\"a\nb\"}"), RSD_ERR_MALFORMED, "control"},
		{ROW("{\"stringValue\":\"\\q\"}"), RSD_ERR_MALFORMED, "escape"},
		{ROW("{\"stringValue\":\"\\u0000\"}"), RSD_ERR_ENCODING,
		"row 2, column 1: \\u0000"},
		{ROW("{\"stringValue\":\"\\ud800\"}"), RSD_ERR_ENCODING, "surrogate"},
		{ROW("{\"stringValue\":\"a\xff\"}"), RSD_ERR_ENCODING,
		"row 2, column 1: invalid UTF-8"},
		{"{\"Records\":[],\"x\":\"\xff\"}", RSD_ERR_ENCODING, "byte 19"},
		{ROW("{\"blobValue\":\"A\"}"), RSD_ERR_MALFORMED, "base64"},
		{ROW("{\"blobValue\":\"A=AA\"}"), RSD_ERR_MALFORMED, "base64"},
		{ROW("[{\"longValue\":1}]"), RSD_ERR_MALFORMED, "row 2"},
		{"{\"Records\":[[{\"longValue\":1}],]}", RSD_ERR_MALFORMED, "row 2"},
		{"{\"Records\":[[{\"longValue\":1}] [{\"longValue\":1}]]}",
		RSD_ERR_MALFORMED, "comma"},
		{"{\"Records\":[[{\"longValue\":1}]],\"ColumnMetadata\":[{},{}]}",
		RSD_ERR_MALFORMED, "2 columns"},
	};
	RsdPage		page = {0};
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		RsdError	err;
		char	   *copy;

		ok(!read_page(rsd_slice_str(cases[i].text), -1, &page, &copy, &err) &&
		   err.kind == cases[i].kind &&
		   strstr(err.what, cases[i].where) != NULL, "broken %zu: %s: %s", i,
		   rsd_error_kind_name(err.kind), err.what);
		free(copy);
	}
	ok(page.records.data == NULL && page.nrows == 0, "nothing is kept");
	rsd_page_free(&page);
}

/* Cut at every byte, and each byte spoilt: never good, never out of bounds. */
static void
test_damage(void)
{
	RsdPage		page = {0};
	RsdError	err;
	char		text[sizeof(full)];
	bool		refused = true;
	char	   *copy;
	size_t		i;
	int			b;

	for (i = 0; i < sizeof(full) - 1; i++)
	{
		refused = refused &&
			!read_page(rsd_slice(full, i), -1, &page, &copy, &err) &&
			err.kind == RSD_ERR_MALFORMED;
		free(copy);
	}
	ok(refused, "a page cut anywhere is refused as malformed");
	for (i = 0; i < sizeof(full) - 1; i++)
		for (b = 0; b < 256; b += 5)
		{
			memcpy(text, full, sizeof(full));
			text[i] = (char) b;
			(void) !read_page(rsd_slice(text, sizeof(full) - 1), -1, &page,
							  &copy, &err);
			free(copy);
		}
	ok(true, "spoilt bytes do no harm");
	rsd_page_free(&page);
}

/* All chunks joined are all rows, whatever the size. */
static void
test_chunks(void)
{
	RsdPage		page = {0};
	RsdError	err;
	char	   *copy;
	size_t		max;

	ok(read_page(rsd_slice_str(full), -1, &page, &copy, &err), "a full page");
	for (max = 1; max < 200; max += 7)
	{
		RsdSlice	rows;
		int64_t		n;
		int64_t		total = 0;
		bool		good = true;

		page.chunked = 0;
		while (rsd_page_chunk(&page, max, &rows, &n))
		{
			RsdRows		reader;
			RsdField	f[2];
			int64_t		read = 0;

			rsd_rows_open(&reader, rows);
			while (rsd_rows_next(&reader, f, 2, &err) == 1)
				read++;
			good = good && read == n && n > 0 && rows.data[0] == '[' &&
				rows.data[rows.len - 1] == ']' && (rows.len <= max || n == 1);
			total += n;
		}
		ok(good && total == 4, "chunks of %zu bytes", max);
	}
	ok(!rsd_page_chunk(&page, 1, &(RsdSlice) {NULL, 0}, &(int64_t) {0}),
	   "then none");
	rsd_page_free(&page);
	free(copy);
}

int
main(void)
{
	test_full();
	test_columns();
	test_shapes();
	test_broken();
	test_damage();
	test_chunks();
	return tap_done();
}
