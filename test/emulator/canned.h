/*
 * canned.h
 *		Replies from memory, for a bench whose endpoint must not be what is
 *		measured: no database, no store, no ledger.
 *
 * A statement takes as long as the settings say, or ends at the time that its
 * SQL names by "until=" and milliseconds since the epoch.
 */
#ifndef EMU_CANNED_H
#define EMU_CANNED_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "message.h"

typedef struct EmuCanned EmuCanned;

/* Make it; it is off. */
extern EmuCanned *emu_canned_create(void);

/* Free it; no reply of it may be on its way any more. */
extern void emu_canned_destroy(EmuCanned *canned);

/*
 * Change what wish, an object, says: on, long_poll (heed WaitTimeSeconds),
 * rows (of a page), pages, duration_ms and duration_max_ms (of a statement,
 * evenly spread between them), latency_ms (of every reply). Returns NULL, or
 * what is wrong with it (static text).
 */
extern const char *emu_canned_set(EmuCanned *canned, json_t *wish);

/* Does it answer this operation now? */
extern bool emu_canned_answers(EmuCanned *canned, const char *op);

/*
 * Answer it, into an empty reply. Returns after how many microseconds the
 * reply shall leave: a long poll's end, and latency.
 */
extern int64_t emu_canned_answer(EmuCanned *canned, const char *op,
								 json_t *input, EmuReply *reply);

/*
 * The settings, how many calls of each operation were answered, and when the
 * last of each came.
 */
extern json_t *emu_canned_dump(EmuCanned *canned);

#endif							/* EMU_CANNED_H */
