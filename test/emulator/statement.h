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

#include <jansson.h>

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

/* What the caller asked for. Unset texts are NULL. */
typedef struct EmuRequest
{
	char	   *sql;
	char	   *bound_sql;		/* with $n for :name */
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
	int		   *bound;			/* $n is parameter number bound[n - 1] */
	int			nbound;
} EmuRequest;

typedef struct EmuPage
{
	EmuText		rows;			/* JSON rows with commas between */
	int64_t		nrows;
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

/* What is known of a statement at one moment. */
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
	const char *error;			/* FAILED; lives as long as the statement */
	const EmuResult *result;	/* NULL: none; lives likewise */
} EmuFacts;

/* A statement; request, id and wake are fixed, facts belong to the store. */
typedef struct EmuStatement
{
	char		id[EMU_UUID_SIZE];
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

/* Copy what is known now. */
extern void emu_statement_facts(EmuStatements *store, EmuStatement *statement,
								EmuFacts *facts);

/*
 * Wait until the statement is terminal, seconds have passed, the caller on
 * socket fd is gone, or the store stops.
 */
extern EmuWaited emu_statement_wait(EmuStatements *store,
									EmuStatement *statement, long seconds,
									int fd);

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

/* For the executor: move on to PICKED, or to STARTED with these facts. */
extern void emu_statement_picked(EmuStatements *store,
								 EmuStatement *statement);
extern void emu_statement_started(EmuStatements *store,
								  EmuStatement *statement, int64_t pid);

/*
 * For the executor, once: the terminal state. error and result are taken and
 * may be NULL.
 */
extern void emu_statement_end(EmuStatements *store, EmuStatement *statement,
							  EmuState state, int64_t rows, char *error,
							  EmuResult *result);

/* Cancel all, wake all waiters, and let nobody wait from now on. */
extern void emu_statements_stop(EmuStatements *store);

/* Cancel and forget all; those who hold one keep it until they release it. */
extern void emu_statements_reset(EmuStatements *store);

/* All statements, as a JSON array. */
extern json_t *emu_statements_dump(EmuStatements *store);

/* The service's word for a state. */
extern const char *emu_state_name(EmuState state);

/* Is there nothing more to come? */
extern bool emu_state_is_final(EmuState state);

/* Free what a request or a result holds, and the result itself. */
extern void emu_request_free(EmuRequest *request);
extern void emu_result_free(EmuResult *result);

#endif							/* EMU_STATEMENT_H */
