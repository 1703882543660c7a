/*
 * t_csv.c
 *		aws/resultcsv: pages of CSV checked, cut and read; every damaged form.
 */
#include "aws/resultcsv.h"
#include "tap.h"

#define COLUMNS "\"ColumnMetadata\":[{\"label\":\"a\",\"typeName\":\"int4\"}," \
	"{\"label\":\"b\",\"typeName\":\"varchar\"}]"

/* A body in memory of exactly its size, for the address sanitizer. */
static void
make_body(const char *text, RsdBuf *body)
{
	rsd_buf_init(body, 1024 * 1024);
	body->len = body->cap = strlen(text);
	body->data = malloc(body->len);
	memcpy(body->data, text, body->len);
}

static bool
read_page(const char *text, int known, RsdPage *page, RsdBuf *body,
		  RsdError *err)
{
	rsd_error_clear(err);
	make_body(text, body);
	return rsd_page_read_csv(body, known, page, err);
}

/* What a page says, as "rows:text", or the error. */
static void
says(const char *text, int known, const char *want, const char *what)
{
	RsdPage		page = {0};
	RsdBuf		body;
	RsdError	err;
	char		got[600];

	if (read_page(text, known, &page, &body, &err))
		snprintf(got, sizeof(got), "%d:%.*s", (int) page.nrows,
				 (int) page.records.len, page.records.data);
	else
		snprintf(got, sizeof(got), "%s: %s", rsd_error_kind_name(err.kind),
				 err.what);
	is_str(got, want, "%s", what);
	rsd_page_free(&page);
	rsd_buf_free(&body);
}

static void
test_headers(void)
{
	says("{\"Records\":[{\"CSVRecords\":\"a,b\\r\\n1,x\\r\\n\"}]," COLUMNS
		 ",\"TotalNumRows\":1}", -1, "1:1,x\r\n", "a header is no row");
	says("{" COLUMNS ",\"TotalNumRows\":1,\"Records\":"
		 "[{\"CSVRecords\":\"1,x\\r\\n\"}]}", -1, "1:1,x\r\n", "no header");
	says("{" COLUMNS ",\"TotalNumRows\":2,\"Records\":"
		 "[{\"CSVRecords\":\"a,b\\r\\n1,x\\r\\n\"}]}", -1,
		 "2:a,b\r\n1,x\r\n", "a row that looks like the header");
	says("{" COLUMNS ",\"TotalNumRows\":1,\"Records\":"
		 "[{\"CSVRecords\":\"\\\"a\\\",\\\"b\\\"\\r\\n1,x\\r\\n\"}]}", -1,
		 "1:1,x\r\n", "a header in quotes");
	says("{" COLUMNS ",\"TotalNumRows\":9,\"NextToken\":\"t\",\"Records\":"
		 "[{\"CSVRecords\":\"a,b\\n1,x\\n\"}]}", -1, "1:1,x\n",
		 "a header where more is to come");
	says("{\"TotalNumRows\":9,\"NextToken\":\"t\",\"Records\":"
		 "[{\"CSVRecords\":\"a,b\\n1,x\\n\"}]}", 2, "2:a,b\n1,x\n",
		 "a later page has none");
	says("{" COLUMNS ",\"TotalNumRows\":0,\"Records\":"
		 "[{\"CSVRecords\":\"a,b\\r\\n\"}]}", -1, "0:", "a header only");
	says("{" COLUMNS ",\"TotalNumRows\":0,\"Records\":[]}", -1, "0:",
		 "nothing");
	says("{" COLUMNS ",\"TotalNumRows\":0,\"Records\":[{\"CSVRecords\":\"\"}]}",
		 -1, "0:", "an empty element");
}

