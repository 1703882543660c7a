/*
 * sessions.c
 *		Holds the sessions and, between statements, their connections. A
 *		session is AVAILABLE, or BUSY from the submit of a statement to its
 *		end, or CLOSED: then it is only remembered for a day.
 *
 * Sessions are closed by whoever looks next: nothing runs by itself here.
 *
 * Locking: one mutex guards everything for the length of one call; no other
 * module is called with it held but libpq, to close a connection.
 *
 * Rules: "Considerations when calling the Data API" in the Redshift
 * Management Guide and, for refusals, what was reported from live use.
 */
#include "sessions.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REMEMBER_US (INT64_C(24) * 3600 * 1000000)

typedef struct Session
{
	struct Session *next;		/* an older one */
	char		id[EMU_UUID_SIZE];
	char		statement[EMU_UUID_SIZE];	/* "": none at work */
	int64_t		number;
	EmuSessionState state;
	EmuRequest	origin;			/* place, owner and caller only */
	long		keep_alive_s;
	int64_t		created_us;
	int64_t		updated_us;
	PGconn	   *conn;			/* NULL: not yet made, or lent */
	bool		doomed;			/* closes when it is given back */
	bool		forgotten;		/* and then goes at once */
} Session;

struct EmuSessions
{
	const EmuOptions *options;
	pthread_mutex_t lock;
	Session    *newest;
	int64_t		last_number;
};

const char *
emu_session_state_name(EmuSessionState state)
{
	static const char *const names[] = {"AVAILABLE", "BUSY", "CLOSED"};

	return names[state];
}

EmuSessions *
emu_sessions_create(const EmuOptions *options)
{
	EmuSessions *store = emu_alloc(sizeof(*store));

	store->options = options;
	pthread_mutex_init(&store->lock, NULL);
	return store;
}

static void
close_session(Session *session)
{
	PQfinish(session->conn);
	session->conn = NULL;
	session->state = EMU_SESSION_CLOSED;
	session->updated_us = emu_now_us();
	session->statement[0] = '\0';
}

static void
free_session(Session *session)
{
	PQfinish(session->conn);
	emu_request_free(&session->origin);
	free(session);
}

/* Has it been idle, or there, for too long? */
static bool
is_over(const EmuSessions *store, const Session *session, int64_t now_us)
{
	int64_t		idle_s = session->keep_alive_s +
		store->options->session_reap_s;

	return session->updated_us + idle_s * 1000000 < now_us ||
		session->created_us + store->options->session_life_s *
		INT64_C(1000000) < now_us;
}

/* Close what is over, drop what was remembered long enough; lock held. */
static void
expire(EmuSessions *store)
{
	int64_t		now_us = emu_now_us();
	Session   **place = &store->newest;

	while (*place != NULL)
	{
		Session    *session = *place;

		if (session->state == EMU_SESSION_AVAILABLE &&
			is_over(store, session, now_us))
			close_session(session);
		if (session->state == EMU_SESSION_CLOSED &&
			(session->forgotten ||
			 session->updated_us < now_us - REMEMBER_US))
		{
			*place = session->next;
			free_session(session);
		}
		else
			place = &session->next;
	}
}

/* Lock, with all that time has done by now done. */
static void
enter(EmuSessions *store)
{
	pthread_mutex_lock(&store->lock);
	expire(store);
}

static Session *
find(EmuSessions *store, const char *id)
{
	Session    *session = store->newest;

	while (session != NULL && strcmp(session->id, id) != 0)
		session = session->next;
	return session;
}

static bool
same(const char *one, const char *other)
{
	return one == NULL || other == NULL ? one == other :
		strcmp(one, other) == 0;
}

static long
count_open(const EmuSessions *store, const EmuRequest *request)
{
	long		count = 0;

	for (Session *s = store->newest; s != NULL; s = s->next)
		count += s->state != EMU_SESSION_CLOSED &&
			same(s->origin.cluster, request->cluster) &&
			same(s->origin.workgroup, request->workgroup);
	return count;
}

static void
copy_place(EmuRequest *to, const EmuRequest *from)
{
	to->database = emu_strdup(from->database);
	to->cluster = emu_strdup(from->cluster);
	to->workgroup = emu_strdup(from->workgroup);
	to->db_user = emu_strdup(from->db_user);
	to->secret_arn = emu_strdup(from->secret_arn);
}

EmuSessionClaim
emu_sessions_open(EmuSessions *store, EmuRequest *request)
{
	EmuSessionClaim claim = EMU_CLAIM_TOO_MANY;

	enter(store);
	if (count_open(store, request) < store->options->sessions_max)
	{
		Session    *session = emu_alloc(sizeof(*session));

		emu_uuid(session->id);
		session->number = ++store->last_number;
		session->state = EMU_SESSION_BUSY;
		copy_place(&session->origin, request);
		session->origin.owner = emu_strdup(request->owner);
		session->origin.caller = emu_strdup(request->caller);
		session->keep_alive_s = request->keep_alive_s;
		session->created_us = session->updated_us = emu_now_us();
		session->next = store->newest;
		store->newest = session;
		request->session_id = emu_strdup(session->id);
		claim = EMU_CLAIM_GRANTED;
	}
	pthread_mutex_unlock(&store->lock);
	return claim;
}

