/*
 * load.c
 *	  The worker's side of loads.
 *
 * A statement whose rows go to targets, or that has then_sql, is ended by a
 * loader.  Only with its turn (load_turns.c) those rows are fetched, so that
 * no page waits in memory; a page is passed on while the next one is on its
 * way, one part of a batch after the other.  The word to commit is given when
 * everything is in hand and the row shows it; after it this process writes
 * nothing of that row.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "pg/ended.h"
#include "pg/fault.h"
#include "pg/hand.h"
#include "pg/load.h"
#include "pg/load_ring.h"
#include "pg/load_turns.h"
#include "pg/loader.h"
#include "pg/part_targets.h"
#include "pg/parts.h"
#include "pg/txn.h"
#include "stmt/stmt_load.h"
#include "stmt/stmt_verdict.h"

/* Whole rows in one message: much less than the queue holds. */
#define MESSAGE_BYTES		(128 * 1024)

/* Rows passed on at a stretch: the other statements wait for no more. */
#define STRETCH_BYTES		(1024 * 1024)

/*
 * The next page is asked for when no more than this is left of the one in
 * hand.  Small pages overlap as a whole; of those of 15 MB, the largest that
 * the service names, memory holds one and the end of another.
 */
#define AHEAD_BYTES			(4 * 1024 * 1024)

/* When there was no place for a process. */
#define NO_PLACE_PAUSE		USECS_PER_SEC

/* What comes next on the queue. */
typedef enum Stage
{
	STAGE_TARGET,
	STAGE_COLUMNS,
	STAGE_ROWS,
	STAGE_PART,
	STAGE_THEN,
	STAGE_END,
	STAGE_SENT
} Stage;

typedef struct RsdLoad
{
	RsdLoadRing *ring;
	BackgroundWorkerHandle *process;
	Stage		stage;
	bool		pending;		/* the message is not on the queue yet */
	RsdLoadHead head;
	RsdSlice	bytes;
	int			part;			/* the number of the one being passed on */
	bool		part_over;		/* the page is its last one */
	int			part_pages;		/* of it, up to that page */
	int64		part_rows;
	bool		has_page;		/* that is being passed on */
	bool		asked;			/* for the page after it */
	RsdBuf		body;
	RsdPage		page;
} RsdLoad;

/* ---- the process ---- */

/* In a transaction, for its errors: room in shared memory may lack. */
static void
start_process(void *arg)
{
	RsdLive    *live = arg;
	MemoryContext old = MemoryContextSwitchTo(live->cx);
	RsdLoad    *load = palloc0(sizeof(RsdLoad));

	load->ring = rsd_load_ring_make(live->owner, live->id);
	if (load->ring != NULL)
		load->process = rsd_loader_start(MyDatabaseId, live->id,
										 rsd_load_ring_handle(load->ring));
	if (load->process != NULL)
		live->load = load;
	else
	{
		if (load->ring != NULL)
			rsd_load_ring_free(load->ring);
		pfree(load);
	}
	MemoryContextSwitchTo(old);
}

static void
start(RsdLive *live, int64 now)
{
	ErrorData  *error;

	if (live->load_after > now)
		return;
	live->load_after = 0;
	error = rsd_txn_run(start_process, live);
	if (error != NULL)
		FreeErrorData(error);
	if (live->load == NULL)
	{
		live->load_after = now + NO_PLACE_PAUSE;
		rsd_load_show_waiting(live, "the server has no place for a background worker");
	}
	else
		live->load->stage = rsd_stmt_load_rows(&live->m) ? STAGE_TARGET :
			STAGE_THEN;
}

static void
drop_page(RsdLoad *load)
{
	rsd_page_free(&load->page);
	rsd_buf_free(&load->body);
	load->has_page = false;
}

void
rsd_load_drop(RsdLive *live)
{
	RsdLoad    *load = live->load;

	if (load == NULL)
		return;
	drop_page(load);
	rsd_load_ring_free(load->ring);
	pfree(load->process);
	pfree(load);
	live->load = NULL;
	live->load_after = 0;
}

/* ---- rows ---- */

/* When little is left of the page in hand, the next one is asked for. */
static void
ask_ahead(RsdLive *live)
{
	RsdLoad    *load = live->load;
	RsdEvent	room = {.kind = RSD_EV_ROOM};

	if (load->asked ||
		load->page.records.len - load->page.chunked > AHEAD_BYTES)
		return;
	load->asked = true;
	rsd_hand_step(live, &room, NULL, NULL);
}

/* The rows before these are on the queue: a large page shrinks. */
static void
give_back(RsdLoad *load)
{
	if (load->body.len > AHEAD_BYTES)
		rsd_buf_give_back(&load->body, load->bytes.data - load->body.data);
}

