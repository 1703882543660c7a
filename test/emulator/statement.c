/*
 * statement.c
 *		Holds all statements, by id and by token, and moves them from state to
 *		state. Knows nothing of HTTP or of the database.
 *
 * Locking: one mutex per store guards the tables and every statement's inner
 * part; each statement has its own condition, so that an ending wakes its own
 * waiters only. No other module is called with the mutex held but peer.c,
 * which only looks at a socket. A statement is freed with its last holder;
 * the store is one of them. Its request, and its error and result once set,
 * never change, so holders read them without the lock.
 */
#include "statement.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

#define BUCKETS 16384
#define PEER_CHECK_US 500000

typedef struct Part
{
	EmuFacts	facts;
	int64_t		started_ticks;
	char	   *error;
	EmuResult  *result;
} Part;

typedef struct EmuStatementInner
{
	EmuFacts	facts;			/* of the whole, but for what parts know */
	Part	   *parts;
	pthread_cond_t changed;
	int			holders;
	int			waiters;
	int			wake_fd;		/* -1 after the end */
	bool		cancelled;
	char	   *error;
	EmuStatement *newer;		/* in order of creation */
	EmuStatement *next_by_id;
	EmuStatement *next_by_token;
} EmuStatementInner;

struct EmuStatements
{
	const EmuOptions *options;
	pthread_mutex_t lock;
	EmuStatement *oldest;
	EmuStatement *newest;
	EmuStatement *by_id[BUCKETS];
	EmuStatement *by_token[BUCKETS];
	long		active;
	size_t		count;			/* in the tables */
	int64_t		last_number;
	int64_t		last_query_id;
	bool		stopped;
};

EmuStatements *
emu_statements_create(const EmuOptions *options)
{
	EmuStatements *store = emu_alloc(sizeof(*store));

	store->options = options;
	store->last_query_id = 1000;
	pthread_mutex_init(&store->lock, NULL);
	return store;
}

static void
free_statement(EmuStatement *statement)
{
	EmuStatementInner *inner = statement->inner;

	for (size_t i = 0; i < statement->request.nparts; i++)
	{
		emu_result_free(inner->parts[i].result);
		free(inner->parts[i].error);
	}
	emu_request_free(&statement->request);
	free(inner->parts);
	free(inner->error);
	pthread_cond_destroy(&inner->changed);
	if (inner->wake_fd >= 0)
		close(inner->wake_fd);
	free(inner);
	free(statement);
}

/* Drop one hold, with the lock held. */
static void
unhold(EmuStatement *statement)
{
	if (--statement->inner->holders == 0)
		free_statement(statement);
}

static size_t
bucket(const char *key)
{
	uint32_t	hash = 2166136261u;

	for (; *key != '\0'; key++)
		hash = (hash ^ (unsigned char) *key) * 16777619u;
	return hash % BUCKETS;
}

static EmuStatement *
find_token(EmuStatements *store, const char *token)
{
	EmuStatement *statement = store->by_token[bucket(token)];
	int64_t		oldest = emu_now_us() -
		store->options->token_ttl_s * INT64_C(1000000);

	while (statement != NULL &&
		   (strcmp(statement->request.token, token) != 0 ||
			statement->inner->facts.created_us < oldest))
		statement = statement->inner->next_by_token;
	return statement;
}

static void
begin_facts(EmuFacts *facts, int64_t now_us)
{
	facts->created_us = facts->updated_us = now_us;
	facts->rows = facts->nbytes = -1;
}

static EmuStatement *
make_statement(EmuRequest *request)
{
	EmuStatement *statement = emu_alloc(sizeof(*statement));
	EmuStatementInner *inner = emu_alloc(sizeof(*inner));
	int64_t		now_us = emu_now_us();
	pthread_condattr_t attributes;

	statement->inner = inner;
	statement->request = *request;
	memset(request, 0, sizeof(*request));
	emu_uuid(statement->id);
	begin_facts(&inner->facts, now_us);
	inner->parts = emu_alloc(sizeof(Part) * statement->request.nparts);
	for (size_t i = 0; i < statement->request.nparts; i++)
		begin_facts(&inner->parts[i].facts, now_us);
	inner->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&inner->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	return statement;
}

