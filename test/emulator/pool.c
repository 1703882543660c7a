/*
 * pool.c
 *		Keeps idle connections that nothing of an earlier statement is left
 *		in. Never hands out one that has something to say: it would be its
 *		farewell.
 *
 * Locking: the mutex guards the list only; servers are asked without it.
 */
#include "pool.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "text.h"

struct EmuPool
{
	pthread_mutex_t lock;
	PGconn	  **idle;
	long		count;
	long		size;
};

EmuPool *
emu_pool_create(long size)
{
	EmuPool    *pool = emu_alloc(sizeof(*pool));

	pthread_mutex_init(&pool->lock, NULL);
	pool->idle = emu_alloc(sizeof(PGconn *) * (size_t) size);
	pool->size = size;
	return pool;
}

void
emu_pool_destroy(EmuPool *pool)
{
	for (long i = 0; i < pool->count; i++)
		PQfinish(pool->idle[i]);
	free(pool->idle);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

static PGconn *
pop(EmuPool *pool)
{
	PGconn	   *conn = NULL;

	pthread_mutex_lock(&pool->lock);
	if (pool->count > 0)
		conn = pool->idle[--pool->count];
	pthread_mutex_unlock(&pool->lock);
	return conn;
}

PGconn *
emu_pool_take(EmuPool *pool)
{
	PGconn	   *conn;

	while ((conn = pop(pool)) != NULL)
	{
		struct pollfd fd = {.fd = PQsocket(conn), .events = POLLIN};

		if (poll(&fd, 1, 0) == 0)
			return conn;
		PQfinish(conn);
	}
	return NULL;
}

/* Nothing of the statement's session may be met by the next one. */
static bool
clean(PGconn *conn)
{
	PGresult   *result;
	bool		done;

	if (PQstatus(conn) != CONNECTION_OK ||
		PQtransactionStatus(conn) != PQTRANS_IDLE)
		return false;
	result = PQexec(conn, "DISCARD ALL");
	done = PQresultStatus(result) == PGRES_COMMAND_OK;
	PQclear(result);
	return done;
}

void
emu_pool_give(EmuPool *pool, PGconn *conn)
{
	bool		kept = false;

	if (pool->size > 0 && clean(conn))
	{
		pthread_mutex_lock(&pool->lock);
		kept = pool->count < pool->size;
		if (kept)
			pool->idle[pool->count++] = conn;
		pthread_mutex_unlock(&pool->lock);
	}
	if (!kept)
		PQfinish(conn);
}
