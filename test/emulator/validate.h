/*
 * validate.h
 *		What the service checks of a request's members before it acts.
 */
#ifndef EMU_VALIDATE_H
#define EMU_VALIDATE_H

#include <stdbool.h>

#include <jansson.h>

#include "statement.h"
#include "text.h"

/* A string member; NULL when it is absent or null. Lives as long as input. */
extern const char *emu_input_text(json_t *input, const char *name);

/* Do all members that are known have the type they should? */
extern bool emu_validate_types(json_t *input);

/* Is id (NULL allowed) of the form of statement ids? */
extern bool emu_validate_id(const char *id);

/*
 * Read the members of ExecuteStatement, or of BatchExecuteStatement if
 * is_batch, into request, which the caller frees in any case. Returns false
 * with the service's complaint in message.
 */
extern bool emu_validate_execute(json_t *input, bool is_batch,
								 EmuRequest *request, EmuText *message);

#endif							/* EMU_VALIDATE_H */
