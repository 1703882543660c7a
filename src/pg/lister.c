/*
 * lister.c
 *	  What the list functions share: pages to their end, rows into the result.
 *
 * Rows are told as they come; memory is bounded by a page, and what is told
 * by the caller's work_mem, beyond which it goes to disk.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/json.h"
#include "pg/lister.h"
#include "pg/unixtime.h"
#include "pg/utf8text.h"

/* No body of a call is near this. */
#define MAX_BODY			(1024 * 1024)

/* No text is longer than the body it came in. */
#define MAX_TEXT			(32 * 1024 * 1024)

struct RsdLister
{
	const RsdListKind *kind;
	ReturnSetInfo *result;
	MemoryContext cx;			/* all of this */
	MemoryContext caller_cx;	/* what was current before */
	MemoryContext row_cx;		/* the values of a row */
	RsdListCall *call;
	void	   *list;			/* of the family */
	int64		left;			/* rows still wanted */
	RsdBuf		body;			/* of a request */
	RsdBuf		text;			/* scratch for decoding */
	RsdBuf		token;			/* of the page in hand */
	int			n;				/* values put */
	Datum		values[RSD_LIST_COLUMNS];
	bool		nulls[RSD_LIST_COLUMNS];
	MemoryContextCallback cleanup;
};

static void
clean_up(void *arg)
{
	RsdLister  *lister = arg;

	if (lister->list != NULL)
		lister->kind->close(lister->list);
	rsd_buf_free(&lister->body);
	rsd_buf_free(&lister->text);
	rsd_buf_free(&lister->token);
}

static int64
get_max_rows(FunctionCallInfo fcinfo)
{
	int			n = PG_NARGS() - 1;

	if (PG_ARGISNULL(n))
		return PG_INT64_MAX;
	if (PG_GETARG_INT32(n) < 1)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("\"max_rows\" must be at least 1"),
				errhint("NULL stands for all rows."));
	return PG_GETARG_INT32(n);
}

RsdLister *
rsd_list_begin(FunctionCallInfo fcinfo, const RsdListKind *kind)
{
	int64		left = get_max_rows(fcinfo);
	MemoryContext caller_cx = CurrentMemoryContext;
	MemoryContext cx;
	RsdLister  *lister;

	/* Lists of one column return a scalar, which has no row type. */
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	cx = AllocSetContextCreate(caller_cx, "rsdata list",
							   ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(cx);
	lister = palloc0(sizeof(RsdLister));
	lister->kind = kind;
	lister->result = (ReturnSetInfo *) fcinfo->resultinfo;
	lister->cx = cx;
	lister->caller_cx = caller_cx;
	lister->row_cx = AllocSetContextCreate(cx, "rsdata list row",
										   ALLOCSET_DEFAULT_SIZES);
	lister->left = left;
	rsd_buf_init(&lister->body, MAX_BODY);
	rsd_buf_init(&lister->text, MAX_TEXT);
	rsd_buf_init(&lister->token, MAX_BODY);
	lister->cleanup.func = clean_up;
	lister->cleanup.arg = lister;
	MemoryContextRegisterResetCallback(cx, &lister->cleanup);
	lister->call = rsd_list_call_create(PG_ARGISNULL(0) ? NULL :
										PG_GETARG_NAME(0));
	return lister;
}

const RsdServerConfig *
rsd_list_config(const RsdLister *lister)
{
	return rsd_list_call_config(lister->call);
}

char *
rsd_list_arg(FunctionCallInfo fcinfo, int n, const char *name)
{
	char	   *given;

	if (PG_ARGISNULL(n))
		return NULL;
	given = text_to_cstring(PG_GETARG_TEXT_PP(n));
	if (given[0] == '\0')
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("\"%s\" must not be empty", name),
				errhint("Leave it out to list without it."));
	return rsd_text_to_utf8(given);
}

static void
fail(const RsdLister *lister, const RsdError *err)
{
	rsd_list_call_fail(lister->call, lister->kind->op, err);
}

