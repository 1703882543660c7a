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
 * Put $n for every :name of request->sql that stands outside literals,
 * quoted names and comments, into request->bound_sql and request->bound.
 * Returns false, with the service's complaint in message, when a parameter is
 * unused or a marker names none.
 */
extern bool emu_params_bind(EmuRequest *request, EmuText *message);

#endif							/* EMU_PARAMS_H */
