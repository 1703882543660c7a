/*
 * parts.c
 *		Runs the parts of a statement one after the other on its connection:
 *		the one of a single statement, or those of a batch, in a transaction
 *		or each by itself. Tells store and ledger of each.
 *
 * What becomes of a batch: "Calling the Data API" in the Redshift Management
 * Guide (execution modes); the texts are those reported from live use.
 */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gather.h"

/* What the service says of a part that did not run, or was undone. */
static const char aborted_part[] = "Connection or an prior query failed.";

static bool
send_part(EmuRun *run, const EmuPart *part)
{
	const EmuRequest *request = &run->statement->request;
	const char **values = emu_alloc(sizeof(*values) *
									(size_t) (part->nbound + 1));
	bool		sent;

	for (int i = 0; i < part->nbound; i++)
		values[i] = request->param_values[part->bound[i]];
	sent = PQsendQueryParams(run->conn, part->bound_sql, part->nbound,
							 NULL, values, NULL, NULL, 0) == 1 &&
		PQsetSingleRowMode(run->conn) == 1;
	free(values);
	return sent;
}

/* Run the catalog query for the origins of the columns gathered. */
static void
look_up_origins(EmuRun *run, EmuGather *gather)
{
	char	   *relations;
	char	   *numbers;
	char	   *types;
	const char *sql = emu_gather_origin_query(gather, &relations, &numbers,
											  &types);
	const char *values[] = {relations, numbers, types};
	PGresult   *result;

	if (sql == NULL)
		return;
	if (PQsendQueryParams(run->conn, sql, 3, NULL, values, NULL, NULL, 0))
	{
		while ((result = emu_run_next_result(run)) != NULL)
			emu_gather_origins(gather, result);
	}
	free(relations);
	free(numbers);
	free(types);
}

/* The id of a part in the ledger: that of the statement, or id:n. */
static void
part_id(const EmuRun *run, size_t part, char *out, size_t size)
{
	if (run->statement->request.is_batch)
		snprintf(out, size, "%s:%zu", run->statement->id, part);
	else
		snprintf(out, size, "%s", run->statement->id);
}

static void
end_part(EmuRun *run, size_t part, EmuState state, int64_t rows, char *error,
		 EmuResult *result)
{
	char		id[EMU_UUID_SIZE + 8];

	part_id(run, part, id, sizeof(id));
	if (part <= run->begun)
		emu_ledger_ended(run->ledger, id, emu_state_name(state));
	emu_part_end(run->statements, run->statement, part, state, rows,
				 error, result);
}

static void
begin_part(EmuRun *run, size_t part)
{
	const EmuRequest *request = &run->statement->request;
	char		id[EMU_UUID_SIZE + 8];

	part_id(run, part, id, sizeof(id));
	run->begun = part;
	emu_ledger_execution(run->ledger, id, request->token,
						 request->name, request->parts[part - 1].sql,
						 request->with_event);
	emu_part_started(run->statements, run->statement, part);
}

/* Collect what the database answers to a part. */
static void
gather_answer(EmuRun *run, EmuGather *gather, const EmuPart *part)
{
	PGresult   *result;

	if (!send_part(run, part))
		emu_gather_fail(gather, PQerrorMessage(run->conn));
	while ((result = emu_run_next_result(run)) != NULL)
	{
		emu_gather_add(gather, result);
		if (gather->too_big && !run->cancelling)
		{
			run->cancelling = true;
			emu_run_send_cancel(run);
		}
		/* COPY waits for us for ever: leave it, and the connection. */
		if (gather->copying)
		{
			run->broken = true;
			break;
		}
	}
	if (gather->error == NULL)
		look_up_origins(run, gather);
}

/* Run one part; how it ended. *error is set if it FAILED: not owned. */
static EmuState
run_part(EmuRun *run, size_t part, const char **error)
{
	EmuGather	gather;
	bool		aborted;

	begin_part(run, part);
	emu_gather_begin(&gather, run->options, run->statement->request.csv);
	gather_answer(run, &gather, &run->statement->request.parts[part - 1]);
	aborted = gather.query_cancelled && !gather.too_big && emu_run_cancelled(run);
	if (!aborted && gather.error == NULL)
	{
		end_part(run, part, EMU_FINISHED, gather.rows, NULL,
				 emu_gather_result(&gather));
		return EMU_FINISHED;
	}
	emu_gather_drop_result(&gather);
	if (aborted)
	{
		free(gather.error);
		gather.error = NULL;
	}
	*error = gather.error;
	end_part(run, part, aborted ? EMU_ABORTED : EMU_FAILED, -1, gather.error,
			 NULL);
	return aborted ? EMU_ABORTED : EMU_FAILED;
}

void
emu_run_abort_rest(EmuRun *run)
{
	const EmuRequest *request = &run->statement->request;

	for (size_t part = run->begun + 1; part <= request->nparts; part++)
		end_part(run, part, EMU_ABORTED, -1, request->is_batch ?
				 emu_strdup(aborted_part) : NULL, NULL);
}

/*
 * Run the parts one after the other: all of them, or in a transaction until
 * one does not finish. The worst that happened; *error as the whole shows it.
 */
static EmuState
run_all(EmuRun *run, bool transaction, char **error)
{
	size_t		nparts = run->statement->request.nparts;
	EmuState	worst = EMU_FINISHED;

	for (size_t part = 1; part <= nparts && !run->broken; part++)
	{
		const char *complaint = NULL;
		EmuState	state;

		if (nparts > 1 && emu_run_cancelled(run))
			return EMU_ABORTED;
		state = run_part(run, part, &complaint);
		if (PQstatus(run->conn) != CONNECTION_OK)
			run->broken = true;
		if (state > worst)
			worst = state;
		if (state == EMU_ABORTED)
			break;
		if (state != EMU_FAILED || !transaction)
			continue;
		*error = emu_alloc(strlen(complaint) + 64);
		sprintf(*error, "Query #%zu failed with %s", part, complaint);
		break;
	}
	return worst;
}

/* A batch in one transaction: all or nothing. */
static EmuState
run_transaction(EmuRun *run, char **error)
{
	char	   *complaint = emu_run_control(run, "BEGIN");
	EmuState	state = EMU_FAILED;

	if (complaint == NULL)
		state = run_all(run, true, error);
	if (complaint == NULL && state == EMU_FINISHED)
	{
		complaint = emu_run_control(run, "COMMIT");
		if (complaint != NULL)
			state = emu_run_cancelled(run) ? EMU_ABORTED : EMU_FAILED;
	}
	else if (!run->broken)
		free(emu_run_control(run, "ROLLBACK"));
	if (state != EMU_FINISHED && run->options->undone_aborted)
		emu_parts_undo(run->statements, run->statement, aborted_part);
	if (*error == NULL && state == EMU_FAILED)
		*error = complaint;
	else
		free(complaint);
	return state;
}

EmuState
emu_run_parts(EmuRun *run, char **error)
{
	const EmuRequest *request = &run->statement->request;
	EmuState	state;

	run->started = true;
	emu_statement_started(run->statements, run->statement,
						  PQbackendPID(run->conn));
	if (request->is_batch && !request->auto_commit)
		state = run_transaction(run, error);
	else
		state = run_all(run, false, error);
	emu_run_abort_rest(run);
	return state;
}
