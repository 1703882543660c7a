/*
 * retention.c
 *	  When the worker looks for what is to be forgotten.
 *
 * Each turn is one small transaction, so that statements go on between.
 */
#include "postgres.h"

#include "datatype/timestamp.h"

#include "pg/guc.h"
#include "pg/retention.h"
#include "pg/store_retention.h"
#include "pg/txn.h"

/* A new worker has better things to do than to look at once. */
#define FIRST_LOOK		(2 * USECS_PER_SEC)

/* After a look that failed, or that somebody's lock has hindered. */
#define LOOK_AGAIN		(60 * USECS_PER_SEC)

struct RsdRetention
{
	int64		due;			/* 0 = nothing gets old */
	int			ended;			/* statements, since the last look */
	int64		bytes;			/* of their results */
	bool		more;			/* the last look has left something */
	bool		looked;
	int64		now;			/* of the look that is running */
};

RsdRetention *
rsd_retention_create(int64 now)
{
	RsdRetention *retention = palloc0(sizeof(RsdRetention));

	retention->due = now + FIRST_LOOK;
	return retention;
}

/*
 * The limits of number and size may be exceeded by a hundredth before that is
 * noticed.
 */
void
rsd_retention_ended(RsdRetention *retention, int64 bytes)
{
	retention->ended++;
	retention->bytes += bytes;
	if (retention->ended > rsd_guc()->retention_statements / 100 ||
		retention->bytes > rsd_guc()->result_bytes_per_owner * INT64CONST(1024) / 100)
		retention->due = 1;
}

void
rsd_retention_changed(RsdRetention *retention, int64 now)
{
	retention->due = now;
}

int64
rsd_retention_due(const RsdRetention *retention)
{
	return retention->due;
}

static void
forget(void *arg)
{
	RsdRetention *retention = arg;

	retention->more = rsd_store_forget(retention->now);
	retention->due = retention->more ? retention->now : rsd_store_oldest_due();
}

static bool
look(RsdRetention *retention, int64 now)
{
	ErrorData  *error;

	retention->now = now;
	error = rsd_txn_run(forget, retention);
	if (error != NULL)
	{
		ereport(LOG, errmsg("rsdata could not delete what is too old: %s",
							error->message));
		FreeErrorData(error);
		retention->more = false;
		retention->due = now + LOOK_AGAIN;
		return false;
	}
	retention->looked = true;
	if (retention->more)
		return true;
	retention->ended = 0;
	retention->bytes = 0;
	/* What is due already and was not forgotten is held by somebody. */
	if (retention->due != 0 && retention->due <= now)
		retention->due = now + LOOK_AGAIN;
	return true;
}

void
rsd_retention_turn(RsdRetention *retention, int64 now)
{
	if (retention->due != 0 && retention->due <= now)
		(void) look(retention, now);
}

bool
rsd_retention_settled(RsdRetention *retention, int64 now)
{
	if (!retention->looked || retention->ended > 0)
		(void) look(retention, now);
	return !retention->more;
}
