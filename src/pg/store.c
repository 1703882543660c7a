/*
 * store.c
 *	  All SQL of the worker over our tables, as kept plans.
 *
 * The worker is the one writer: rows of statements are changed here and
 * nowhere else, and never after waiting for a table lock (rsd_store_lock).
 */
#include "postgres.h"

#include "access/xlog.h"
#include "commands/async.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/json.h"

#include "pg/compat.h"
#include "pg/guc.h"
#include "pg/store.h"
#include "pg/store_sql.h"
#include "pg/utf8text.h"

/* Whole rows of a result in one row of rsdata.page, at most. */
#define CHUNK_BYTES			(1024 * 1024)

/* A NOTIFY payload must be shorter than this (NOTIFY_PAYLOAD_MAX_LENGTH). */
#define PAYLOAD_MAX			8000

/* The only row of a result. */
static void
first_row(RsdRow *row)
{
	rsd_row_open(row, 0);
}

RsdIdentity
rsd_store_identity(void)
{
	RsdArgs		args = {0};
	RsdRow		row;

	rsd_arg_oid(&args, MyDatabaseId);
	rsd_arg_int4(&args, (int) GetWALInsertionTimeLine());
	if (rsd_store_run(RSD_SQL_IDENTITY, &args) != 1)
		return RSD_IDENTITY_COPY;
	first_row(&row);
	if (!rsd_row_bool(&row, false))
		return RSD_IDENTITY_COPY;
	return rsd_row_bool(&row, false) ? RSD_IDENTITY_SAME :
		RSD_IDENTITY_PROMOTED;
}

void
rsd_store_promote(void)
{
	RsdArgs		args = {0};

	rsd_store_lock();
	rsd_store_run(RSD_SQL_PROMOTE, NULL);
	rsd_arg_int4(&args, (int) GetWALInsertionTimeLine());
	rsd_store_run(RSD_SQL_TIMELINE, &args);
}

bool
rsd_store_has_open(void)
{
	return rsd_store_run(RSD_SQL_HAS_OPEN, NULL) > 0;
}

/* The effective limit: the statement's, within the setting's. */
static int64
limit_of(int64 asked, int64 setting)
{
	if (asked > 0 && (setting == 0 || asked < setting))
		return asked;
	return setting;
}

/* A row of LIVE_COLUMNS into the machine's value. */
static void
read_machine(RsdRow *row, RsdLive *live)
{
	RsdStmt    *m = &live->m;
	char	   *word;

	word = rsd_row_text(row);
	if (!rsd_status_parse(word, &m->status))
		elog(ERROR, "unknown status \"%s\" of statement " INT64_FORMAT,
			 word, live->id);
	word = rsd_row_text(row);
	if (word != NULL)
		m->wish = strcmp(word, "timeout") == 0 ? RSD_WISH_TIMEOUT :
			RSD_WISH_CANCEL;
	(void) rsd_row_time(row);	/* submitted_at */
	m->first_sent_at = rsd_row_time(row);
	m->accepted_at = rsd_row_time(row);
	m->timeout_at = rsd_row_time(row);
	m->deadline_at = rsd_row_time(row);
	m->expires_at = rsd_row_time(row);
	live->attempts = rsd_row_int4(row, 0);
	m->has_result = rsd_row_tri(row);
	live->pages_done = rsd_row_int4(row, 0);
	live->rows_done = rsd_row_int8(row, 0);
	live->rows_total = rsd_row_int8(row, -1);
}

