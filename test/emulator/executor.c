/*
 * executor.c
 *		One detached thread per statement: connect, send the SQL, gather the
 *		result, tell the store how it ended. Speaks libpq without blocking, so
 *		that a cancel is heard at any moment. Knows nothing of HTTP.
 *
 * Locking: the executor's mutex guards its two counters only and is never
 * held while another module is called. Everything else a thread touches is
 * its own Run, or is reached through the store and the ledger.
 */
#include "executor.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "gather.h"
#include "pool.h"

#define CANCEL_AGAIN_MS 200
#define CONNECT_AGAIN_MS 50
#define THREAD_STACK (512 * 1024)

struct EmuExecutor
{
	const EmuOptions *options;
	EmuStatements *statements;
	EmuLedger  *ledger;
	EmuPool    *pool;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	long		threads;		/* alive */
	long		connections;	/* at work, at most options->connections */
};

/* One statement at work. */
typedef struct Run
{
	EmuExecutor *executor;
	EmuStatement *statement;
	PGconn	   *conn;
	bool		started;
	bool		cancelling;
} Run;

EmuExecutor *
emu_executor_create(const EmuOptions *options, EmuStatements *statements,
					EmuLedger *ledger)
{
	EmuExecutor *executor = emu_alloc(sizeof(*executor));

	executor->options = options;
	executor->statements = statements;
	executor->ledger = ledger;
	/* Those of other databases would be of no use to the next statement. */
	executor->pool = emu_pool_create(options->use_database ? 0 :
									 options->idle_connections);
	pthread_mutex_init(&executor->lock, NULL);
	pthread_cond_init(&executor->changed, NULL);
	return executor;
}

static bool
cancelled(Run *run)
{
	return emu_statement_cancelled(run->executor->statements, run->statement);
}

static void
send_cancel(Run *run)
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
wait_socket(Run *run, short events)
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
			send_cancel(run);
	}
}