/* How many to ask for in a page. */
static int
page_size(const RsdLister *lister)
{
	if (lister->kind->rows_bound_page)
		return (int) Min(lister->left, lister->kind->page_max);
	return lister->kind->page_max;
}

/* Asks for the page of the token in hand; the answer's body. */
static RsdSlice
ask_page(RsdLister *lister)
{
	RsdError	err;

	rsd_buf_reset(&lister->body);
	if (!lister->kind->put_body(lister->list, page_size(lister),
								rsd_buf_slice(&lister->token), &lister->body,
								&err))
		fail(lister, &err);
	return rsd_list_call_send(lister->call, lister->kind->op,
							  rsd_buf_slice(&lister->body));
}

/* Tells the rows of a page that is open. */
static void
tell_rows(RsdLister *lister)
{
	RsdError	err;
	bool		more;

	while (lister->left > 0)
	{
		MemoryContext old = MemoryContextSwitchTo(lister->row_cx);

		CHECK_FOR_INTERRUPTS();
		lister->n = 0;
		if (!lister->kind->next(lister->list, lister, &more, &err))
			fail(lister, &err);
		MemoryContextSwitchTo(old);
		if (!more)
			return;
		Assert(lister->n == lister->result->setDesc->natts);
		tuplestore_putvalues(lister->result->setResult,
							 lister->result->setDesc, lister->values,
							 lister->nulls);
		MemoryContextReset(lister->row_cx);
		lister->left--;
	}
}

/* Takes the next page's token; false if there is none. */
static bool
take_token(RsdLister *lister, RsdSlice token)
{
	RsdError	err;

	if (token.len > 0 && rsd_slice_eq(token, rsd_buf_slice(&lister->token)))
	{
		rsd_error_set(&err, RSD_ERR_MALFORMED,
					  "the service repeats the same NextToken");
		fail(lister, &err);
	}
	rsd_buf_reset(&lister->token);
	rsd_buf_add(&lister->token, token.data, token.len);
	if (!rsd_buf_check(&lister->token, "NextToken", &err))
		fail(lister, &err);
	return token.len > 0;
}

void
rsd_list_run(RsdLister *lister, void *list)
{
	MemoryContext cx = lister->cx;
	bool		more = true;

	lister->list = list;
	while (more && lister->left > 0)
	{
		RsdSlice	body = ask_page(lister);
		RsdSlice	token;
		RsdError	err;

		if (!lister->kind->open(list, body, &token, &err))
			fail(lister, &err);
		tell_rows(lister);
		more = take_token(lister, token);
		lister->kind->close(list);
	}
	MemoryContextSwitchTo(lister->caller_cx);
	MemoryContextDelete(cx);
}

void
rsd_list_put(RsdLister *lister, Datum value, bool null)
{
	Assert(lister->n < RSD_LIST_COLUMNS);
	lister->values[lister->n] = value;
	lister->nulls[lister->n] = null;
	lister->n++;
}

char *
rsd_list_text(RsdLister *lister, RsdSlice raw)
{
	RsdError	err;
	char	   *copy;

	rsd_buf_reset(&lister->text);
	if (!rsd_json_text(raw, &lister->text, &err))
		fail(lister, &err);
	copy = pnstrdup(rsd_buf_str(&lister->text), lister->text.len);
	return pg_any_to_server(copy, (int) lister->text.len, PG_UTF8);
}

void
rsd_list_put_text(RsdLister *lister, RsdSlice raw)
{
	if (raw.data == NULL)
		rsd_list_put(lister, (Datum) 0, true);
	else
		rsd_list_put(lister,
					 CStringGetTextDatum(rsd_list_text(lister, raw)), false);
}

void
rsd_list_put_string(RsdLister *lister, const char *text)
{
	if (text[0] == '\0')
		rsd_list_put(lister, (Datum) 0, true);
	else
		rsd_list_put(lister, CStringGetTextDatum(rsd_text_from_utf8(text)),
					 false);
}

void
rsd_list_put_time(RsdLister *lister, int64 unix_us)
{
	rsd_list_put(lister, TimestampTzGetDatum(rsd_time_from_unix(unix_us)),
				 unix_us == 0);
}