/* The page in hand goes over to the load. */
static bool
take_page(RsdLive *live)
{
	RsdLoad    *load = live->load;

	if (!live->has_page || live->dirty)
		return false;
	load->body = live->body;
	load->page = live->page;
	load->has_page = true;
	load->part_over = live->parts != NULL ? live->parts->over :
		live->m.fetched;
	load->part_pages = live->pages_done;
	load->part_rows = live->rows_done;
	load->asked = false;
	rsd_buf_init(&live->body, 0);
	memset(&live->page, 0, sizeof(live->page));
	live->has_page = false;
	rsd_parts_go_on(live);
	ask_ahead(live);
	return true;
}

/* A part begins with its first page: from there its columns are known. */
static bool
next_target(RsdLive *live)
{
	RsdLoad    *load = live->load;
	const RsdTarget *target = rsd_part_target(live);

	if (!live->has_page || live->dirty)
		return false;
	load->part = load->head.part = rsd_parts_number(live);
	load->head.kind = RSD_LOAD_TARGET;
	load->head.target = target->oid;
	load->head.mode = target->mode;
	load->head.by_position = target->by_position;
	load->head.empty_as_null = live->empty_as_null;
	load->bytes = rsd_slice(target->name, strlen(target->name));
	load->stage = STAGE_COLUMNS;
	return true;
}

/* Rows, or what follows when all have been passed on; false: not yet. */
static bool
next_rows(RsdLive *live)
{
	RsdLoad    *load = live->load;
	int64		nrows;

	for (;;)
	{
		if (load->has_page &&
			rsd_page_chunk(&load->page, MESSAGE_BYTES, &load->bytes, &nrows))
		{
			load->head.kind = RSD_LOAD_ROWS;
			load->head.format = live->csv ? RSD_LOAD_CSV : RSD_LOAD_JSON;
			load->head.nrows = nrows;
			give_back(load);
			ask_ahead(live);
			return true;
		}
		drop_page(load);
		if (load->part_over || !take_page(live))
			break;
	}
	if (load->part_over)
		load->stage = STAGE_PART;
	return false;
}

static bool
next_part(RsdLive *live)
{
	RsdLoad    *load = live->load;

	load->head.kind = RSD_LOAD_PART;
	load->head.pages = load->part_pages;
	load->head.nrows = load->part_rows;
	load->stage = live->m.fetched && !live->has_page ? STAGE_THEN :
		STAGE_TARGET;
	return true;
}

/* Only after what has finished: then_sql counts on all of it. */
static bool
next_then(RsdLive *live)
{
	RsdLoad    *load = live->load;

	if (live->m.verdict == RSD_VERDICT_NONE)
		return false;
	load->stage = STAGE_END;
	if (live->then_sql == NULL || live->m.verdict != RSD_VERDICT_FINISHED)
		return false;
	load->head.kind = RSD_LOAD_THEN;
	load->bytes = rsd_slice(live->then_sql, strlen(live->then_sql));
	return true;
}

static bool
next_end(RsdLive *live)
{
	RsdLoad    *load = live->load;
	RsdTotals	totals;
	const char *error;
	RsdStatus	status;
	int			finished;
	int			failed;

	if (!rsd_stmt_load_complete(&live->m) || live->dirty)
		return false;
	status = rsd_verdict_status(&live->m, &error);
	if (status != RSD_FINISHED && live->parts->error != NULL)
		error = live->parts->error;
	if (error != NULL)
		load->bytes = rsd_slice(error, strlen(error));
	rsd_parts_totals(live, &totals);
	rsd_parts_count(live, status, &finished, &failed);
	load->head.kind = RSD_LOAD_END;
	load->head.status = status;
	load->head.finished = finished;
	load->head.failed = failed;
	load->head.notify = !live->mute;
	load->head.pages = totals.pages_done;
	load->head.nrows = totals.rows_done;
	load->stage = STAGE_SENT;
	return true;
}

/* Makes the next message of a stage; false if it has none yet. */
static bool
next_of_stage(RsdLive *live)
{
	RsdLoad    *load = live->load;

	memset(&load->head, 0, sizeof(load->head));
	load->bytes = rsd_slice(NULL, 0);
	load->head.part = load->part;
	switch (load->stage)
	{
		case STAGE_TARGET:
			return next_target(live);
		case STAGE_COLUMNS:
			if (!take_page(live))
				return false;
			load->head.kind = RSD_LOAD_COLUMNS;
			load->bytes = load->page.columns;
			load->stage = STAGE_ROWS;
			return true;
		case STAGE_ROWS:
			return next_rows(live);
		case STAGE_PART:
			return next_part(live);
		case STAGE_THEN:
			return next_then(live);
		case STAGE_END:
			return next_end(live);
		case STAGE_SENT:
			break;
	}
	return false;
}

static bool
next_message(RsdLive *live)
{
	Stage		before;

	do
	{
		before = live->load->stage;
		if (next_of_stage(live))
			return true;
	} while (live->load->stage != before);
	return false;
}