static void
link_statement(EmuStatements *store, EmuStatement *statement)
{
	EmuStatement **place = &store->by_id[bucket(statement->id)];

	statement->inner->next_by_id = *place;
	*place = statement;
	if (statement->request.token != NULL)
	{
		place = &store->by_token[bucket(statement->request.token)];
		statement->inner->next_by_token = *place;
		*place = statement;
	}
	if (store->newest != NULL)
		store->newest->inner->newer = statement;
	else
		store->oldest = statement;
	store->newest = statement;
	statement->number = ++store->last_number;
	store->count++;
}

/* Take the oldest statement out of all tables and drop the store's hold. */
static void
forget_oldest(EmuStatements *store)
{
	EmuStatement *statement = store->oldest;
	EmuStatement **place;

	place = &store->by_id[bucket(statement->id)];
	while (*place != statement)
		place = &(*place)->inner->next_by_id;
	*place = statement->inner->next_by_id;
	if (statement->request.token != NULL)
	{
		place = &store->by_token[bucket(statement->request.token)];
		while (*place != statement)
			place = &(*place)->inner->next_by_token;
		*place = statement->inner->next_by_token;
	}
	store->oldest = statement->inner->newer;
	if (store->oldest == NULL)
		store->newest = NULL;
	store->count--;
	unhold(statement);
}

/* Statements go when they are old or too many; those at work stay. */
static void
expire(EmuStatements *store)
{
	int64_t		limit = emu_now_us() -
		store->options->retention_s * INT64_C(1000000);

	while (store->oldest != NULL &&
		   (store->oldest->inner->facts.created_us < limit ||
			store->count >= store->options->history_max) &&
		   emu_state_is_final(store->oldest->inner->facts.state))
		forget_oldest(store);
}

EmuSubmitted
emu_statement_submit(EmuStatements *store, EmuRequest *request,
					 EmuStatement **statement)
{
	EmuSubmitted outcome = EMU_SUBMIT_NEW;

	*statement = NULL;
	pthread_mutex_lock(&store->lock);
	expire(store);
	if (request->token != NULL)
		*statement = find_token(store, request->token);
	if (*statement != NULL)
	{
		(*statement)->inner->holders++;
		outcome = strcmp((*statement)->request.sql, request->sql) == 0 ?
			EMU_SUBMIT_KNOWN : EMU_SUBMIT_OTHER_SQL;
	}
	else if (store->active >= store->options->active_max)
		outcome = EMU_SUBMIT_TOO_MANY;
	else
	{
		*statement = make_statement(request);
		/* the store, the caller, the executor */
		(*statement)->inner->holders = 3;
		link_statement(store, *statement);
		store->active++;
	}
	pthread_mutex_unlock(&store->lock);
	emu_request_free(request);
	return outcome;
}

EmuStatement *
emu_statement_find(EmuStatements *store, const char *id)
{
	EmuStatement *statement;
	char		key[EMU_UUID_SIZE];

	/* The id of a part leads to its statement. */
	snprintf(key, sizeof(key), "%s", id);
	id = key;
	pthread_mutex_lock(&store->lock);
	statement = store->by_id[bucket(id)];
	while (statement != NULL && strcmp(statement->id, id) != 0)
		statement = statement->inner->next_by_id;
	if (statement != NULL)
		statement->inner->holders++;
	pthread_mutex_unlock(&store->lock);
	return statement;
}

void
emu_statement_release(EmuStatements *store, EmuStatement *statement)
{
	pthread_mutex_lock(&store->lock);
	unhold(statement);
	pthread_mutex_unlock(&store->lock);
}

EmuStatement **
emu_statements_list(EmuStatements *store, size_t *count)
{
	EmuStatement **list;
	size_t		place;

	pthread_mutex_lock(&store->lock);
	*count = place = store->count;
	list = emu_alloc(sizeof(*list) * place);
	for (EmuStatement *s = store->oldest; s != NULL; s = s->inner->newer)
	{
		s->inner->holders++;
		list[--place] = s;
	}
	pthread_mutex_unlock(&store->lock);
	return list;
}

/* The sum of counts of which -1 means not known. */
static void
add_known(int64_t *sum, int64_t count)
{
	if (count >= 0)
		*sum = (*sum < 0 ? 0 : *sum) + count;
}