/* One row of LIVE_COLUMNS; the struct is in a context of its own. */
static RsdLive *
read_live(MemoryContext parent, uint64 index)
{
	MemoryContext cx = AllocSetContextCreate(parent, "rsdata statement",
											 ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cx);
	RsdLive    *live = palloc0(sizeof(RsdLive));
	RsdRow		row;
	char	   *text;

	rsd_row_open(&row, index);
	live->cx = cx;
	live->id = rsd_row_int8(&row, 0);
	live->owner = rsd_row_oid(&row);
	live->server = rsd_row_oid(&row);
	live->token = rsd_row_text(&row);
	live->sql = rsd_text_to_utf8(rsd_row_text(&row));
	live->nparams = rsd_row_params(&row, &live->params);
	live->label = rsd_row_text(&row);
	live->name = rsd_text_to_utf8(live->label == NULL ?
								  psprintf("rsdata/%s", live->token) :
								  psprintf("rsdata/%s/%s", live->token,
										   live->label));
	live->channel = rsd_row_text(&row);
	live->success_topic = rsd_row_text(&row);
	live->failure_topic = rsd_row_text(&row);
	live->m.timeout = rsd_row_interval(&row);
	live->m.fetch = rsd_row_bool(&row, true);
	live->max_rows = limit_of(rsd_row_int8(&row, 0), rsd_guc()->max_rows);
	live->max_bytes = limit_of(rsd_row_int8(&row, 0),
							   (int64) rsd_guc()->max_bytes * 1024);
	read_machine(&row, live);
	text = rsd_row_text(&row);
	strlcpy(live->aws_id, text ? text : "", sizeof(live->aws_id));
	text = rsd_row_text(&row);
	strlcpy(live->aws_session_id, text ? text : "",
			sizeof(live->aws_session_id));
	live->next_token = pstrdup("");
	live->ncolumns = -1;
	live->m.call[RSD_CALL_EXECUTE].failures = live->attempts;
	live->pid = live->query_id = live->duration_ns = -1;
	live->rows_affected = live->result_bytes = -1;
	MemoryContextSwitchTo(old);
	return live;
}

/* The list is the caller's, its elements live below cx. */
static List *
read_lives(MemoryContext cx, int n)
{
	List	   *list = NIL;

	for (int i = 0; i < n; i++)
		list = lappend(list, read_live(cx, i));
	return list;
}

/* Where the fetch of a result had come to. */
static void
read_part(RsdLive *live)
{
	RsdArgs		args = {0};
	RsdRow		row;
	MemoryContext old;
	char	   *token;

	rsd_arg_int8(&args, live->id);
	if (rsd_store_run(RSD_SQL_PART, &args) == 0)
		return;
	first_row(&row);
	old = MemoryContextSwitchTo(live->cx);
	token = rsd_row_text(&row);
	if (token != NULL)
		live->next_token = token;
	MemoryContextSwitchTo(old);
	live->pages_done = rsd_row_int4(&row, 0);
	live->rows_done = rsd_row_int8(&row, 0);
	live->rows_total = rsd_row_int8(&row, -1);
	live->ncolumns = rsd_row_int4(&row, -1);
	live->chunks = rsd_row_int4(&row, 0);
	live->bytes_done = rsd_row_int8(&row, 0);
	/* The last page may be kept while the details are still asked for. */
	live->m.fetched = live->pages_done > 0 && token == NULL;
}

List *
rsd_store_unfinished(MemoryContext cx)
{
	List	   *lives = read_lives(cx, rsd_store_run(RSD_SQL_UNFINISHED, NULL));
	ListCell   *lc;

	foreach(lc, lives)
		read_part(lfirst(lc));
	return lives;
}

int
rsd_store_queued(int64 now, List *servers, List *owners, int max,
				 RsdQueued **queued)
{
	RsdArgs		args = {0};
	int			n;

	rsd_arg_time(&args, now);
	rsd_arg_oids(&args, servers);
	rsd_arg_oids(&args, owners);
	rsd_arg_int4(&args, max);
	n = rsd_store_run(RSD_SQL_QUEUED, &args);
	*queued = palloc(sizeof(RsdQueued) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		RsdRow		row;

		rsd_row_open(&row, i);
		(*queued)[i].id = rsd_row_int8(&row, 0);
		(*queued)[i].server = rsd_row_oid(&row);
		(*queued)[i].owner = rsd_row_oid(&row);
		(*queued)[i].unwanted = rsd_row_bool(&row, false);
	}
	return n;
}