static void
test_elements(void)
{
	says("{" COLUMNS ",\"Records\":[{\"CSVRecords\":\"1,x\"},{\"z\":[1],"
		 "\"CSVRecords\":\"2,\\\"y\\n\\\"\\r\\n\"},{\"CSVRecords\":\"3,\"}]}", -1,
		 "3:1,x\n2,\"y\n\"\r\n3,\n", "elements follow each other");
	says("{\"Records\":[{\"CSVRecords\":\"\\u00e9\\ud83d\\ude00,\\t\\/\\r\\n\"}]}",
		 2, "1:\xc3\xa9\xf0\x9f\x98\x80,\t/\r\n", "escapes");
	says("{\"Records\":[{\"CSVRecords\":\"1,x\\r\\n\"}],"
		 "\"Records\":[{\"CSVRecords\":\"2,y\\r\\n3,z\"}]}",
		 -1, "2:2,y\r\n3,z\n", "of a member that comes twice the last counts");
	says("{\"Records\":[{\"CSVRecords\":\"\\r\\n\\r\\n\"}]}", 1, "2:\r\n\r\n",
		 "rows of one value that is empty");
}

static void
test_damage(void)
{
	says("{\"Records\":[{\"CSVRecords\":\"1,2\\r\\n3\\r\\n\"}]}", -1,
		 "invalid: row 2 has 1 values, the rows before have 2", "widths");
	says("{\"Records\":[{\"CSVRecords\":\"1,\\\"x\\r\\n\"}]}", -1,
		 "invalid: row 1, column 2: a quote is not closed", "open quote");
	says("{\"Records\":[{\"CSVRecords\":\"1,2\\n3,x\\\"y\\r\\n\"}]}", -1,
		 "invalid: row 2, column 2: a quote inside a value without quotes",
		 "a stray quote");
	says("{\"Records\":[{\"CSVRecords\":\"\\\"x\\\"y,2\\r\\n\"}]}", -1,
		 "invalid: row 1, column 1: a comma or the end of the row was expected",
		 "text behind a quote");
	says("{\"Records\":[{\"CSVRecords\":\"1\\r,2\\r\\n\"}]}", -1,
		 "invalid: row 1, column 1: a comma or the end of the row was expected",
		 "a lone carriage return");
	says("{\"Records\":[{\"CSVRecords\":\"1,2\\n3,a\\u0000\\n\"}]}", -1,
		 "encoding: row 2, column 2: \\u0000 in a string", "NUL");
	says("{\"Records\":[{\"CSVRecords\":\"1,2\\n\\ud800,a\\n\"}]}", -1,
		 "encoding: row 2, column 1: a lone surrogate in a string",
		 "a lone surrogate");
	says("{\"Records\":[{\"CSVRecords\":\"1,2\\n3,a\xff\\n\"}]}", -1,
		 "encoding: row 2, column 2: invalid UTF-8", "UTF-8");
	says("{\"Records\":[{\"CSVRecords\":\"1,2\\n3,", -1,
		 "malformed: an element of Records has no CSVRecords", "cut off");
	says("{\"Records\":[{\"CSVRecords\":\"1,2\"}", -1,
		 "malformed: the page is cut off", "cut off between");
	says("{\"Records\":[[{\"longValue\":1}]]}", -1,
		 "malformed: a row is not an object", "another format");
	says("{\"Records\":{}}", -1, "malformed: Records is not an array",
		 "no array");
	says("{\"Records\":[{}]}", -1,
		 "malformed: an element of Records has no CSVRecords", "no member");
	says("", -1, "malformed: malformed JSON at byte 0: document is empty",
		 "nothing at all");
}

