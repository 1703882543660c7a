/*
 * canned.h
 *		Answers from memory, without a database: for measuring callers.
 *
 * The SQL says what it wants: "rows=N" rows of "columns=10" mixed columns (or
 * 1), finished "ms=N" milliseconds after the call or at "until=N"
 * milliseconds since the epoch. Nothing is verified and nothing is kept: a
 * statement's id is what it is made of.
 */
#ifndef EMU_CANNED_H
#define EMU_CANNED_H

#include "message.h"

typedef struct EmuCanned EmuCanned;

/* Make the pages. */
extern EmuCanned *emu_canned_create(void);

/* Free them; NULL is allowed. */
extern void emu_canned_destroy(EmuCanned *canned);

/*
 * Answer ExecuteStatement, DescribeStatement, GetStatementResult(V2) or
 * CancelStatement; holds the call as its WaitTimeSeconds asks.
 */
extern void emu_canned_answer(const EmuCanned *canned, const char *op,
							  json_t *input, EmuReply *reply);

#endif							/* EMU_CANNED_H */
