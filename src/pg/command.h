/*
 * command.h
 *	  Programs that are run beside everything else: credential_process.
 *
 * A program runs as the server's operating-system user, without a shell, with
 * the environment of the server, nothing on its standard input and no
 * descriptor of ours.  It has a process group of its own, which is killed
 * with everything that it left running when the program has ended or its time
 * is up.  Nothing here waits for it or throws, but for want of memory.
 */
#ifndef RSD_PG_COMMAND_H
#define RSD_PG_COMMAND_H

#include "base/buf.h"

typedef struct RsdCommands RsdCommands;
typedef struct RsdCommand RsdCommand;

/* How a program ended; the slices are borrowed for the call. */
typedef struct RsdCommandEnd
{
	const char *problem;		/* NULL: by itself; else why not, in words */
	bool		timed_out;		/* its time was up */
	int			exit_code;		/* signals: 128 + number */
	RsdSlice	out;			/* what it printed */
	RsdSlice	errors;			/* the beginning of what it complained */
} RsdCommandEnd;

/* Told once, from rsd_commands_turn; may start another, must drop none. */
typedef void (*RsdCommandEnded) (void *arg, const RsdCommandEnd *end);

/*
 * Makes an empty set in CurrentMemoryContext; NULL if the system is short of
 * descriptors.  To be destroyed before the process ends.
 */
extern RsdCommands *rsd_commands_create(void);

/* Drops all of them, and the set; NULL is fine. */
extern void rsd_commands_destroy(RsdCommands *commands);

/*
 * Starts argv (NULL at its end), argv[0] looked up in PATH, for limit_ms at
 * most; one that prints more than max bytes is killed, too.  Gone once
 * "ended" was told.  NULL with err set (INVALID) if it could not be started.
 */
extern RsdCommand *rsd_command_start(RsdCommands *commands,
									 char *const argv[], int64_t limit_ms,
									 size_t max, RsdCommandEnded ended,
									 void *arg, RsdError *err);

/* Kills it with its group and waits until they are gone; tells nobody. */
extern void rsd_command_drop(RsdCommand *command);

/* Reads what they print, sees which have ended, and tells their owners. */
extern void rsd_commands_turn(RsdCommands *commands);

/*
 * A descriptor that is readable as long as one of them wants a turn; it
 * lives as long as the set.
 */
extern int	rsd_commands_fd(const RsdCommands *commands);

/* Milliseconds until one wants a turn for other reasons; -1 = never. */
extern int64_t rsd_commands_timeout_ms(const RsdCommands *commands);

#endif							/* RSD_PG_COMMAND_H */
