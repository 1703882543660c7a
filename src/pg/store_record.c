/*
 * store_record.c
 *	  Writes what the worker has learned: row, part, page, NOTIFY.
 *
 * The worker is the one writer: statements under way change here alone.
 */
#include "postgres.h"

#include "commands/async.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/json.h"
#include "utils/memutils.h"

#include "pg/compat.h"
#include "pg/part_targets.h"
#include "pg/store_parts.h"
#include "pg/store_record.h"
#include "pg/store_session.h"
#include "pg/store_sql.h"
#include "pg/utf8text.h"

/* Whole rows of a result in one row of rsdata.page, at most. */
#define CHUNK_BYTES			(1024 * 1024)

/* A NOTIFY payload must be shorter than this (NOTIFY_PAYLOAD_MAX_LENGTH). */
#define PAYLOAD_MAX			8000

/* The topic that hears of this outcome; NULL if nobody asked. */
static const char *
topic_of(const RsdLive *live)
{
	switch (live->m.status)
	{
		case RSD_FINISHED:
			return live->success_topic;
		case RSD_SKIPPED:
			return NULL;		/* neither success nor failure */
		default:
			return live->failure_topic;
	}
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
	RsdTotals	totals;

	rsd_parts_totals(live, &totals);
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
	rsd_arg_int4(args, totals.pages_done);
	rsd_arg_int8(args, totals.rows_done);
	rsd_arg_count(args, totals.rows_total);
	rsd_arg_count(args, totals.rows_affected);
	rsd_arg_count(args, totals.result_bytes);
	rsd_arg_micros(args, live->duration_ns);
	rsd_arg_utf8(args, live->error);
	rsd_arg_text(args, live->sqlstate);
	rsd_arg_word(args, live->aws_status);
	rsd_arg_word(args, live->aws_id);
	rsd_arg_word(args, live->aws_session_id);
	rsd_arg_count(args, live->pid);
	rsd_arg_count(args, live->query_id);
	rsd_arg_word(args, live->query_uuid);
	live->publish_to = topic;
	rsd_arg_text(args, topic != NULL ? "pending" : NULL);
	rsd_arg_text(args, topic);
	rsd_arg_word(args, identity_of(live));
}

/* The columns that a page in hand describes, or NULL. */
static char *
columns_of(const RsdLive *live)
{
	if (!live->has_page || live->page.columns.len == 0)
		return NULL;
	return pg_any_to_server(pnstrdup(live->page.columns.data,
									 live->page.columns.len),
							live->page.columns.len, PG_UTF8);
}

/* Columns are given on the first page only; the row keeps them. */
static void
record_part(RsdLive *live)
{
	RsdArgs		args = {0};
	char	   *columns = columns_of(live);

	rsd_arg_int8(&args, live->id);
	rsd_arg_int4(&args, 1);
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
	rsd_arg_text(&args, live->sqlstate);
	rsd_arg_tri(&args, live->m.has_result);
	rsd_store_run(RSD_SQL_RECORD_PART, &args);
	live->has_part = true;
}

/* The copy of one chunk is gone before that of the next is made. */
static void
record_page(RsdLive *live)
{
	MemoryContext chunk = AllocSetContextCreate(CurrentMemoryContext,
												"rsdata chunk",
												ALLOCSET_SMALL_SIZES);
	RsdSlice	rows;
	int64		nrows;

	live->chunks_written = live->chunks;
	live->page.chunked = 0;
	while (rsd_page_chunk(&live->page, CHUNK_BYTES, &rows, &nrows))
	{
		RsdArgs		args = {0};

		MemoryContextReset(chunk);
		MemoryContextSwitchTo(chunk);	/* which SPI leaves for its own */
		rsd_arg_int8(&args, live->id);
		rsd_arg_int4(&args, rsd_parts_number(live));
		rsd_arg_int4(&args, ++live->chunks_written);
		rsd_arg_text(&args, live->csv ? "csv" : "json");
		rsd_arg_int4(&args, (int) nrows);
		rsd_arg_bytes(&args, rows.data, rows.len);
		rsd_store_run(RSD_SQL_RECORD_PAGE, &args);
	}
	MemoryContextSwitchTo(MemoryContextGetParent(chunk));
	MemoryContextDelete(chunk);
}

