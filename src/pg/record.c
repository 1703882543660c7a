/*
 * record.c
 *	  From the worker's hands into the tables, many statements in one
 *	  transaction.
 *
 * Rows, column metadata, final status and NOTIFY of a statement commit
 * together.  A statement whose rows cannot be written must not hold up the
 * others of its group: after an error each is written alone.
 */
#include "postgres.h"

#include "base/retry.h"
#include "pg/driver_state.h"
#include "pg/ended.h"
#include "pg/fault.h"
#include "pg/hand.h"
#include "pg/load.h"
#include "pg/part_targets.h"
#include "pg/parts.h"
#include "pg/store_record.h"
#include "pg/txn.h"

/* What one transaction records, at most. */
#define GROUP_STATEMENTS	64
#define GROUP_BYTES			(1024 * 1024)

/* Statements written in one transaction. */
typedef struct Group
{
	int			n;
	size_t		bytes;
	bool		notify;
	bool		ends;			/* of a statement, at least */
	bool		body_done;		/* what follows is the commit */
	RsdLive    *lives[GROUP_STATEMENTS];
	RsdWritten	written[GROUP_STATEMENTS];
} Group;

static void
write_group(void *arg)
{
	Group	   *group = arg;

	for (int i = 0; i < group->n; i++)
		Assert(rsd_stmt_may_move(group->lives[i]->recorded.status,
								 group->lives[i]->m.status));
	rsd_store_record(group->lives, group->n, group->notify, group->written);
	for (int i = 0; i < group->n; i++)
		group->ends |= group->written[i] == RSD_WRITTEN &&
			rsd_status_is_final(group->lives[i]->m.status);
	rsd_fault(group->ends ? "before-final" : "before-record");
	group->body_done = true;
}

/* A row went back to the queue: when will it want attention? */
static void
note_queued(RsdDriver *driver, const RsdLive *live)
{
	int64		due = rsd_earlier(live->m.deadline_at, live->next_attempt);

	driver->queue_due = rsd_earlier(driver->queue_due, due);
}

/* After the commit: tell who waits, and let go of what has ended. */
static void
written(RsdDriver *driver, RsdLive *live)
{
	bool		ended = rsd_status_is_final(live->m.status);

	live->dirty = false;
	live->recorded = live->m;
	live->chunks = live->chunks_written;
	if (rsd_part_target(live) == NULL)
		rsd_talk_drop_page(live);
	if (live->parts != NULL)
		rsd_parts_written(live);
	if (ended)
		rsd_ended_tell(driver, live);
	if (live->m.status == RSD_QUEUED)
		note_queued(driver, live);
	if (ended || live->gone || live->m.status == RSD_QUEUED)
		rsd_hand_forget(driver, live);
}

/* A row that somebody holds is left alone for a while; the others are not. */
static void
take_outcome(RsdDriver *driver, RsdLive *live, RsdWritten outcome)
{
	if (outcome == RSD_WRITE_HELD)
	{
		live->record_after = rsd_hand_now() + RSD_DRIVER_PAUSE;
		return;
	}
	if (outcome == RSD_WRITE_SETTLED)
	{
		rsd_load_settled(driver, live);
		return;
	}
	live->gone = outcome == RSD_WRITE_GONE;
	written(driver, live);
}

static bool
is_poison(const ErrorData *error)
{
	int			class = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return class == ERRCODE_TO_CATEGORY(ERRCODE_DATA_EXCEPTION) ||
		class == ERRCODE_TO_CATEGORY(ERRCODE_PROGRAM_LIMIT_EXCEEDED) ||
		class == ERRCODE_TO_CATEGORY(ERRCODE_SYNTAX_ERROR);
}

/*
 * What this statement brought can never be written: go back to what the row
 * has and end it there, saying why.  False if it does not end there.
 */
static bool
give_up_result(RsdLive *live, const ErrorData *error)
{
	RsdEvent	event = {.kind = RSD_EV_BAD_RESULT, .call = RSD_CALL_RESULT};

	live->m = live->recorded;
	for (int i = 0; i < RSD_NCALL; i++)
		live->m.call[i].in_flight = live->flight[i].in_flight;
	rsd_hand_step(live, &event, error->message, NULL);
	live->sqlstate = "22000";
	return rsd_status_is_final(live->m.status);
}

/* Writes a group in one transaction; false if nothing was written. */
static bool
write_together(RsdDriver *driver, Group *group, ErrorData **error)
{
	group->ends = group->body_done = false;
	*error = rsd_txn_run(write_group, group);
	if (*error == NULL)
	{
		rsd_fault(group->ends ? "after-final" : "after-record");
		for (int i = 0; i < group->n; i++)
			take_outcome(driver, group->lives[i], group->written[i]);
		return true;
	}
	return false;
}

/*
 * One statement alone.  A notification queue that is full must not cost the
 * result: then it is written without NOTIFY.
 */
static bool
write_alone(RsdDriver *driver, RsdLive *live, ErrorData **error)
{
	Group		group = {.n = 1, .notify = true, .lives = {live}};

	if (write_together(driver, &group, error))
		return true;
	if (!group.body_done ||
		(*error)->sqlerrcode != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
		return false;
	ereport(LOG,
			errmsg("rsdata drops the notification of statement " INT64_FORMAT ": %s",
				   live->id, (*error)->message));
	FreeErrorData(*error);
	group.notify = false;
	return write_together(driver, &group, error);
}

static void
write_each(RsdDriver *driver, Group *group)
{
	int64		later = rsd_hand_now() + RSD_DRIVER_PAUSE;
	bool		locked = false;

	for (int i = 0; i < group->n; i++)
	{
		RsdLive    *live = group->lives[i];
		ErrorData  *error;

		if (locked)
			live->record_after = later;
		else if (!write_alone(driver, live, &error))
		{
			ereport(LOG,
					errmsg("rsdata could not record statement " INT64_FORMAT ": %s",
						   live->id, error->message));
			locked = error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE;
			if (!is_poison(error) || !live->has_page ||
				!give_up_result(live, error))
				live->record_after = later;
			FreeErrorData(error);
		}
	}
}

static void
fill_group(RsdDriver *driver, int64 now, Group *group)
{
	dlist_iter	iter;

	memset(group, 0, sizeof(*group));
	group->notify = true;
	dlist_foreach(iter, &driver->lives)
	{
		RsdLive    *live = dlist_container(RsdLive, node, iter.cur);

		if (!live->dirty || live->record_after > now)
			continue;
		group->lives[group->n++] = live;
		group->bytes += live->body.len;
		if (group->n == GROUP_STATEMENTS || group->bytes >= GROUP_BYTES)
			break;
	}
}

void
rsd_driver_record(RsdDriver *driver)
{
	int64		now = rsd_hand_now();
	Group		group;
	ErrorData  *error;

	for (fill_group(driver, now, &group); group.n > 0;
		 fill_group(driver, now, &group))
	{
		if (!write_together(driver, &group, &error))
		{
			FreeErrorData(error);
			write_each(driver, &group);
		}
	}
}
