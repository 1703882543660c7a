/*
 * ledger.h
 *		What was called and what was executed: the truth that tests compare
 *		with the extension's tables.
 */
#ifndef EMU_LEDGER_H
#define EMU_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

typedef struct EmuLedger EmuLedger;

/*
 * Make a ledger that keeps the last history_max calls and executions in
 * memory and, where file is not NULL, appends all of them to that file.
 * Returns NULL with errno set when the file cannot be opened.
 */
extern EmuLedger *emu_ledger_create(const char *file, size_t history_max);

/* Close the file and free everything. */
extern void emu_ledger_destroy(EmuLedger *ledger);

/*
 * Note that a call of operation op has arrived with this token, which may be
 * NULL. Returns its number, counted from 1.
 */
extern int64_t emu_ledger_call(EmuLedger *ledger, const char *op,
							   const char *token);

/*
 * Add to call n what became of it. id, key (the access key it was signed
 * with) and trouble may be NULL; status is the HTTP status, 0 when no answer
 * was sent.
 */
extern void emu_ledger_answered(EmuLedger *ledger, int64_t n, const char *id,
								const char *key, const char *trouble,
								int status);

/*
 * Note that a statement's SQL is about to run on the database; on disk, where
 * there is a file, before this returns. token and name may be NULL.
 */
extern void emu_ledger_execution(EmuLedger *ledger, const char *id,
								 const char *token, const char *name,
								 const char *sql, bool with_event);

/* Note how the execution of statement id ended. */
extern void emu_ledger_ended(EmuLedger *ledger, const char *id,
							 const char *status);

/* {"calls": [...], "executions": [...]}; calls after number since only. */
extern json_t *emu_ledger_dump(EmuLedger *ledger, int64_t since);

/* Forget what is in memory; the file stays as it is. */
extern void emu_ledger_reset(EmuLedger *ledger);

#endif							/* EMU_LEDGER_H */