/* Notes how much is kept of an ended statement, if anything. */
static void
keep_result(RsdLive *live)
{
	RsdArgs		args = {0};
	RsdRow		row;

	rsd_arg_int8(&args, live->id);
	live->kept_bytes = 0;
	if (rsd_store_run(RSD_SQL_KEEP, &args) == 0)
		return;
	rsd_row_open(&row, 0);
	live->kept_bytes = rsd_row_int8(&row, 0);
}

/*
 * Listeners are told by the commit itself.  Anybody may listen: no SQL, no
 * data, no error text.
 */
void
rsd_store_announce(int64 id, RsdStatus status, int finished, int failed,
				   const char *channel, const char *label)
{
	StringInfoData payload;

	initStringInfo(&payload);
	appendStringInfo(&payload,
					 "{\"id\": " INT64_FORMAT ", \"status\": \"%s\", "
					 "\"parts_finished\": %d, \"parts_failed\": %d",
					 id, rsd_status_name(status), finished, failed);
	if (channel != NULL)
	{
		StringInfoData own;

		initStringInfo(&own);
		appendStringInfoString(&own, payload.data);
		if (label != NULL)
		{
			appendStringInfoString(&own, ", \"label\": ");
			escape_json(&own, label);
		}
		appendStringInfoChar(&own, '}');
		if (own.len < PAYLOAD_MAX)
			Async_Notify(channel, own.data);
	}
	appendStringInfoChar(&payload, '}');
	Async_Notify("rsdata", payload.data);
}

/*
 * Has a loader of a former worker come to its end meanwhile?  Then it has said
 * where that is to be published.
 */
static bool
is_settled(RsdLive *live)
{
	RsdArgs		args = {0};
	RsdRow		row;
	MemoryContext old;

	rsd_arg_int8(&args, live->id);
	if (rsd_store_run(RSD_SQL_SETTLED, &args) == 0)
		return false;
	rsd_row_open(&row, 0);
	old = MemoryContextSwitchTo(live->cx);
	live->publish_to = rsd_row_text(&row);
	MemoryContextSwitchTo(old);
	return true;
}

/* The next run has a token of its own, the old ones are kept. */
static void
record_rerun(const RsdLive *live)
{
	RsdArgs		args = {0};

	rsd_arg_int8(&args, live->id);
	rsd_arg_text(&args, live->token);
	rsd_arg_text(&args, live->spent_token);
	rsd_store_run(RSD_SQL_RERUN, &args);
}

/* What ended unsent waits for nothing any longer. */
static void
forget_after(const RsdLive *live)
{
	RsdArgs		args = {0};

	rsd_arg_int8(&args, live->id);
	rsd_store_run(RSD_SQL_FORGET_AFTER, &args);
}

RsdWritten
rsd_store_record(RsdLive *live, bool notify)
{
	RsdArgs		args = {0};
	int			finished;
	int			failed;

	rsd_store_lock();
	record_statement(live, &args);
	if (rsd_store_run(RSD_SQL_RECORD, &args) != 1)
		return is_settled(live) ? RSD_WRITE_SETTLED :
			rsd_store_not_written(live->id);
	if (live->spent_token != NULL)
		record_rerun(live);
	if (live->session != NULL)
		rsd_store_record_session(live);
	if (live->has_page && rsd_part_target(live) == NULL)
		record_page(live);
	if (live->parts != NULL)
		rsd_store_record_parts(live, columns_of(live));
	else if (live->has_page || live->chunks > 0 || live->has_part)
		record_part(live);
	if (!rsd_status_is_final(live->m.status))
		return RSD_WRITTEN;
	if (live->m.left == RSD_QUEUED)
		forget_after(live);
	keep_result(live);
	if (notify)
	{
		rsd_parts_count(live, live->m.status, &finished, &failed);
		rsd_store_announce(live->id, live->m.status, finished, failed,
						   live->channel, live->label);
	}
	return RSD_WRITTEN;
}
