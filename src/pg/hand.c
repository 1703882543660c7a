/*
 * hand.c
 *	  A statement in the worker's hands: taken, moved on by events, let go.
 *
 * The one place where events meet the machine.  What a step decides is only
 * noted here (dirty, to_send): record.c writes it, driver.c sends it.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/env.h"
#include "base/retry.h"
#include "pg/fault.h"
#include "pg/guc.h"
#include "pg/hand.h"
#include "pg/load.h"
#include "pg/parts.h"
#include "pg/parts_rerun.h"

int64
rsd_hand_now(void)
{
	return rsd_env_wall_us();
}

static void
keep_words(RsdLive *live, char **kept, const char *words)
{
	if (*kept != NULL)
		pfree(*kept);
	*kept = words != NULL && words[0] != '\0' ?
		MemoryContextStrdup(live->cx, words) : NULL;
}

/* When a call that failed or is held back comes next, to be shown. */
static int64
next_attempt(const RsdLive *live)
{
	int64		due = 0;

	for (int i = 0; i < RSD_NCALL; i++)
	{
		const RsdCallState *call = &live->m.call[i];

		if (call->failures > 0 && !call->in_flight)
			due = rsd_earlier(due, call->due);
		due = rsd_earlier(due, live->held_until[i]);
	}
	return live->m.wait == RSD_WAIT_NONE ? 0 : due;
}

static const char *
default_sqlstate(RsdStatus status)
{
	switch (status)
	{
		case RSD_CANCELLED:
		case RSD_TIMED_OUT:
			return "57014";		/* query canceled */
		case RSD_ORPHANED:
			return "08007";		/* transaction resolution unknown */
		case RSD_EXPIRED:
			return "55000";		/* object not in prerequisite state */
		case RSD_UNDELIVERED:
			return "22000";		/* data exception */
		default:
			return NULL;		/* Redshift's error, which names no code */
	}
}

/* The next run is a statement of its own to the service. */
static void
begin_rerun(RsdLive *live, const char *words)
{
	char		token[37];
	char	   *detail;

	if (live->parts != NULL && live->parts->error != NULL)
		words = live->parts->error;
	detail = psprintf("run %d failed: %s", live->m.runs,
					  words != NULL ? words : "");
	if (live->parts != NULL)
		rsd_parts_forget(live);
	if (!rsd_env_uuid(rsd_env_system(), token))
		elog(ERROR, "could not generate random values");
	live->spent_token = live->token;
	live->token = MemoryContextStrdup(live->cx, token);
	keep_words(live, &live->wait_detail, detail);
	live->aws_id[0] = live->aws_status[0] = live->query_uuid[0] = '\0';
	if (live->session == NULL)
		live->aws_session_id[0] = '\0';
	live->pid = live->query_id = live->duration_ns = -1;
	live->rows_affected = live->result_bytes = live->rows_total = -1;
	live->to_send = 0;
	memset(live->held_until, 0, sizeof(live->held_until));
}

/* Applies an event with its words; the only caller of the machine. */
void
rsd_hand_step(RsdLive *live, const RsdEvent *event, const char *words,
			  const char *sqlstate)
{
	RsdStep		out;
	int64		now = rsd_hand_now();

	rsd_stmt_step(&live->m, event, now, rsd_env_system(),
				  rsd_guc()->submit_wait, &out);
	live->to_send |= out.send;
	if (out.send & ((1u << RSD_CALL_EXECUTE) | (1u << RSD_CALL_DESCRIBE)))
		live->wait_seconds = out.wait_seconds;
	live->dirty |= out.record;
	live->next_attempt = next_attempt(live);
	if (live->m.wait != RSD_WAIT_NONE && words != NULL && words[0] != '\0')
		keep_words(live, &live->wait_detail, words);
	if (out.rerun)
		begin_rerun(live, words);
	if (out.part != RSD_PART_GOES_ON)
		rsd_parts_over(live, out.part, words, sqlstate);
	if (!out.ended)
		return;
	live->driver->look_for_room |= live->driver->backlog;
	live->to_send = 0;
	memset(live->held_until, 0, sizeof(live->held_until));
	live->finished_at = now;
	if (live->parts != NULL)
		words = rsd_parts_settle(live, words, &sqlstate);
	else if (live->m.status == RSD_UNDELIVERED)
		rsd_talk_drop_page(live);
	if (live->m.status != RSD_FINISHED)
	{
		keep_words(live, &live->error,
				   words != NULL && words[0] != '\0' ? words : out.reason);
		live->sqlstate = sqlstate ? sqlstate : default_sqlstate(live->m.status);
	}
}

