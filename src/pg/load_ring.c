/*
 * load_ring.c
 *	  The memory that a worker and one loader share.
 *
 * A segment of dynamic shared memory: who the loader acts for, its verdict,
 * and a shm_mq.  Knows nothing of statements or rows.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/shm_mq.h"
#include "utils/timestamp.h"

#include "pg/compat.h"
#include "pg/load_ring.h"

/* Room for rows on their way: what the loader lags behind, at most. */
#define QUEUE_BYTES			(3 * 1024 * 1024)

/* The segment: this, then the queue. */
typedef struct Shared
{
	Oid			database;
	Oid			owner;
	int64		statement;
	volatile int state;			/* a RsdLoadState, written by the loader */
	RsdLoadVerdict verdict;		/* written before the state */
} Shared;

#define QUEUE_OFFSET		MAXALIGN(sizeof(Shared))

struct RsdLoadRing
{
	dsm_segment *segment;
	Shared	   *shared;
	shm_mq_handle *queue;		/* NULL until opened */
};

static shm_mq *
queue_of(const RsdLoadRing *ring)
{
	return (shm_mq *) ((char *) ring->shared + QUEUE_OFFSET);
}

RsdLoadRing *
rsd_load_ring_make(Oid owner, int64 statement)
{
	RsdLoadRing *ring;
	dsm_segment *segment;

	segment = dsm_create(QUEUE_OFFSET + QUEUE_BYTES,
						 DSM_CREATE_NULL_IF_MAXSEGMENTS);
	if (segment == NULL)
		return NULL;
	dsm_pin_mapping(segment);
	ring = palloc0(sizeof(RsdLoadRing));
	ring->segment = segment;
	ring->shared = dsm_segment_address(segment);
	memset(ring->shared, 0, sizeof(Shared));
	ring->shared->database = MyDatabaseId;
	ring->shared->owner = owner;
	ring->shared->statement = statement;
	ring->shared->state = RSD_LOAD_STARTING;
	(void) shm_mq_create(queue_of(ring), QUEUE_BYTES);
	shm_mq_set_sender(queue_of(ring), MyProc);
	ring->queue = shm_mq_attach(queue_of(ring), segment, NULL);
	return ring;
}

dsm_handle
rsd_load_ring_handle(const RsdLoadRing *ring)
{
	return dsm_segment_handle(ring->segment);
}

bool
rsd_load_ring_send(RsdLoadRing *ring, const RsdLoadHead *head, RsdSlice bytes)
{
	shm_mq_iovec parts[2];

	parts[0].data = (const char *) head;
	parts[0].len = sizeof(*head);
	parts[1].data = bytes.data;
	parts[1].len = bytes.len;
	return shm_mq_sendv(ring->queue, parts, bytes.len > 0 ? 2 : 1,
						true, true) == SHM_MQ_SUCCESS;
}

RsdLoadState
rsd_load_ring_state(const RsdLoadRing *ring, const RsdLoadVerdict **verdict)
{
	RsdLoadState state = (RsdLoadState) ring->shared->state;

	pg_read_barrier();
	*verdict = &ring->shared->verdict;
	return state;
}

RsdLoadRing *
rsd_load_ring_find(dsm_handle handle, Oid *database, Oid *owner,
				   int64 *statement)
{
	dsm_segment *segment = dsm_attach(handle);
	RsdLoadRing *ring;

	if (segment == NULL)
		return NULL;
	ring = palloc0(sizeof(RsdLoadRing));
	ring->segment = segment;
	ring->shared = dsm_segment_address(segment);
	*database = ring->shared->database;
	*owner = ring->shared->owner;
	*statement = ring->shared->statement;
	return ring;
}

void
rsd_load_ring_open(RsdLoadRing *ring)
{
	shm_mq_set_receiver(queue_of(ring), MyProc);
	ring->queue = shm_mq_attach(queue_of(ring), ring->segment, NULL);
}

RsdLoadGot
rsd_load_ring_receive(RsdLoadRing *ring, int stall_ms, RsdLoadHead *head,
					  RsdSlice *bytes)
{
	static uint32 wait_event = 0;
	TimestampTz end = 0;
	shm_mq_result result;
	Size		len;
	void	   *data;

	if (wait_event == 0)
		wait_event = rsd_compat_wait_event("RsdataLoader");
	while ((result = shm_mq_receive(ring->queue, &len, &data, true)) ==
		   SHM_MQ_WOULD_BLOCK)
	{
		TimestampTz now = GetCurrentTimestamp();

		if (end == 0)
			end = TimestampTzPlusMilliseconds(now, stall_ms);
		if (now >= end)
			return RSD_LOAD_STALLED;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 TimestampDifferenceMilliseconds(now, end), wait_event);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
	if (result != SHM_MQ_SUCCESS || len < sizeof(*head))
		return RSD_LOAD_GONE;
	memcpy(head, data, sizeof(*head));
	*bytes = rsd_slice((const char *) data + sizeof(*head),
					   len - sizeof(*head));
	return RSD_LOAD_GOT;
}

void
rsd_load_ring_say(RsdLoadRing *ring, RsdLoadState state,
				  const RsdLoadVerdict *verdict)
{
	PGPROC	   *worker = shm_mq_get_sender(queue_of(ring));

	if (verdict != NULL)
		ring->shared->verdict = *verdict;
	pg_write_barrier();
	ring->shared->state = state;
	if (worker != NULL)
		SetLatch(&worker->procLatch);
}

void
rsd_load_ring_free(RsdLoadRing *ring)
{
	if (ring->queue != NULL)
		shm_mq_detach(ring->queue);
	dsm_detach(ring->segment);
	pfree(ring);
}
