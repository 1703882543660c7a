/*
 * store_record.c
 *	  Writes what the worker has learned: row, result, NOTIFY.
 *
 * The worker is the one writer: statements under way change here alone.  The
 * rows of a group are written by one query each for a table, not by one for
 * every row.
 */
#include "postgres.h"

#include "commands/async.h"
#include "lib/stringinfo.h"
#include "utils/json.h"

#include "pg/parts.h"
#include "pg/store_live.h"
#include "pg/store_record.h"
#include "pg/store_result.h"
#include "pg/store_session.h"
#include "pg/store_sql.h"

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

/* Adds its row to those of the group. */
static void
add_statement(RsdLive *live, RsdArgs *args)
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

/* Its row is written: the rest of it that few statements have. */
static void
record_rest(const RsdLive *live)
{
	if (live->spent_token != NULL)
		record_rerun(live);
	if (live->session != NULL)
		rsd_store_record_session(live);
	if (live->m.left == RSD_QUEUED && rsd_status_is_final(live->m.status))
		forget_after(live);
}

static void
announce(const RsdLive *live)
{
	int			finished;
	int			failed;

	rsd_parts_count(live, live->m.status, &finished, &failed);
	rsd_store_announce(live->id, live->m.status, finished, failed,
					   live->channel, live->label);
}

/* Writes the rows, and notes in "written" which ones were. */
static void
record_statements(RsdLive *const *lives, int n, RsdWritten *written)
{
	RsdArgRows	rows = {0};
	int			found;

	for (int i = 0; i < n; i++)
	{
		add_statement(lives[i], rsd_args_add_row(&rows));
		written[i] = RSD_WRITE_HELD;
	}
	found = rsd_store_run_rows(RSD_SQL_RECORD, &rows);
	for (int f = 0; f < found; f++)
	{
		RsdRow		row;

		rsd_row_open(&row, f);
		written[rsd_store_row_live(&row, lives, n)] = RSD_WRITTEN;
	}
}

void
rsd_store_record(RsdLive *const *lives, int n, bool notify,
				 RsdWritten *written)
{
	RsdLive   **done = palloc(sizeof(RsdLive *) * n);
	RsdLive   **ended = palloc(sizeof(RsdLive *) * n);
	int			ndone = 0;
	int			nended = 0;

	rsd_store_lock();
	record_statements(lives, n, written);
	for (int i = 0; i < n; i++)
	{
		if (written[i] == RSD_WRITTEN)
			done[ndone++] = lives[i];
		else
			written[i] = is_settled(lives[i]) ? RSD_WRITE_SETTLED :
				rsd_store_not_written(lives[i]->id);
	}
	for (int i = 0; i < ndone; i++)
	{
		record_rest(done[i]);
		if (rsd_status_is_final(done[i]->m.status))
			ended[nended++] = done[i];
	}
	rsd_store_record_results(done, ndone);
	rsd_store_keep_results(ended, nended);
	for (int i = 0; notify && i < nended; i++)
		announce(ended[i]);
}
