/*
 * executor.h
 *		Runs statements on the database, each in a thread and connection of
 *		its own, so that a slow one holds up nobody.
 */
#ifndef EMU_EXECUTOR_H
#define EMU_EXECUTOR_H

#include "ledger.h"
#include "options.h"
#include "sessions.h"
#include "statement.h"

typedef struct EmuExecutor EmuExecutor;

/* Make one; what it is given must outlive it. */
extern EmuExecutor *emu_executor_create(const EmuOptions *options,
										EmuStatements *statements,
										EmuSessions *sessions,
										EmuLedger *ledger);

/* Start a new statement; the executor's hold on it is used up. */
extern void emu_executor_start(EmuExecutor *executor,
							   EmuStatement *statement);

/* Wait until nothing runs, after emu_statements_stop; then free it. */
extern void emu_executor_destroy(EmuExecutor *executor);

#endif							/* EMU_EXECUTOR_H */