/* A batch as a whole knows sums; lock held. */
static void
sum_parts(const EmuStatement *statement, EmuFacts *facts)
{
	for (size_t i = 0; i < statement->request.nparts; i++)
	{
		const EmuFacts *part = &statement->inner->parts[i].facts;

		add_known(&facts->rows, part->rows);
		add_known(&facts->nbytes, part->nbytes);
		facts->has_result = facts->has_result || part->has_result;
		facts->duration_ns += part->duration_ns;
	}
}

/* A single statement is its one part, in the state of the whole. */
static void
take_part(const EmuStatementInner *inner, EmuFacts *facts)
{
	const char *error = facts->error;
	EmuState	state = facts->state;
	int64_t		pid = facts->pid;
	int64_t		updated_us = facts->updated_us;

	*facts = inner->parts[0].facts;
	facts->state = state;
	facts->pid = pid;
	facts->updated_us = updated_us;
	if (error != NULL)
		facts->error = error;
}

void
emu_statement_facts(EmuStatements *store, EmuStatement *statement,
					size_t part, EmuFacts *facts)
{
	EmuStatementInner *inner = statement->inner;

	pthread_mutex_lock(&store->lock);
	*facts = part > 0 ? inner->parts[part - 1].facts : inner->facts;
	if (part == 0 && statement->request.is_batch)
		sum_parts(statement, facts);
	else if (part == 0 && emu_state_is_final(facts->state))
		take_part(inner, facts);
	else if (part == 0)
	{
		facts->query_id = inner->parts[0].facts.query_id;
		strcpy(facts->query_uuid, inner->parts[0].facts.query_uuid);
	}
	pthread_mutex_unlock(&store->lock);
}

int
emu_statement_waiters(EmuStatements *store, EmuStatement *statement)
{
	int			waiters;

	pthread_mutex_lock(&store->lock);
	waiters = statement->inner->waiters;
	pthread_mutex_unlock(&store->lock);
	return waiters;
}

/* Sleep until a change, or for a while, or until end; lock held. */
static void
sleep_on(EmuStatements *store, EmuStatementInner *inner, int64_t end)
{
	int64_t		until = emu_ticks_us() + PEER_CHECK_US;
	struct timespec at;

	if (until > end)
		until = end;
	at.tv_sec = (time_t) (until / 1000000);
	at.tv_nsec = (long) (until % 1000000) * 1000;
	pthread_cond_timedwait(&inner->changed, &store->lock, &at);
}

EmuWaited
emu_statement_wait(EmuStatements *store, EmuStatement *statement,
				   size_t part, long seconds, int fd)
{
	EmuStatementInner *inner = statement->inner;
	const EmuState *state = part > 0 ? &inner->parts[part - 1].facts.state :
		&inner->facts.state;
	int64_t		end = emu_ticks_us() + seconds * INT64_C(1000000);
	EmuWaited	outcome = EMU_WAIT_OVER;

	pthread_mutex_lock(&store->lock);
	if (!emu_state_is_final(*state))
	{
		if (inner->waiters >= store->options->waiters_max)
			outcome = EMU_WAIT_TOO_MANY;
		else
		{
			inner->waiters++;
			while (!store->stopped &&
				   !emu_state_is_final(*state) &&
				   emu_ticks_us() < end && !emu_peer_gone(fd))
				sleep_on(store, inner, end);
			inner->waiters--;
		}
	}
	pthread_mutex_unlock(&store->lock);
	return outcome;
}

/* Ask for an end, with the lock held. */
static void
ask_to_end(EmuStatement *statement)
{
	uint64_t	one = 1;

	statement->inner->cancelled = true;
	if (statement->inner->wake_fd >= 0 &&
		write(statement->inner->wake_fd, &one, sizeof(one)) < 0)
		abort();
}

EmuState
emu_statement_cancel(EmuStatements *store, EmuStatement *statement)
{
	EmuState	state;

	pthread_mutex_lock(&store->lock);
	state = statement->inner->facts.state;
	if (!emu_state_is_final(state))
		ask_to_end(statement);
	pthread_mutex_unlock(&store->lock);
	return state;
}

bool
emu_statement_cancelled(EmuStatements *store, EmuStatement *statement)
{
	bool		cancelled;

	pthread_mutex_lock(&store->lock);
	cancelled = statement->inner->cancelled || store->stopped;
	pthread_mutex_unlock(&store->lock);
	return cancelled;
}

