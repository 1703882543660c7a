/*
 * slot.c
 *	  The table of slots, as seen by all processes.
 *
 * See slot.h for the lock rules.  Nothing here may raise an error: the wake
 * runs inside the commit of other people's transactions.
 */
#include "postgres.h"

#include <signal.h>

#include "utils/timestamp.h"

#include "pg/slot.h"

static RsdShared *shared_state = NULL;

/* Back-off after an abnormal exit. */
static const int backoff_first_ms = 1000;
static const int backoff_last_ms = 60 * 1000;

RsdShared *
rsd_shared(void)
{
	return shared_state;
}

void
rsd_shared_set(RsdShared *shared)
{
	shared_state = shared;
}

RsdSlot *
rsd_slot_find(Oid database)
{
	Assert(LWLockHeldByMe(shared_state->lock));

	for (int i = 0; i < RSD_SLOTS; i++)
		if (shared_state->slots[i].database == database)
			return &shared_state->slots[i];
	return NULL;
}

/* Has it neither a process nor a wish, only perhaps a due time? */
static bool
at_rest(const RsdSlot *slot)
{
	return slot->pid == 0 && !slot->starting && !slot->wanted &&
		!slot->leave && !rsd_slot_has_loader(slot);
}

/*
 * The slot that is missed least: most have no due time at all, which is the
 * latest of all.  Else a visit at that time makes up for it.
 */
static RsdSlot *
give_way(void)
{
	RsdSlot    *latest = NULL;

	for (int i = 0; i < RSD_SLOTS; i++)
	{
		RsdSlot    *slot = &shared_state->slots[i];

		if (at_rest(slot) && (latest == NULL || slot->due > latest->due))
			latest = slot;
	}
	if (latest != NULL && latest->due < shared_state->visit_due)
	{
		shared_state->visit_due = latest->due;
		rsd_launcher_wake();
	}
	return latest;
}

RsdSlot *
rsd_slot_make(Oid database)
{
	RsdSlot    *slot = rsd_slot_find(database);

	if (slot != NULL)
		return slot;
	slot = rsd_slot_find(InvalidOid);
	if (slot == NULL)
		slot = give_way();
	if (slot == NULL)
		return NULL;
	memset(slot, 0, sizeof(*slot));
	slot->database = database;
	slot->due = DT_NOEND;
	return slot;
}

void
rsd_slot_want(RsdSlot *slot)
{
	Assert(LWLockHeldByMeInMode(shared_state->lock, LW_EXCLUSIVE));

	if (!slot->wanted)
		slot->wanted_since = GetCurrentTimestamp();
	slot->wanted = true;
	slot->probe = false;
	if (slot->latch != NULL && !slot->closing)
		SetLatch(slot->latch);
	else
		rsd_launcher_wake();
}

void
rsd_slot_failed(RsdSlot *slot, TimestampTz now)
{
	int			delay = backoff_first_ms;

	slot->failures++;
	for (int i = 1; i < slot->failures && delay < backoff_last_ms; i++)
		delay *= 2;
	slot->not_before =
		TimestampTzPlusMilliseconds(now, Min(delay, backoff_last_ms));
}

bool
rsd_slot_has_loader(const RsdSlot *slot)
{
	for (int i = 0; i < RSD_SLOT_LOADERS; i++)
		if (slot->loaders[i] != 0)
			return true;
	return false;
}

void
rsd_slot_end_loaders(RsdSlot *slot)
{
	for (int i = 0; i < RSD_SLOT_LOADERS; i++)
		if (slot->loaders[i] != 0)
			(void) kill(slot->loaders[i], SIGTERM);
}

void
rsd_launcher_wake(void)
{
	if (shared_state->launcher != NULL)
		SetLatch(shared_state->launcher);
}

bool
rsd_barred(Oid database)
{
	for (int i = 0; i < RSD_BARS; i++)
		if (shared_state->bars[i].database == database)
			return true;
	return false;
}