static void
test_fields(void)
{
	static const RsdCsvKind kinds[] = {RSD_CSV_INTEGER, RSD_CSV_FLOAT,
	RSD_CSV_BOOL, RSD_CSV_OTHER, RSD_CSV_TEXT, RSD_CSV_NOT_NULL};
	RsdCsvRows	rows;
	RsdField	f[6];
	RsdError	err;
	RsdBuf		text;

	rsd_buf_init(&text, 100);
	rsd_csv_rows_open(&rows, rsd_slice_str("-1,NaN,t,x,\"a\"\"\",\r\n"
										   ",\"\",,\"\",\"\",\"\"\n"
										   "1\\,1 ,maybe,\"\"\"\",b,c"));
	is_int(rsd_csv_rows_next(&rows, kinds, f, 6, &err), 1, "row 1");
	ok(f[0].kind == RSD_FIELD_LONG && f[1].kind == RSD_FIELD_DOUBLE &&
	   f[2].kind == RSD_FIELD_BOOL && f[2].b && f[3].kind == RSD_FIELD_STRING &&
	   f[4].kind == RSD_FIELD_STRING && f[4].doubled &&
	   f[5].kind == RSD_FIELD_STRING && f[5].raw.len == 0, "kinds");
	rsd_csv_text(f[4].raw, &text);
	is_str(rsd_buf_str(&text), "a\"", "doubled quotes");
	is_int(rsd_csv_rows_next(&rows, kinds, f, 6, &err), 1, "row 2");
	ok(f[0].kind == RSD_FIELD_NULL && f[1].kind == RSD_FIELD_NULL &&
	   f[2].kind == RSD_FIELD_NULL && f[3].kind == RSD_FIELD_NULL &&
	   f[4].kind == RSD_FIELD_DOUBTFUL && f[5].kind == RSD_FIELD_STRING,
	   "nothing, by kind");
	is_int(rsd_csv_rows_next(&rows, kinds, f, 6, &err), 1, "row 3");
	ok(f[0].kind == RSD_FIELD_STRING && f[1].kind == RSD_FIELD_STRING &&
	   f[2].kind == RSD_FIELD_STRING && f[3].doubled,
	   "what is no number stays text");
	is_int(rsd_csv_rows_next(&rows, kinds, f, 6, &err), 0, "the end");
	rsd_csv_rows_open(&rows, rsd_slice_str("1,2\n"));
	is_int(rsd_csv_rows_next(&rows, kinds, f, 3, &err), -1, "too few");
	rsd_csv_rows_open(&rows, rsd_slice_str("1,2\n"));
	is_int(rsd_csv_rows_next(&rows, kinds, f, 1, &err), -1, "too many");
	rsd_buf_free(&text);
}

static void
test_kinds(void)
{
	is_int(rsd_csv_kind("int8", false, false), RSD_CSV_INTEGER, "int8");
	is_int(rsd_csv_kind("varchar", false, false), RSD_CSV_TEXT, "varchar");
	is_int(rsd_csv_kind("varchar", true, false), RSD_CSV_NOT_NULL, "not null");
	is_int(rsd_csv_kind("varchar", true, true), RSD_CSV_OTHER, "as told");
	is_int(rsd_csv_kind("varbyte", false, false), RSD_CSV_TEXT, "varbyte");
	is_int(rsd_csv_kind("", false, false), RSD_CSV_TEXT, "unknown");
}

static void
test_chunks(void)
{
	RsdPage		page = {0};
	RsdBuf		body;
	RsdError	err;
	RsdSlice	rows;
	int64_t		n;

	ok(read_page("{\"Records\":[{\"CSVRecords\":\"1,\\\"\\n,\\\"\\n2,b\\n3,"
				 "\\\"c\\\"\\\"\\\"\\n4,d\"}]}", -1, &page, &body, &err), "a page");
	is_int(page.nrows, 4, "rows");
	ok(rsd_page_chunk(&page, 11, &rows, &n) && n == 2 &&
	   rsd_slice_is(rows, "1,\"\n,\"\n2,b\n"), "two rows fit");
	ok(rsd_page_chunk(&page, 1, &rows, &n) && n == 1 &&
	   rsd_slice_is(rows, "3,\"c\"\"\"\n"), "one that is too large");
	ok(rsd_page_chunk(&page, 100, &rows, &n) && n == 1 &&
	   rsd_slice_is(rows, "4,d\n"), "the rest");
	ok(!rsd_page_chunk(&page, 100, &rows, &n), "and no more");
	rsd_page_free(&page);
	rsd_buf_free(&body);
}

int
main(void)
{
	test_headers();
	test_elements();
	test_damage();
	test_fields();
	test_kinds();
	test_chunks();
	return tap_done();
}