static PGconn *
begin_connect(const Run *run)
{
	const char *database = run->statement->request.database;
	bool		named = run->executor->options->use_database &&
		database != NULL;
	const char *keywords[] = {"dbname", named ? "dbname" : NULL, NULL};
	const char *values[] = {run->executor->options->dsn, database, NULL};

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
connect_database(Run *run)
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

/* Get a connection; a crowded server is asked again, as a queue would. */
static bool
obtain_connection(Run *run)
{
	run->conn = emu_pool_take(run->executor->pool);
	if (run->conn != NULL)
		return true;
	while (!connect_database(run))
	{
		struct pollfd wake = {
			.fd = emu_statement_wake_fd(run->statement), .events = POLLIN
		};

		if (!is_crowded(run->conn) || cancelled(run))
			return false;
		PQfinish(run->conn);
		poll(&wake, 1, CONNECT_AGAIN_MS);
	}
	return true;
}

static bool
send_statement(Run *run)
{
	const EmuRequest *request = &run->statement->request;
	const char **values = emu_alloc(sizeof(*values) *
									(size_t) (request->nbound + 1));
	bool		sent;

	for (int i = 0; i < request->nbound; i++)
		values[i] = request->param_values[request->bound[i]];
	sent = PQsendQueryParams(run->conn, request->bound_sql, request->nbound,
							 NULL, values, NULL, NULL, 0) == 1 &&
		PQsetSingleRowMode(run->conn) == 1;
	free(values);
	return sent;
}

/* The next result when it is there; NULL at the end. */
static PGresult *
next_result(Run *run)
{
	while (PQisBusy(run->conn))
	{
		wait_socket(run, POLLIN);
		if (PQconsumeInput(run->conn) == 0)
			break;				/* PQgetResult will say what happened */
	}
	return PQgetResult(run->conn);
}

/* Run the catalog query for the origins of the columns gathered. */
static void
look_up_origins(Run *run, EmuGather *gather)
{
	char	   *relations;
	char	   *numbers;
	char	   *types;
	const char *sql = emu_gather_origin_query(gather, &relations, &numbers,
											  &types);
	const char *values[] = {relations, numbers, types};
	PGresult   *result;

	if (sql == NULL)
		return;
	if (PQsendQueryParams(run->conn, sql, 3, NULL, values, NULL, NULL, 0))
	{
		while ((result = next_result(run)) != NULL)
			emu_gather_origins(gather, result);
	}
	free(relations);
	free(numbers);
	free(types);
}

static void
finish(Run *run, EmuState state, int64_t rows, char *error,
	   EmuResult *result)
{
	EmuExecutor *executor = run->executor;

	if (run->started)
		emu_ledger_ended(executor->ledger, run->statement->id,
						 emu_state_name(state));
	emu_statement_end(executor->statements, run->statement, state, rows,
					  error, result);
}

static void
execute(Run *run)
{
	EmuGather	gather;
	PGresult   *result;
	bool		aborted;

	emu_gather_begin(&gather, run->executor->options);
	if (!send_statement(run))
		emu_gather_fail(&gather, PQerrorMessage(run->conn));
	while ((result = next_result(run)) != NULL)
	{
		emu_gather_add(&gather, result);
		if (gather.too_big && !run->cancelling)
		{
			run->cancelling = true;
			send_cancel(run);
		}
		/* COPY waits for us for ever: leave it. */
		if (gather.copying)
			break;
	}
	if (gather.error == NULL)
		look_up_origins(run, &gather);
	aborted = gather.query_cancelled && !gather.too_big && cancelled(run);
	if (aborted || gather.error != NULL)
	{
		emu_gather_drop_result(&gather);
		if (aborted)
			free(gather.error);
		finish(run, aborted ? EMU_ABORTED : EMU_FAILED, -1,
			   aborted ? NULL : gather.error, NULL);
		return;
	}
	finish(run, EMU_FINISHED, gather.rows, NULL, emu_gather_result(&gather));
}

static void
run_statement(Run *run)
{
	EmuExecutor *executor = run->executor;
	const EmuRequest *request = &run->statement->request;

	emu_statement_picked(executor->statements, run->statement);
	if (!obtain_connection(run))
	{
		bool		aborted = cancelled(run);

		finish(run, aborted ? EMU_ABORTED : EMU_FAILED, -1,
			   aborted ? NULL : emu_strdup(PQerrorMessage(run->conn)), NULL);
		return;
	}
	run->started = true;
	emu_ledger_execution(executor->ledger, run->statement->id,
						 request->token, request->name, request->sql);
	emu_statement_started(executor->statements, run->statement,
						  PQbackendPID(run->conn));
	execute(run);
}

/* Wait for a free connection; false when cancelled meanwhile. */
static bool
take_connection(Run *run)
{
	EmuExecutor *executor = run->executor;
	bool		taken = false;

	while (!taken && !cancelled(run))
	{
		struct pollfd wake = {
			.fd = emu_statement_wake_fd(run->statement), .events = POLLIN
		};

		pthread_mutex_lock(&executor->lock);
		taken = executor->connections < executor->options->connections;
		if (taken)
			executor->connections++;
		pthread_mutex_unlock(&executor->lock);
		if (!taken)
			poll(&wake, 1, 20);
	}
	return taken;
}

static void
give_up(EmuExecutor *executor, long connections, long threads)
{
	pthread_mutex_lock(&executor->lock);
	executor->connections -= connections;
	executor->threads -= threads;
	pthread_cond_broadcast(&executor->changed);
	pthread_mutex_unlock(&executor->lock);
}

static void *
thread_main(void *arg)
{
	Run			run = *(Run *) arg;

	free(arg);
	if (take_connection(&run))
	{
		run_statement(&run);
		/* A cancel may still be on its way to where it was sent. */
		if (run.cancelling)
			PQfinish(run.conn);
		else
			emu_pool_give(run.executor->pool, run.conn);
		give_up(run.executor, 1, 0);
	}
	else
		finish(&run, EMU_ABORTED, -1, NULL, NULL);
	emu_statement_release(run.executor->statements, run.statement);
	give_up(run.executor, 0, 1);
	return NULL;
}

void
emu_executor_start(EmuExecutor *executor, EmuStatement *statement)
{
	Run		   *run = emu_alloc(sizeof(*run));
	pthread_attr_t attributes;
	pthread_t	thread;

	run->executor = executor;
	run->statement = statement;
	pthread_mutex_lock(&executor->lock);
	executor->threads++;
	pthread_mutex_unlock(&executor->lock);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, THREAD_STACK);
	if (pthread_create(&thread, &attributes, thread_main, run) != 0)
	{
		finish(run, EMU_FAILED, -1, emu_strdup("no thread for it"), NULL);
		emu_statement_release(executor->statements, statement);
		give_up(executor, 0, 1);
		free(run);
	}
	pthread_attr_destroy(&attributes);
}

void
emu_executor_destroy(EmuExecutor *executor)
{
	pthread_mutex_lock(&executor->lock);
	while (executor->threads > 0)
		pthread_cond_wait(&executor->changed, &executor->lock);
	pthread_mutex_unlock(&executor->lock);
	emu_pool_destroy(executor->pool);
	pthread_cond_destroy(&executor->changed);
	pthread_mutex_destroy(&executor->lock);
	free(executor);
}