EmuSessionClaim
emu_sessions_claim(EmuSessions *store, EmuRequest *request)
{
	EmuSessionClaim claim = EMU_CLAIM_GRANTED;
	Session    *session;

	enter(store);
	session = find(store, request->session_id);
	if (session == NULL || session->forgotten ||
		!same(session->origin.owner, request->owner))
		claim = EMU_CLAIM_UNKNOWN;
	else if (session->state != EMU_SESSION_AVAILABLE)
		claim = EMU_CLAIM_UNAVAILABLE;
	else
	{
		session->state = EMU_SESSION_BUSY;
		copy_place(request, &session->origin);
		if (request->keep_alive_s >= 0)
			session->keep_alive_s = request->keep_alive_s;
	}
	pthread_mutex_unlock(&store->lock);
	return claim;
}

void
emu_sessions_unclaim(EmuSessions *store, const char *id, bool opened)
{
	Session    *session;

	pthread_mutex_lock(&store->lock);
	session = find(store, id);
	session->state = EMU_SESSION_AVAILABLE;
	if (opened || session->doomed)
		close_session(session);
	session->forgotten = session->forgotten || opened;
	pthread_mutex_unlock(&store->lock);
}

void
emu_sessions_occupy(EmuSessions *store, const char *id,
					const char *statement)
{
	Session    *session;

	pthread_mutex_lock(&store->lock);
	session = find(store, id);
	snprintf(session->statement, sizeof(session->statement), "%s", statement);
	session->updated_us = emu_now_us();
	pthread_mutex_unlock(&store->lock);
}

PGconn *
emu_sessions_take(EmuSessions *store, const char *id)
{
	Session    *session;
	PGconn	   *conn;

	pthread_mutex_lock(&store->lock);
	session = find(store, id);
	conn = session->conn;
	session->conn = NULL;
	pthread_mutex_unlock(&store->lock);
	return conn;
}

void
emu_sessions_give(EmuSessions *store, const char *id, PGconn *conn,
				  bool broken)
{
	Session    *session;

	pthread_mutex_lock(&store->lock);
	session = find(store, id);
	session->conn = conn;
	session->statement[0] = '\0';
	session->state = EMU_SESSION_AVAILABLE;
	session->updated_us = emu_now_us();
	if (broken || session->doomed)
		close_session(session);
	expire(store);
	pthread_mutex_unlock(&store->lock);
}

/* Close it, or have it closed when its statement has ended; lock held. */
static void
doom(Session *session)
{
	if (session->state == EMU_SESSION_BUSY)
		session->doomed = true;
	else if (session->state == EMU_SESSION_AVAILABLE)
		close_session(session);
}

bool
emu_sessions_close(EmuSessions *store, const char *id,
				   char statement[EMU_UUID_SIZE])
{
	bool		all = strcmp(id, "*") == 0;
	bool		found = all;

	statement[0] = '\0';
	enter(store);
	for (Session *s = store->newest; s != NULL; s = s->next)
	{
		if (!all && strcmp(s->id, id) != 0)
			continue;
		found = true;
		if (!all)
			strcpy(statement, s->statement);
		doom(s);
	}
	pthread_mutex_unlock(&store->lock);
	return found;
}

void
emu_sessions_reset(EmuSessions *store)
{
	pthread_mutex_lock(&store->lock);
	for (Session *s = store->newest; s != NULL; s = s->next)
	{
		doom(s);
		s->forgotten = true;
	}
	expire(store);
	pthread_mutex_unlock(&store->lock);
}

void
emu_sessions_destroy(EmuSessions *store)
{
	Session    *session;

	while ((session = store->newest) != NULL)
	{
		store->newest = session->next;
		free_session(session);
	}
	pthread_mutex_destroy(&store->lock);
	free(store);
}

/* As ListSessions shows it; a session that is closed lives no longer. */
static json_t *
dump_session(const Session *session)
{
	const EmuRequest *origin = &session->origin;
	int64_t		alive_us = session->state == EMU_SESSION_CLOSED ? 0 :
		session->keep_alive_s * INT64_C(1000000);

	return json_pack("{s:s, s:s, s:o, s:o, s:s*, s:s*, s:s*, s:s*, s:i, "
					 "s:o, s:s*, s:s*, s:I}",
					 "SessionId", session->id,
					 "Status", emu_session_state_name(session->state),
					 "CreatedAt", emu_json_time(session->created_us),
					 "UpdatedAt", emu_json_time(session->updated_us),
					 "Database", origin->database,
					 "DbUser", origin->db_user,
					 "ClusterIdentifier", origin->cluster,
					 "WorkgroupName", origin->workgroup,
					 "SessionAliveSeconds", (int) session->keep_alive_s,
					 "SessionTtl",
					 emu_json_time(session->updated_us + alive_us),
					 "CurrentStatementId",
					 *session->statement != '\0' ? session->statement : NULL,
					 "Caller", origin->caller,
					 "Number", (json_int_t) session->number);
}

json_t *
emu_sessions_dump(EmuSessions *store, const char *owner)
{
	json_t	   *list = json_array();

	enter(store);
	for (Session *s = store->newest; s != NULL; s = s->next)
	{
		if (!s->forgotten && (owner == NULL || same(owner, s->origin.owner)))
			json_array_append_new(list, dump_session(s));
	}
	pthread_mutex_unlock(&store->lock);
	return list;
}
