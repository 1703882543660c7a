/*
 * statement.h
 *		The life of the statements the emulator holds: submitted once per
 *		token, waited for by many, moved by one executor thread each.
 */
#ifndef EMU_STATEMENT_H
#define EMU_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "text.h"

typedef struct EmuStatements EmuStatements;

typedef enum EmuState
{
	EMU_SUBMITTED,
	EMU_PICKED,
	EMU_STARTED,
	EMU_FINISHED,				/* this and later ones are terminal */
	EMU_FAILED,
	EMU_ABORTED
} EmuState;

/* One SQL text of a request, bound to the request's parameters. */
typedef struct EmuPart
{
	char	   *sql;
	char	   *bound_sql;		/* with $n for :name */
	int		   *bound;			/* $n is parameter number bound[n - 1] */
	int			nbound;
} EmuPart;

/* What the caller asked for. Unset texts are NULL. */
typedef struct EmuRequest
{
	EmuPart    *parts;			/* one, or those of a batch */
	size_t		nparts;
	bool		is_batch;
	bool		auto_commit;	/* of a batch */
	bool		with_event;
	bool		csv;
	char	   *sql;			/* of all parts, with line ends between */
	char	   *owner;			/* user or role, without its session */
	char	   *caller;			/* ARN */
	char	   *session_id;		/* given, or opened for it */
	long		keep_alive_s;	/* of a session; -1: not given */
	char	   *database;
	char	   *cluster;
	char	   *workgroup;
	char	   *db_user;
	char	   *secret_arn;
	char	   *name;
	char	   *token;
	char	  **param_names;
	char	  **param_values;
	size_t		nparams;
} EmuRequest;

typedef struct EmuPage
{
	EmuText		rows;			/* JSON rows or CSV chunks, commas between */
	int64_t		nrows;			/* of JSON */
} EmuPage;

/* A complete result set, as the service would send it. */
typedef struct EmuResult
{
	EmuText		columns;		/* JSON array of ColumnMetadata */
	EmuPage    *pages;			/* at least one, perhaps empty */
	size_t		npages;
	int64_t		nrows;
	int64_t		nbytes;
} EmuResult;

/* What is known at one moment of a statement, or of one part of it. */
typedef struct EmuFacts
{
	EmuState	state;
	int64_t		created_us;
	int64_t		updated_us;
	int64_t		duration_ns;	/* 0 before it ended */
	int64_t		pid;			/* 0: not connected yet */
	int64_t		query_id;		/* 0: not started yet */
	char		query_uuid[EMU_UUID_SIZE];
	int64_t		rows;			/* returned or affected; -1 not known */
	int64_t		nbytes;			/* of the result; -1 without one */
	bool		has_result;		/* of a batch: any part has */
	const char *error;			/* NULL: none; lives as long as the statement */
	const EmuResult *result;	/* NULL: none, or a batch; lives likewise */
} EmuFacts;

/* A statement; id, number and request are fixed, facts belong to the store. */
typedef struct EmuStatement
{
	char		id[EMU_UUID_SIZE];
	int64_t		number;			/* ascends */
	EmuRequest	request;
	struct EmuStatementInner *inner;
} EmuStatement;

typedef enum EmuSubmitted
{
	EMU_SUBMIT_NEW,				/* the caller must start it */
	EMU_SUBMIT_KNOWN,			/* its token was here before */
	EMU_SUBMIT_OTHER_SQL,		/* so it was, with other SQL */
	EMU_SUBMIT_TOO_MANY			/* active_max statements are unfinished */
} EmuSubmitted;

typedef enum EmuWaited
{
	EMU_WAIT_OVER,				/* terminal, or the time is over */
	EMU_WAIT_TOO_MANY			/* waiters_max others wait already */
} EmuWaited;

/* Make an empty store; options must outlive it. */
extern EmuStatements *emu_statements_create(const EmuOptions *options);