/* As much as the queue takes; what is left after a stretch goes next turn. */
static void
feed(RsdLive *live, int64 now)
{
	RsdLoad    *load = live->load;
	size_t		passed = 0;

	live->load_after = 0;
	for (;;)
	{
		if (passed >= STRETCH_BYTES)
		{
			live->load_after = now;
			return;
		}
		if (!load->pending)
			load->pending = next_message(live);
		if (!load->pending ||
			!rsd_load_ring_send(load->ring, &load->head, load->bytes))
			return;
		passed += load->bytes.len;
		load->pending = false;
		if (load->stage == STAGE_SENT)
			rsd_fault("load-told");
	}
}

/* ---- the end ---- */

void
rsd_load_settled(RsdDriver *driver, RsdLive *live)
{
	live->finished_at = rsd_hand_now();
	rsd_ended_tell(driver, live);
	rsd_hand_forget(driver, live);
}

/* Nothing of what was fetched counts any more. */
static void
forget_rows(RsdDriver *driver, RsdLive *live)
{
	if (live->flight[RSD_CALL_RESULT].in_flight)
	{
		rsd_flight_drop(driver->http, &live->flight[RSD_CALL_RESULT]);
		driver->result_calls--;
	}
	live->to_send &= ~(1u << RSD_CALL_RESULT);
	live->held_since[RSD_CALL_RESULT] = 0;
	live->held_until[RSD_CALL_RESULT] = 0;
	rsd_talk_drop_page(live);
	rsd_part_targets_anew(live);
}

/* The loader is at its end without a commit. */
static void
hear_failure(RsdDriver *driver, RsdLive *live, RsdEventKind kind,
			 const RsdLoadVerdict *verdict)
{
	RsdEvent	event = {.kind = kind, .wait = verdict->wait,
	.no_limit = verdict->no_limit};

	strlcpy(live->load_sqlstate, verdict->sqlstate,
			sizeof(live->load_sqlstate));
	live->mute |= verdict->mute;
	if (live->m.target)
		forget_rows(driver, live);
	if (live->parts != NULL)
		live->parts->blamed = verdict->part;
	rsd_hand_step(live, &event, verdict->error,
				  live->load_sqlstate[0] != '\0' ? live->load_sqlstate : NULL);
	if (live->parts != NULL)
		live->parts->blamed = 0;
	rsd_load_drop(live);
}

/*
 * It ended without a word: it could not connect, was ended by somebody, or
 * committed and could not say so any more, which the row will tell.
 */
static void
hear_silence(RsdDriver *driver, RsdLive *live, bool connected)
{
	RsdLoadVerdict verdict = {.wait = RSD_WAIT_BACKOFF};

	strlcpy(verdict.error, connected ?
			"the loader was ended before it could commit" :
			"the loader could not connect as the statement's owner",
			sizeof(verdict.error));
	/* admin_shutdown, invalid_authorization_specification */
	strlcpy(verdict.sqlstate, connected ? "57P01" : "28000",
			sizeof(verdict.sqlstate));
	hear_failure(driver, live, RSD_EV_LOAD_AGAIN, &verdict);
}

/* Listens to a loader; the statement may be gone after. */
static void
hear(RsdDriver *driver, RsdLive *live)
{
	RsdEvent	loaded = {.kind = RSD_EV_LOADED};
	const RsdLoadVerdict *verdict;
	pid_t		pid;
	bool		stopped = GetBackgroundWorkerPid(live->load->process, &pid) ==
		BGWH_STOPPED;

	/* The state after: what it said last counts. */
	switch (rsd_load_ring_state(live->load->ring, &verdict))
	{
		case RSD_LOAD_COMMITTED:
			rsd_hand_step(live, &loaded, NULL, NULL);
			live->publish_to = live->m.status == RSD_FINISHED ?
				live->success_topic : live->failure_topic;
			rsd_load_settled(driver, live);
			break;
		case RSD_LOAD_FAILED:
			hear_failure(driver, live, RSD_EV_LOAD_FAILED, verdict);
			break;
		case RSD_LOAD_AGAIN:
			hear_failure(driver, live, RSD_EV_LOAD_AGAIN, verdict);
			break;
		case RSD_LOAD_STARTING:
			if (stopped)
				hear_silence(driver, live, false);
			break;
		case RSD_LOAD_CONNECTED:
			if (stopped)
				hear_silence(driver, live, true);
			break;
	}
}

void
rsd_load_turn(RsdDriver *driver)
{
	int64		now = rsd_hand_now();
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &driver->lives)
	{
		RsdLive    *live = dlist_container(RsdLive, node, iter.cur);

		if (live->load == NULL)
			continue;
		if (live->m.turn && !rsd_status_is_final(live->m.status))
			hear(driver, live);
		else
			rsd_load_drop(live);
	}
	rsd_load_give_turns(driver, now);
	dlist_foreach_modify(iter, &driver->lives)
	{
		RsdLive    *live = dlist_container(RsdLive, node, iter.cur);

		if (!live->m.turn || rsd_status_is_final(live->m.status))
			continue;
		if (live->load == NULL)
			start(live, now);
		if (live->load != NULL)
			feed(live, now);
	}
}
