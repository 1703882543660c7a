/*
 * ended.c
 *	  What the end of a statement sets going.
 *
 * The one place that all ends pass, whoever has committed them: those that
 * the worker records and those that it hears of from a loader.  Writes no
 * table and lets go of nothing.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "pg/ended.h"
#include "pg/shmem.h"

/* Who comes after it can now be judged, and the next of its session goes. */
static void
note_ended(RsdDriver *driver, const RsdLive *live)
{
	driver->look_again |= live->session != NULL;
	if (!driver->chained)
		return;
	if (driver->nended == driver->ended_room)
	{
		driver->ended_room = driver->ended_room * 2 + 64;
		driver->ended = driver->ended == NULL ?
			MemoryContextAlloc(driver->cx,
							   sizeof(int64) * driver->ended_room) :
			repalloc(driver->ended, sizeof(int64) * driver->ended_room);
	}
	driver->ended[driver->nended++] = live->id;
	driver->look_again = true;
}

static void
publish(RsdDriver *driver, const RsdLive *live)
{
	RsdPost		post = {
		.id = live->id,
		.server = live->server,
		.owner = live->owner,
		.topic_arn = live->publish_to,
		.since = live->finished_at,
	};

	rsd_outbox_add(driver->outbox, &post);
}

/* Its row is final, but it is not yet known whose keys have sent it. */
static void
note_signer(RsdDriver *driver, const RsdLive *live)
{
	RsdCredSource *source = live->route->source;

	if (live->attempts > 0 && source != NULL &&
		rsd_cred_source_identity(source)[0] == '\0' &&
		rsd_cred_source_asking(source))
		rsd_signers_add(driver->signers, live->id, source);
}

void
rsd_ended_tell(RsdDriver *driver, RsdLive *live)
{
	rsd_waiters_broadcast(live->id);
	note_ended(driver, live);
	rsd_retention_ended(driver->retention, live->kept_bytes);
	if (live->gone)
		return;
	if (live->publish_to != NULL)
		publish(driver, live);
	note_signer(driver, live);
}
