/*
 * slot.c
 *	  The table of slots, as seen by all processes.
 *
 * See slot.h for the lock rules.  Nothing here may raise an error: the wake
 * runs inside the commit of other people's transactions.
 */
#include "postgres.h"

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

/* Nothing would be lost but history if this slot went. */
static bool
vacant(const RsdSlot *slot)
{
	return slot->pid == 0 && !slot->starting && !slot->wanted &&
		!slot->leave && slot->due == DT_NOEND;
}

RsdSlot *
rsd_slot_make(Oid database)
{
	RsdSlot    *slot = rsd_slot_find(database);

	if (slot != NULL)
		return slot;
	slot = rsd_slot_find(InvalidOid);
	for (int i = 0; slot == NULL && i < RSD_SLOTS; i++)
		if (vacant(&shared_state->slots[i]))
			slot = &shared_state->slots[i];
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
