/*
 * command.h
 *		A command run to its end, with what it printed.
 */
#ifndef CALL_COMMAND_H
#define CALL_COMMAND_H

#include "base/buf.h"

#include <stdint.h>

typedef struct CallCommand
{
	int			exit_code;		/* signals: 128 + number */
	RsdBuf		out;
	RsdBuf		errors;
	bool		timed_out;
	char		problem[128];	/* why there is no exit code, or "" */
} CallCommand;

/*
 * Runs argv without a shell, argv[0] looked up in PATH, at most limit_ms;
 * max bytes of output.  Wipes nothing before call_command_free.
 */
extern void call_command_run(char **argv, int64_t limit_ms, size_t max,
							 CallCommand *command);

/* Wipes and frees. */
extern void call_command_free(CallCommand *command);

#endif							/* CALL_COMMAND_H */
