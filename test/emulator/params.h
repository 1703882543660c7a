/*
 * params.h
 *		Named parameters of a statement's text.
 */
#ifndef EMU_PARAMS_H
#define EMU_PARAMS_H

#include <stdbool.h>

#include "statement.h"
#include "text.h"

/*
 * Put $n for every :name of each part that stands outside literals, quoted
 * names and comments, into its bound_sql and bound. Returns false, with the
 * service's complaint in message, when no part uses a parameter or a marker
 * names none.
 */
extern bool emu_params_bind(EmuRequest *request, EmuText *message);

#endif							/* EMU_PARAMS_H */