List *
rsd_store_claim(MemoryContext cx, const int64 *ids, int n, int64 now)
{
	RsdArgs		args = {0};

	rsd_store_lock();
	rsd_arg_int8s(&args, ids, n);
	rsd_arg_time(&args, now);
	return read_lives(cx, rsd_store_run(RSD_SQL_CLAIM, &args));
}

RsdLive *
rsd_store_one_queued(MemoryContext cx, int64 id)
{
	RsdArgs		args = {0};

	rsd_store_lock();
	rsd_arg_int8(&args, id);
	if (rsd_store_run(RSD_SQL_ONE_QUEUED, &args) == 0)
		return NULL;
	return read_live(cx, 0);
}

/* A result of one bigint column as an array, without NULLs. */
static int
read_ids(int n, int64 **ids)
{
	int			found = 0;

	*ids = palloc(sizeof(int64) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		RsdRow		row;
		int64		id;

		rsd_row_open(&row, i);
		id = rsd_row_int8(&row, 0);
		if (id != 0)
			(*ids)[found++] = id;
	}
	return found;
}

int
rsd_store_overdue(int64 now, int max, int64 **ids)
{
	RsdArgs		args = {0};

	rsd_arg_time(&args, now);
	rsd_arg_int4(&args, max);
	return read_ids(rsd_store_run(RSD_SQL_OVERDUE, &args), ids);
}

int64
rsd_store_queue_due(int64 looked)
{
	RsdArgs		args = {0};
	RsdRow		row;

	rsd_store_lock();
	rsd_arg_time(&args, looked);
	rsd_store_run(RSD_SQL_QUEUE_DUE, &args);
	first_row(&row);
	return rsd_row_time(&row);
}

void
rsd_store_hold(Oid server, Oid owner, RsdWait wait, const char *detail)
{
	RsdArgs		args = {0};

	rsd_store_lock();
	rsd_arg_oid(&args, server);
	rsd_arg_oid(&args, owner);
	rsd_arg_text(&args, rsd_wait_name(wait));
	rsd_arg_utf8(&args, detail);
	rsd_store_run(RSD_SQL_HOLD, &args);
}

int
rsd_store_take_cancels(int max, int64 **ids, bool *left)
{
	RsdArgs		args = {0};
	int			nrows;
	int			n;

	rsd_store_lock();
	rsd_arg_int4(&args, max);
	nrows = rsd_store_run(RSD_SQL_TAKE_CANCELS, &args);
	n = read_ids(nrows, ids);
	*left = n < nrows;
	return n;
}

/* The topic that hears of this outcome; NULL if nobody asked. */
static const char *
topic_of(const RsdLive *live)
{
	return live->m.status == RSD_FINISHED ? live->success_topic :
		live->failure_topic;
}

/* Who has sent it, as far as it is known by now. */
static const char *
identity_of(const RsdLive *live)
{
	const RsdCredSource *source = live->route->source;

	return live->attempts == 0 || source == NULL ? "" :
		rsd_cred_source_identity(source);
}