int
emu_statement_wake_fd(EmuStatement *statement)
{
	return statement->inner->wake_fd;
}

void
emu_statement_picked(EmuStatements *store, EmuStatement *statement)
{
	pthread_mutex_lock(&store->lock);
	statement->inner->facts.state = EMU_PICKED;
	statement->inner->facts.updated_us = emu_now_us();
	pthread_mutex_unlock(&store->lock);
}

void
emu_statement_started(EmuStatements *store, EmuStatement *statement,
					  int64_t pid)
{
	EmuFacts   *facts = &statement->inner->facts;

	pthread_mutex_lock(&store->lock);
	facts->state = EMU_STARTED;
	facts->updated_us = emu_now_us();
	facts->pid = pid;
	pthread_mutex_unlock(&store->lock);
}

void
emu_part_started(EmuStatements *store, EmuStatement *statement, size_t part)
{
	Part	   *p = &statement->inner->parts[part - 1];

	pthread_mutex_lock(&store->lock);
	p->facts.state = EMU_STARTED;
	p->facts.updated_us = emu_now_us();
	p->facts.query_id = ++store->last_query_id;
	emu_uuid(p->facts.query_uuid);
	p->started_ticks = emu_ticks_us();
	pthread_mutex_unlock(&store->lock);
}

void
emu_part_end(EmuStatements *store, EmuStatement *statement, size_t part,
			 EmuState state, int64_t rows, char *error, EmuResult *result)
{
	Part	   *p = &statement->inner->parts[part - 1];

	pthread_mutex_lock(&store->lock);
	p->facts.state = state;
	p->facts.updated_us = emu_now_us();
	if (p->started_ticks > 0)
		p->facts.duration_ns = (emu_ticks_us() - p->started_ticks) * 1000;
	p->facts.rows = rows;
	p->facts.error = p->error = error;
	p->facts.result = p->result = result;
	p->facts.has_result = result != NULL;
	p->facts.nbytes = result != NULL ? result->nbytes : -1;
	pthread_cond_broadcast(&statement->inner->changed);
	pthread_mutex_unlock(&store->lock);
}

/* The result itself stays until the end: somebody may be reading it. */
void
emu_parts_undo(EmuStatements *store, EmuStatement *statement,
			   const char *error)
{
	pthread_mutex_lock(&store->lock);
	for (size_t i = 0; i < statement->request.nparts; i++)
	{
		Part	   *p = &statement->inner->parts[i];

		if (p->facts.state != EMU_FINISHED)
			continue;
		p->facts.state = EMU_ABORTED;
		p->facts.updated_us = emu_now_us();
		p->facts.error = p->error = emu_strdup(error);
		p->facts.rows = p->facts.nbytes = -1;
		p->facts.has_result = false;
		p->facts.result = NULL;
	}
	pthread_mutex_unlock(&store->lock);
}

void
emu_statement_end(EmuStatements *store, EmuStatement *statement,
				  EmuState state, char *error)
{
	EmuStatementInner *inner = statement->inner;

	pthread_mutex_lock(&store->lock);
	inner->facts.state = state;
	inner->facts.updated_us = emu_now_us();
	inner->facts.error = inner->error = error;
	close(inner->wake_fd);
	inner->wake_fd = -1;
	store->active--;
	pthread_cond_broadcast(&inner->changed);
	pthread_mutex_unlock(&store->lock);
}

void
emu_statements_stop(EmuStatements *store)
{
	pthread_mutex_lock(&store->lock);
	store->stopped = true;
	for (EmuStatement *s = store->oldest; s != NULL; s = s->inner->newer)
	{
		ask_to_end(s);
		pthread_cond_broadcast(&s->inner->changed);
	}
	pthread_mutex_unlock(&store->lock);
}

void
emu_statements_reset(EmuStatements *store)
{
	pthread_mutex_lock(&store->lock);
	while (store->oldest != NULL)
	{
		ask_to_end(store->oldest);
		forget_oldest(store);
	}
	pthread_mutex_unlock(&store->lock);
}

void
emu_statements_destroy(EmuStatements *store)
{
	emu_statements_reset(store);
	pthread_mutex_destroy(&store->lock);
	free(store);
}
