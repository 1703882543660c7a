/*
 * connect.c
 *		A run's connection: getting it, waiting on it without blocking, so
 *		that a cancel is heard at any moment, and asking the server to cancel.
 *		Knows nothing of what is sent over it.
 */
#include "run.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define CANCEL_AGAIN_MS 200
#define CONNECT_AGAIN_MS 50

bool
emu_run_cancelled(EmuRun *run)
{
	return emu_statement_cancelled(run->statements, run->statement);
}

void
emu_run_send_cancel(EmuRun *run)
{
	char		complaint[256];
	PGcancel   *cancel = PQgetCancel(run->conn);

	/* A failure shows by itself: the statement runs on and we ask again. */
	if (cancel != NULL)
		PQcancel(cancel, complaint, sizeof(complaint));
	PQfreeCancel(cancel);
}

/*
 * Wait for the connection's socket. While a cancel is wanted it is sent again
 * and again: a server that has not read the query yet ignores it. Returns
 * false when a cancel is wanted before the SQL was sent.
 */
static bool
wait_socket(EmuRun *run, short events)
{
	struct pollfd fds[2] = {
		{.fd = PQsocket(run->conn), .events = events},
		{.fd = emu_statement_wake_fd(run->statement), .events = POLLIN}
	};

	for (;;)
	{
		int			ready = poll(fds, run->cancelling ? 1 : 2,
								 run->cancelling ? CANCEL_AGAIN_MS : -1);

		if (fds[1].revents != 0)
			run->cancelling = true;
		if (run->cancelling && !run->started)
			return false;
		if (ready > 0 && fds[0].revents != 0)
			return true;
		if (run->cancelling)
			emu_run_send_cancel(run);
	}
}

static PGconn *
begin_connect(const EmuRun *run)
{
	const char *database = run->statement->request.database;
	bool		named = run->options->use_database &&
		database != NULL;
	const char *keywords[] = {"dbname", named ? "dbname" : NULL, NULL};
	const char *values[] = {run->options->dsn, database, NULL};

	/* Only the first dbname is expanded; the later one overrides it. */
	return PQconnectStartParams(keywords, values, 1);
}

/* Notices are for a person at a terminal; nobody sits here. */
static void
ignore_notice(void *arg, const PGresult *notice)
{
	(void) arg;
	(void) notice;
}

/* Connect without blocking; false when it failed or is no longer wanted. */
static bool
connect_database(EmuRun *run)
{
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;

	run->conn = begin_connect(run);
	if (run->conn == NULL)
		abort();
	PQsetNoticeReceiver(run->conn, ignore_notice, NULL);
	if (PQstatus(run->conn) == CONNECTION_BAD)
		return false;
	while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED)
	{
		if (!wait_socket(run, status == PGRES_POLLING_READING ?
						 POLLIN : POLLOUT))
			return false;
		status = PQconnectPoll(run->conn);
	}
	return status == PGRES_POLLING_OK;
}

/* The server has no place for us now, but may soon. */
static bool
is_crowded(PGconn *conn)
{
	const char *message = PQerrorMessage(conn);

	return strstr(message, "too many clients") != NULL ||
		strstr(message, "remaining connection slots") != NULL;
}

bool
emu_run_connect(EmuRun *run)
{
	const char *session = run->statement->request.session_id;

	run->conn = session != NULL ? emu_sessions_take(run->sessions, session) :
		emu_pool_take(run->pool);
	if (run->conn != NULL)
		return true;
	while (!connect_database(run))
	{
		struct pollfd wake = {
			.fd = emu_statement_wake_fd(run->statement), .events = POLLIN
		};

		if (!is_crowded(run->conn) || emu_run_cancelled(run))
			return false;
		PQfinish(run->conn);
		poll(&wake, 1, CONNECT_AGAIN_MS);
	}
	return true;
}

PGresult *
emu_run_next_result(EmuRun *run)
{
	while (PQisBusy(run->conn))
	{
		wait_socket(run, POLLIN);
		if (PQconsumeInput(run->conn) == 0)
			break;				/* PQgetResult will say what happened */
	}
	return PQgetResult(run->conn);
}

char *
emu_run_control(EmuRun *run, const char *command)
{
	PGresult   *result;
	char	   *complaint = NULL;

	if (PQsendQuery(run->conn, command) != 1)
		return emu_strdup(PQerrorMessage(run->conn));
	while ((result = emu_run_next_result(run)) != NULL)
	{
		if (PQresultStatus(result) != PGRES_COMMAND_OK && complaint == NULL)
			complaint = emu_strdup(PQresultErrorMessage(result));
		PQclear(result);
	}
	return complaint;
}

/* What is left of a session's connection: with a cancel past, or broken. */
static void
leave_session(EmuRun *run, const char *session)
{
	bool		got = PQstatus(run->conn) == CONNECTION_OK;

	if (run->started && run->cancelling && got && !run->broken)
	{
		/* A cancel that comes too late shall meet this. */
		free(emu_run_control(run, "SELECT 1"));
		run->cancelling = false;
	}
	if (!run->started)
	{
		PQfinish(run->conn);
		run->conn = NULL;
	}
	emu_sessions_give(run->sessions, session, run->conn,
					  run->started && (run->broken || !got));
}

void
emu_run_disconnect(EmuRun *run)
{
	const char *session = run->statement->request.session_id;

	if (session != NULL)
		leave_session(run, session);
	/* A cancel may still be on its way to where it was sent. */
	else if (run->cancelling || run->broken)
		PQfinish(run->conn);
	else
		emu_pool_give(run->pool, run->conn);
}