static void
record_statement(RsdLive *live, RsdArgs *args)
{
	const RsdStmt *m = &live->m;
	bool		ended = rsd_status_is_final(m->status);
	const char *topic = ended ? topic_of(live) : NULL;

	rsd_arg_int8(args, live->id);
	rsd_arg_text(args, rsd_status_name(m->status));
	rsd_arg_bool(args, !ended || topic != NULL);
	rsd_arg_text(args, rsd_wait_name(m->wait));
	rsd_arg_utf8(args, m->wait != RSD_WAIT_NONE ? live->wait_detail : NULL);
	rsd_arg_text(args, ended && m->status != RSD_FINISHED ?
				 rsd_status_name(m->left) : NULL);
	rsd_arg_text(args, m->wish == RSD_WISH_NONE ? NULL :
				 m->wish == RSD_WISH_TIMEOUT ? "timeout" : "cancel");
	rsd_arg_time(args, m->first_sent_at);
	rsd_arg_time(args, m->accepted_at);
	rsd_arg_time(args, live->finished_at);
	rsd_arg_time(args, live->last_contact);
	rsd_arg_time(args, m->timeout_at);
	rsd_arg_time(args, m->expires_at);
	rsd_arg_time(args, live->next_attempt);
	rsd_arg_int4(args, live->attempts);
	rsd_arg_tri(args, m->has_result);
	rsd_arg_int4(args, live->pages_done);
	rsd_arg_int8(args, live->rows_done);
	rsd_arg_count(args, live->rows_total);
	rsd_arg_count(args, live->rows_affected);
	rsd_arg_count(args, live->result_bytes);
	rsd_arg_micros(args, live->duration_ns);
	rsd_arg_utf8(args, live->error);
	rsd_arg_text(args, live->sqlstate);
	rsd_arg_word(args, live->aws_status);
	rsd_arg_word(args, live->aws_id);
	rsd_arg_word(args, live->aws_session_id);
	rsd_arg_count(args, live->pid);
	rsd_arg_count(args, live->query_id);
	rsd_arg_word(args, live->query_uuid);
	live->publish = topic != NULL;
	rsd_arg_text(args, topic != NULL ? "pending" : NULL);
	rsd_arg_text(args, topic);
	rsd_arg_word(args, identity_of(live));
}

/* Columns are given on the first page only; the row keeps them. */
static void
record_part(RsdLive *live)
{
	RsdArgs		args = {0};
	char	   *columns = NULL;

	if (live->has_page && live->page.columns.len > 0)
		columns = pg_any_to_server(pnstrdup(live->page.columns.data,
											live->page.columns.len),
								   live->page.columns.len, PG_UTF8);
	rsd_arg_int8(&args, live->id);
	rsd_arg_text(&args, rsd_status_name(live->m.status));
	rsd_arg_word(&args, live->aws_id);
	rsd_arg_text(&args, columns);
	rsd_arg_word(&args, live->next_token);
	rsd_arg_int4(&args, live->pages_done);
	rsd_arg_int8(&args, live->rows_done);
	rsd_arg_count(&args, live->rows_total);
	rsd_arg_count(&args, live->rows_affected);
	rsd_arg_count(&args, live->result_bytes);
	rsd_arg_micros(&args, live->duration_ns);
	rsd_arg_count(&args, live->query_id);
	rsd_arg_word(&args, live->query_uuid);
	rsd_arg_utf8(&args, live->error);
	rsd_store_run(RSD_SQL_RECORD_PART, &args);
}

static void
record_page(RsdLive *live)
{
	RsdSlice	rows;
	int64		nrows;

	live->chunks_written = live->chunks;
	live->page.chunked = 0;
	while (rsd_page_chunk(&live->page, CHUNK_BYTES, &rows, &nrows))
	{
		RsdArgs		args = {0};

		rsd_arg_int8(&args, live->id);
		rsd_arg_int4(&args, ++live->chunks_written);
		rsd_arg_int4(&args, (int) nrows);
		rsd_arg_bytes(&args, rows.data, rows.len);
		rsd_store_run(RSD_SQL_RECORD_PAGE, &args);
	}
}

/*
 * Listeners are told by the commit itself.  Anybody may listen: no SQL, no
 * data, no error text.
 */