/* Are there pages that need not be asked for if the result is too large? */
static bool
may_be_too_large(const RsdLive *live)
{
	return live->parts == NULL && live->m.fetch && !live->m.fetched &&
		live->m.described &&
		live->m.has_result == RSD_TRI_YES &&
		(live->m.status == RSD_FETCHING || live->m.status == RSD_LOADING);
}

static void
call_landed(void *arg, RsdFlight *flight)
{
	RsdLive    *live = arg;
	RsdDriver  *driver = live->driver;
	RsdCall		call = (RsdCall) (flight - live->flight);

	if (call == RSD_CALL_RESULT)
		driver->result_calls--;
	rsd_talk_hear(live, call, flight, rsd_hand_now(), &driver->reply,
				  &driver->news);
	rsd_fault(call == RSD_CALL_EXECUTE ? "after-reply" :
			  call == RSD_CALL_RESULT ? "page-in-hand" : "described");
	rsd_hand_step(live, &driver->news.event, driver->news.words,
				  driver->news.sqlstate);

	/* the columns of each part are kept, wherever its rows go */
	live->dirty |= live->parts != NULL && live->has_page &&
		live->page.columns.len > 0;
	if (call == RSD_CALL_DESCRIBE && may_be_too_large(live) &&
		rsd_talk_too_large(live, &driver->news))
		rsd_hand_step(live, &driver->news.event, driver->news.words,
					  driver->news.sqlstate);
}

/* Takes a statement that was read from the tables under our wing. */
void
rsd_hand_adopt(RsdDriver *driver, RsdLive *live, RsdRoute *route)
{
	MemoryContextSetParent(live->cx, driver->cx);
	live->driver = driver;
	live->route = route;
	live->m.long_poll = rsd_guc()->submit_wait > 0 && !route->no_long_poll;
	live->m.describe_always = route->describe_always;
	live->recorded = live->m;
	for (int i = 0; i < RSD_NCALL; i++)
	{
		live->flight[i].landed = call_landed;
		live->flight[i].arg = live;
	}
	dlist_push_tail(&driver->lives, &live->node);
	driver->nlives++;
}

bool
rsd_hand_occupies(const RsdLive *live)
{
	return !rsd_status_is_final(live->m.status) || live->record_after != 0;
}

void
rsd_hand_forget(RsdDriver *driver, RsdLive *live)
{
	driver->look_for_room |= driver->backlog && rsd_hand_occupies(live);
	for (int i = 0; i < RSD_NCALL; i++)
	{
		if (i == RSD_CALL_RESULT && live->flight[i].in_flight)
			driver->result_calls--;
		rsd_flight_drop(driver->http, &live->flight[i]);
	}
	rsd_talk_drop_page(live);
	rsd_load_drop(live);
	driver->changes++;
	dlist_delete(&live->node);
	driver->nlives--;
	MemoryContextDelete(live->cx);
}

RsdLive *
rsd_hand_find(RsdDriver *driver, int64 id)
{
	dlist_iter	iter;

	dlist_foreach(iter, &driver->lives)
	{
		RsdLive    *live = dlist_container(RsdLive, node, iter.cur);

		if (live->id == id)
			return live;
	}
	return NULL;
}
