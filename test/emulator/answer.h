/*
 * answer.h
 *		What the operations of the Data API have in common: reading an id or
 *		a wait, waiting, and the two refusals that every one of them knows.
 */
#ifndef EMU_ANSWER_H
#define EMU_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "world.h"

/* Make reply a ResourceNotFoundException about id, or a ValidationException. */
extern void emu_answer_not_found(EmuWorld *world, EmuReply *reply,
								 const char *message, const char *id);
extern void emu_answer_invalid(EmuReply *reply, const char *message);

/* Set a member of object to a string, unless value is NULL. */
extern void emu_answer_set_text(json_t *object, const char *name,
								const char *value);

/* The parameters of a request as they came. */
extern json_t *emu_answer_params(const EmuRequest *request);

/* Whose statements and sessions the caller may see: malloc'ed. */
extern char *emu_answer_owner(const EmuVisit *visit);

/*
 * Read WaitTimeSeconds: seconds to wait, 0 for none; false when the reply
 * says what is wrong with it.
 */
extern bool emu_answer_read_wait(EmuWorld *world, EmuVisit *visit,
								 long *seconds, EmuReply *reply);

/*
 * Wait for part of a statement (0: the whole); false when the reply says
 * that too many do.
 */
extern bool emu_answer_wait(EmuWorld *world, EmuVisit *visit,
							EmuStatement *statement, size_t part,
							long seconds, EmuReply *reply);

/*
 * The statement that the member Id names, held; NULL when the reply says why
 * not. *part is that of a sub-statement's id, else 0.
 */
extern EmuStatement *emu_answer_find(EmuWorld *world, EmuVisit *visit,
									 size_t *part, EmuReply *reply);

#endif							/* EMU_ANSWER_H */