static void
announce(const RsdLive *live)
{
	StringInfoData payload;
	bool		good = live->m.status == RSD_FINISHED;

	initStringInfo(&payload);
	appendStringInfo(&payload,
					 "{\"id\": " INT64_FORMAT ", \"status\": \"%s\", "
					 "\"parts_finished\": %d, \"parts_failed\": %d",
					 live->id, rsd_status_name(live->m.status),
					 good ? 1 : 0, good ? 0 : 1);
	if (live->channel != NULL)
	{
		StringInfoData own;

		initStringInfo(&own);
		appendStringInfoString(&own, payload.data);
		if (live->label != NULL)
		{
			appendStringInfoString(&own, ", \"label\": ");
			escape_json(&own, live->label);
		}
		appendStringInfoChar(&own, '}');
		if (own.len < PAYLOAD_MAX)
			Async_Notify(live->channel, own.data);
	}
	appendStringInfoChar(&payload, '}');
	Async_Notify("rsdata", payload.data);
}

/* Why no row was written. */
static RsdWritten
not_written(int64 id)
{
	RsdArgs		args = {0};

	rsd_arg_int8(&args, id);
	return rsd_store_run(RSD_SQL_EXISTS, &args) > 0 ? RSD_WRITE_HELD :
		RSD_WRITE_GONE;
}

RsdWritten
rsd_store_record(RsdLive *live, bool notify)
{
	RsdArgs		args = {0};

	rsd_store_lock();
	record_statement(live, &args);
	if (rsd_store_run(RSD_SQL_RECORD, &args) != 1)
		return not_written(live->id);
	if (live->has_page)
		record_page(live);
	if (live->has_page || live->chunks > 0)
		record_part(live);
	if (notify && rsd_status_is_final(live->m.status))
		announce(live);
	return RSD_WRITTEN;
}

List *
rsd_store_unpublished(MemoryContext cx)
{
	int			n = rsd_store_run(RSD_SQL_UNPUBLISHED, NULL);
	MemoryContext old = MemoryContextSwitchTo(cx);
	List	   *posts = NIL;

	for (int i = 0; i < n; i++)
	{
		RsdPost    *post = palloc0(sizeof(RsdPost));
		RsdRow		row;

		rsd_row_open(&row, i);
		post->id = rsd_row_int8(&row, 0);
		post->server = rsd_row_oid(&row);
		post->owner = rsd_row_oid(&row);
		post->attempts = rsd_row_int4(&row, 0);
		posts = lappend(posts, post);
	}
	MemoryContextSwitchTo(old);
	return posts;
}

bool
rsd_store_letter(int64 id, MemoryContext cx, RsdLetter *letter)
{
	RsdArgs		args = {0};
	RsdRow		row;
	MemoryContext old;

	rsd_store_lock();
	rsd_arg_int8(&args, id);
	if (rsd_store_run(RSD_SQL_LETTER, &args) != 1)
		return false;
	first_row(&row);
	old = MemoryContextSwitchTo(cx);
	letter->topic = rsd_text_to_utf8(rsd_row_text(&row));
	letter->status = rsd_text_to_utf8(rsd_row_text(&row));
	letter->label = rsd_text_to_utf8(rsd_row_text(&row));
	letter->server = rsd_text_to_utf8(rsd_row_text(&row));
	letter->subject = rsd_text_to_utf8(rsd_row_text(&row));
	letter->message = rsd_text_to_utf8(rsd_row_text(&row));
	letter->token = rsd_text_to_utf8(rsd_row_text(&row));
	MemoryContextSwitchTo(old);
	return true;
}

RsdWritten
rsd_store_posted(const RsdPost *post)
{
	RsdArgs		args = {0};

	rsd_store_lock();
	rsd_arg_int8(&args, post->id);
	rsd_arg_bool(&args, !post->published && !post->given_up);
	rsd_arg_text(&args, post->published ? "published" :
				 post->given_up ? "failed" : "pending");
	rsd_arg_int4(&args, post->attempts);
	rsd_arg_word(&args, post->message_id);
	rsd_arg_utf8(&args, post->error[0] != '\0' ? post->error : NULL);
	return rsd_store_run(RSD_SQL_POSTED, &args) == 1 ? RSD_WRITTEN :
		not_written(post->id);
}
