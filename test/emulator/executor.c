/*
 * executor.c
 *		One detached thread per statement: wait for a place, get a connection,
 *		have the parts run, tell the store how it ended. Knows nothing of
 *		HTTP.
 *
 * Locking: the executor's mutex guards its two counters only and is never
 * held while another module is called. Everything else a thread touches is
 * its own run, or is reached through the store and the ledger.
 */
#include "executor.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "run.h"

#define THREAD_STACK (512 * 1024)

struct EmuExecutor
{
	const EmuOptions *options;
	EmuStatements *statements;
	EmuLedger  *ledger;
	EmuPool    *pool;
	EmuSessions *sessions;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	long		threads;		/* alive */
	long		connections;	/* at work, at most options->connections */
};

EmuExecutor *
emu_executor_create(const EmuOptions *options, EmuStatements *statements,
					EmuSessions *sessions, EmuLedger *ledger)
{
	EmuExecutor *executor = emu_alloc(sizeof(*executor));

	executor->options = options;
	executor->statements = statements;
	executor->sessions = sessions;
	executor->ledger = ledger;
	/* Those of other databases would be of no use to the next statement. */
	executor->pool = emu_pool_create(options->use_database ? 0 :
									 options->idle_connections);
	pthread_mutex_init(&executor->lock, NULL);
	pthread_cond_init(&executor->changed, NULL);
	return executor;
}

/* Without a connection nothing runs, and only the whole tells why. */
static EmuState
refuse(EmuRun *run, char **error)
{
	EmuState	state = emu_run_cancelled(run) ? EMU_ABORTED : EMU_FAILED;

	if (state == EMU_FAILED)
		*error = emu_strdup(PQerrorMessage(run->conn));
	emu_run_abort_rest(run);
	return state;
}

/* From PICKED to the end; *error as emu_statement_end takes it. */
static EmuState
run_statement(EmuRun *run, char **error)
{
	EmuState	state;

	emu_statement_picked(run->statements, run->statement);
	state = emu_run_connect(run) ? emu_run_parts(run, error) : refuse(run, error);
	emu_run_disconnect(run);
	return state;
}

/* Wait for a free connection; false when cancelled meanwhile. */
static bool
take_connection(EmuRun *run)
{
	EmuExecutor *executor = run->executor;
	bool		taken = false;

	while (!taken && !emu_run_cancelled(run))
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

/* A statement that never got to its session's connection. */
static void
leave_session(EmuRun *run)
{
	const char *session = run->statement->request.session_id;

	if (session != NULL)
		emu_sessions_give(run->sessions, session,
						  emu_sessions_take(run->sessions, session), false);
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
	EmuRun		run = *(EmuRun *) arg;
	EmuStatements *statements = run.statements;
	EmuState	state = EMU_ABORTED;
	char	   *error = NULL;
	bool		taken = take_connection(&run);

	free(arg);
	if (taken)
		state = run_statement(&run, &error);
	else
	{
		emu_run_abort_rest(&run);
		leave_session(&run);
	}
	emu_statement_end(statements, run.statement, state, error);
	emu_statement_release(statements, run.statement);
	give_up(run.executor, taken ? 1 : 0, 1);
	return NULL;
}

void
emu_executor_start(EmuExecutor *executor, EmuStatement *statement)
{
	EmuRun	   *run = emu_alloc(sizeof(*run));
	pthread_attr_t attributes;
	pthread_t	thread;

	run->executor = executor;
	run->options = executor->options;
	run->statements = executor->statements;
	run->ledger = executor->ledger;
	run->pool = executor->pool;
	run->sessions = executor->sessions;
	run->statement = statement;
	pthread_mutex_lock(&executor->lock);
	executor->threads++;
	pthread_mutex_unlock(&executor->lock);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, THREAD_STACK);
	if (pthread_create(&thread, &attributes, thread_main, run) != 0)
	{
		emu_run_abort_rest(run);
		leave_session(run);
		emu_statement_end(executor->statements, statement, EMU_FAILED,
						  emu_strdup("no thread for it"));
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