/* Free it with all statements; nobody may hold one any more. */
extern void emu_statements_destroy(EmuStatements *store);

/*
 * Submit request, whose contents are taken in every case. Except for
 * EMU_SUBMIT_TOO_MANY *statement is set and held: release it. A new one is
 * held a second time for the executor.
 */
extern EmuSubmitted emu_statement_submit(EmuStatements *store,
										 EmuRequest *request,
										 EmuStatement **statement);

/* Find by id, held; NULL if there is none. */
extern EmuStatement *emu_statement_find(EmuStatements *store, const char *id);

/* Let a held statement go. */
extern void emu_statement_release(EmuStatements *store,
								  EmuStatement *statement);

/*
 * All statements held, the newest first: an array of *count that the caller
 * frees after releasing each.
 */
extern EmuStatement **emu_statements_list(EmuStatements *store,
										  size_t *count);

/* Copy what is known now of part (from 1), or of the whole for part 0. */
extern void emu_statement_facts(EmuStatements *store, EmuStatement *statement,
								size_t part, EmuFacts *facts);

/*
 * Wait until that part, or the whole for part 0, is terminal, seconds have
 * passed, the caller on socket fd is gone, or the store stops.
 */
extern EmuWaited emu_statement_wait(EmuStatements *store,
									EmuStatement *statement, size_t part,
									long seconds, int fd);

/* How many wait for it now. */
extern int	emu_statement_waiters(EmuStatements *store,
								  EmuStatement *statement);

/*
 * Ask for an end. Returns the state found: if it is terminal nothing was
 * done.
 */
extern EmuState emu_statement_cancel(EmuStatements *store,
									 EmuStatement *statement);

/* For the executor: has an end been asked for? */
extern bool emu_statement_cancelled(EmuStatements *store,
									EmuStatement *statement);

/* For the executor: a descriptor that becomes readable when an end is asked
 * for; valid until emu_statement_end. */
extern int	emu_statement_wake_fd(EmuStatement *statement);

/* For the executor: move on to PICKED, or to STARTED on that backend. */
extern void emu_statement_picked(EmuStatements *store,
								 EmuStatement *statement);
extern void emu_statement_started(EmuStatements *store,
								  EmuStatement *statement, int64_t pid);

/* For the executor: part (from 1) is at work now. */
extern void emu_part_started(EmuStatements *store, EmuStatement *statement,
							 size_t part);

/*
 * For the executor: how part ended. error and result are taken and may be
 * NULL.
 */
extern void emu_part_end(EmuStatements *store, EmuStatement *statement,
						 size_t part, EmuState state, int64_t rows,
						 char *error, EmuResult *result);

/*
 * For the executor: the transaction of all parts was undone, so those that
 * had finished are ABORTED with this error and have no result to show.
 */
extern void emu_parts_undo(EmuStatements *store, EmuStatement *statement,
						   const char *error);

/*
 * For the executor, once, after the parts: the terminal state of the whole.
 * error is taken and may be NULL.
 */
extern void emu_statement_end(EmuStatements *store, EmuStatement *statement,
							  EmuState state, char *error);

/* Cancel all, wake all waiters, and let nobody wait from now on. */
extern void emu_statements_stop(EmuStatements *store);

/* Cancel and forget all; those who hold one keep it until they release it. */
extern void emu_statements_reset(EmuStatements *store);

/* The service's word for a state. */
extern const char *emu_state_name(EmuState state);

/* Is there nothing more to come? */
extern bool emu_state_is_final(EmuState state);

/* The state that the service calls so; false if there is none. */
extern bool emu_state_read(const char *name, EmuState *state);

/* A new, empty last page. */
extern EmuPage *emu_result_add_page(EmuResult *result);

/* Free what a request or a result holds, and the result itself. */
extern void emu_request_free(EmuRequest *request);
extern void emu_result_free(EmuResult *result);

#endif							/* EMU_STATEMENT_H */
