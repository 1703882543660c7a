/*
 * run.h
 *		One statement at work: what the executor's files share. A run belongs
 *		to one thread.
 */
#ifndef EMU_RUN_H
#define EMU_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include <libpq-fe.h>

#include "ledger.h"
#include "options.h"
#include "pool.h"
#include "sessions.h"
#include "statement.h"

typedef struct EmuRun
{
	struct EmuExecutor *executor;
	const EmuOptions *options;
	EmuStatements *statements;
	EmuLedger  *ledger;
	EmuPool    *pool;
	EmuSessions *sessions;
	EmuStatement *statement;
	PGconn	   *conn;
	size_t		begun;			/* the last part that was begun */
	bool		started;		/* SQL may have been sent */
	bool		cancelling;		/* the server is asked to cancel */
	bool		broken;			/* the connection is of no more use */
} EmuRun;

/* Has an end been asked for? */
extern bool emu_run_cancelled(EmuRun *run);

/*
 * Get a connection into run->conn; a crowded server is asked again, as a
 * queue would. False when it refuses, which run->conn then tells, or when
 * the statement is cancelled.
 */
extern bool emu_run_connect(EmuRun *run);

/* Keep the connection for whom it is of use, now that the parts are done. */
extern void emu_run_disconnect(EmuRun *run);

/* Ask the server to cancel. */
extern void emu_run_send_cancel(EmuRun *run);

/* The next result when it is there; NULL at the end. */
extern PGresult *emu_run_next_result(EmuRun *run);

/* Run a command of our own; what the server complains of, malloc'ed, or
 * NULL. */
extern char *emu_run_control(EmuRun *run, const char *command);

/*
 * Run all parts on run->conn. The state the statement is to end in; *error,
 * malloc'ed, is set where the whole has one of its own.
 */
extern EmuState emu_run_parts(EmuRun *run, char **error);

/* Tell the store that the parts not begun will never be. */
extern void emu_run_abort_rest(EmuRun *run);

#endif							/* EMU_RUN_H */
