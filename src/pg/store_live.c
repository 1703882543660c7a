/*
 * store_live.c
 *	  Rows of rsdata.statement and rsdata.part into the worker's memory.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "pg/guc.h"
#include "pg/store_live.h"
#include "pg/store_parts.h"
#include "pg/store_session.h"
#include "pg/store_sql.h"
#include "pg/utf8text.h"
#include "stmt/stmt_passing.h"

/* The effective limit: the statement's, within the setting's. */
static int64
limit_of(int64 asked, int64 setting)
{
	if (asked > 0 && (setting == 0 || asked < setting))
		return asked;
	return setting;
}

/* The words of option retry_on, one or an array of them; none is all. */
static unsigned
causes_of(const char *words)
{
	if (words == NULL)
		return RSD_CAUSE_SERIALIZATION | RSD_CAUSE_CONNECTION;
	return (strstr(words, "serialization") ? RSD_CAUSE_SERIALIZATION : 0) |
		(strstr(words, "connection") ? RSD_CAUSE_CONNECTION : 0);
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

/* Where its rows go, and what is to be done there. */
static void
read_delivery(RsdRow *row, RsdLive *live)
{
	char	   *mode;
	char	   *columns;

	live->target.name = rsd_row_text(row);
	live->target.oid = rsd_row_oid(row);
	live->m.target = rsd_row_bool(row, false);
	mode = rsd_row_text(row);
	if (!rsd_target_mode_parse(mode, &live->target.mode))
		elog(ERROR, "unknown target mode \"%s\" of statement " INT64_FORMAT,
			 mode, live->id);
	columns = rsd_row_text(row);
	live->target.by_position = columns != NULL && strcmp(columns, "position") == 0;
	live->then_sql = rsd_row_text(row);
	live->csv = rsd_row_bool(row, false);
	live->empty_as_null = rsd_row_bool(row, false);
	live->m.loader = live->m.target || live->then_sql != NULL;
}

/* The text of a statement, or the texts of a batch's parts. */
static void
read_sql(RsdRow *row, RsdLive *live)
{
	char	   *sql = rsd_row_text(row);
	int			n = rsd_row_texts(row, &live->sqls);
	char	   *mode = rsd_row_text(row);

	live->next_token = pstrdup("");
	live->sql = rsd_text_to_utf8(sql);
	for (int i = 0; i < n; i++)
		live->sqls[i] = rsd_text_to_utf8(live->sqls[i]);
	if (n > 0)
		rsd_parts_create(live, n, mode != NULL &&
						 strcmp(mode, "auto_commit") == 0);
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
	read_sql(&row, live);
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
	live->with_event = rsd_row_bool(&row, false);
	read_machine(&row, live);
	text = rsd_row_text(&row);
	strlcpy(live->aws_id, text ? text : "", sizeof(live->aws_id));
	text = rsd_row_text(&row);
	strlcpy(live->aws_session_id, text ? text : "",
			sizeof(live->aws_session_id));
	read_delivery(&row, live);
	live->session = rsd_row_text(&row);
	live->keep_alive = rsd_row_int4(&row, 0);
	live->m.runs = rsd_row_int4(&row, 0);
	live->m.reruns_left = rsd_row_int4(&row, 0) - live->m.runs;
	live->retry_on = causes_of(rsd_row_text(&row));
	live->lookup_token = pstrdup("");
	live->ncolumns = -1;
	live->m.call[RSD_CALL_EXECUTE].failures = live->attempts;
	live->pid = live->query_id = live->duration_ns = -1;
	live->rows_affected = live->result_bytes = -1;
	MemoryContextSwitchTo(old);
	return live;
}

List *
rsd_store_read_lives(MemoryContext cx, int n)
{
	List	   *list = NIL;

	ListCell   *lc;

	for (int i = 0; i < n; i++)
		list = lappend(list, read_live(cx, i));
	foreach(lc, list)
	{
		RsdLive    *live = lfirst(lc);

		if (live->session != NULL)
			rsd_store_read_session(live);
		if (live->parts != NULL && live->m.target)
			rsd_store_read_targets(live);
	}
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
	live->has_part = rsd_store_run(RSD_SQL_PART, &args) > 0;
	/* Rows for a target start again. */
	if (live->m.target)
	{
		live->pages_done = 0;
		live->rows_done = 0;
		return;
	}
	if (!live->has_part)
		return;
	rsd_row_open(&row, 0);
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
	List	   *lives = rsd_store_read_lives(cx,
											 rsd_store_run(RSD_SQL_UNFINISHED, NULL));
	ListCell   *lc;

	foreach(lc, lives)
	{
		RsdLive    *live = lfirst(lc);

		if (live->parts != NULL)
			rsd_store_read_parts(live);
		else
			read_part(live);
	}
	return lives;
}

int
rsd_store_row_live(RsdRow *row, RsdLive *const *lives, int n)
{
	int64		id = rsd_row_int8(row, 0);

	for (int i = 0; i < n; i++)
	{
		if (lives[i]->id == id)
			return i;
	}
	elog(ERROR, "unexpected statement " INT64_FORMAT " among those written",
		 id);
}
