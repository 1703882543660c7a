/*
 * load_run.c
 *	  The one transaction of a loader: rows, then_sql, deferred triggers, and
 *	  only then, with other rights for a moment, the final status.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "pg/compat.h"
#include "pg/fault.h"
#include "pg/guc.h"
#include "pg/load_copy.h"
#include "pg/load_rows.h"
#include "pg/load_run.h"
#include "pg/load_target.h"
#include "pg/store_loaded.h"
#include "pg/txn.h"

/* What is known of a load while it runs. */
typedef struct Load
{
	RsdLoadRing *ring;
	int64		statement;
	RsdLoadHead head;			/* the message in hand */
	RsdSlice	bytes;
	int			part;			/* that is being loaded; 0 none */
	RsdLoadRows *rows;			/* of it */
	int64		taken;			/* rows, of it */
	RsdLoadPlace place;
	List	   *opened;			/* of RsdTarget *, in use by a part before */
	bool		broken;			/* the worker is gone, or nothing came */
	bool		held;			/* the statement's row could not be had */
	bool		announced;		/* what follows is the commit */
} Load;

/* The next message; an error if there is none. */
static void
next(Load *load)
{
	RsdLoadGot	got = rsd_load_ring_receive(load->ring,
											rsd_guc()->load_stall_timeout,
											&load->head, &load->bytes);

	if (got == RSD_LOAD_GOT)
		return;
	load->broken = true;
	ereport(ERROR,
			errcode(ERRCODE_CONNECTION_FAILURE),
			got == RSD_LOAD_GONE ? errmsg("the worker went away") :
			errmsg("no rows came for %d ms", rsd_guc()->load_stall_timeout));
}

/* The next row, as long as messages of rows come. */
static bool
next_row(void *arg)
{
	Load	   *load = arg;

	for (;;)
	{
		if (rsd_load_rows_next(load->rows))
		{
			load->taken++;
			return true;
		}
		if (load->head.kind == RSD_LOAD_ROWS)
			next(load);
		if (load->head.kind != RSD_LOAD_ROWS)
			return false;
		rsd_fault("loader-rows");
		rsd_load_rows_take(load->rows, (RsdLoadFormat) load->head.format,
						   load->bytes);
	}
}

/* How the values of each column are read. */
static RsdLoadReading *
find_readings(const RsdLoadColumn *columns, int ncolumns, bool empty_as_null)
{
	RsdLoadReading *readings = palloc(sizeof(RsdLoadReading) * ncolumns);

	for (int i = 0; i < ncolumns; i++)
	{
		readings[i].name = columns[i].name;
		readings[i].hex = strcmp(columns[i].type_name, "varbyte") == 0;
		readings[i].csv = rsd_csv_kind(columns[i].type_name,
									   columns[i].not_null, empty_as_null);
	}
	return readings;
}

/* The target that TARGET names. */
static RsdTarget *
take_target(const Load *load)
{
	RsdTarget  *target = palloc0(sizeof(RsdTarget));

	target->name = pnstrdup(load->bytes.data, load->bytes.len);
	target->oid = load->head.target;
	target->mode = (RsdTargetMode) load->head.mode;
	target->by_position = load->head.by_position ||
		target->mode == RSD_TARGET_CREATE;
	return target;
}

/*
 * Locks, empties or makes a target.  A part before may have done so: then its
 * rows stay, and those of this one come to them.
 */
static void
open_target(Load *load, RsdTarget *target, const RsdLoadColumn *columns,
			int ncolumns)
{
	RsdTarget  *sent = palloc(sizeof(RsdTarget));
	ListCell   *lc;

	foreach(lc, load->opened)
	{
		const RsdTarget *other = lfirst(lc);

		if (OidIsValid(target->oid) ? other->oid != target->oid :
			other->mode != RSD_TARGET_CREATE ||
			strcmp(other->name, target->name) != 0)
			continue;
		target->oid = other->oid;
		return;
	}
	*sent = *target;
	rsd_load_target_open(target, target->mode, columns, ncolumns);
	sent->oid = target->oid;
	load->opened = lappend(load->opened, sent);
}

/* All rows of the part must have come here. */
static void
check_count(const Load *load)
{
	if (load->head.kind != RSD_LOAD_PART || load->taken != load->head.nrows)
		ereport(ERROR,
				errcode(ERRCODE_DATA_EXCEPTION),
				errmsg("the result has %lld rows, but %lld were given to the loader",
					   (long long) load->head.nrows, (long long) load->taken));
}

/*
 * One part: TARGET is in hand, COLUMNS, ROWS and PART follow.  Afterwards the
 * next message is.
 */
static void
load_part(Load *load, RsdLoadedPart *out)
{
	RsdTarget  *target = take_target(load);
	bool		empty_as_null = load->head.empty_as_null;
	RsdLoadColumn *columns;
	List	   *names;
	int			ncolumns;

	load->part = load->head.part;
	load->taken = 0;
	memset(&load->place, 0, sizeof(load->place));
	next(load);
	ncolumns = rsd_load_columns(load->bytes, &columns);
	open_target(load, target, columns, ncolumns);
	names = rsd_load_target_match(target, target->by_position, columns,
								  ncolumns);
	load->rows = rsd_load_rows_make(ncolumns,
									find_readings(columns, ncolumns,
												  empty_as_null));
	next(load);
	if (load->head.kind == RSD_LOAD_ROWS)
		rsd_load_rows_take(load->rows, (RsdLoadFormat) load->head.format,
						   load->bytes);
	out->rows_loaded = rsd_load_copy(target->oid, names, load->rows, next_row,
									 load, &load->place);
	check_count(load);
	out->part = load->part;
	out->pages = load->head.pages;
	out->rows = load->head.nrows;
	load->part = 0;
	next(load);
}

/* What was done so far is seen by what comes next. */
static void
new_snapshot(void)
{
	CommandCounterIncrement();
	PopActiveSnapshot();
	PushActiveSnapshot(GetTransactionSnapshot());
}

static void
run_then_sql(Load *load)
{
	char	   *sql = pnstrdup(load->bytes.data, load->bytes.len);
	int			rc;

	load->place.then_sql = true;
	rc = SPI_execute(sql, false, 0);
	if (rc < 0)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("then_sql cannot be run: %s", SPI_result_code_string(rc)),
				errhint("It may hold any statements but those that control transactions and COPY to or from the client."));
	load->place.then_sql = false;
}

/* SET CONSTRAINTS ALL IMMEDIATE: not later, when our own rows are locked. */
static void
fire_deferred(void)
{
	new_snapshot();
	AfterTriggerSetState(makeNode(ConstraintsSetStmt));
	new_snapshot();
}

/* END is in hand: it says what the statement ends as. */
static void
take_end(const Load *load, RsdLoaded *loaded)
{
	loaded->statement = load->statement;
	loaded->status = (RsdStatus) load->head.status;
	loaded->error = load->bytes;
	loaded->finished = load->head.finished;
	loaded->failed = load->head.failed;
	loaded->pages = load->head.pages;
	loaded->rows = load->head.nrows;
	loaded->notify = load->head.notify;
}

/* In the transaction; a message is in hand. */
static void
run(void *arg)
{
	Load	   *load = arg;
	RsdLoaded  *loaded = palloc0(sizeof(RsdLoaded));

	while (load->head.kind != RSD_LOAD_END)
	{
		if (load->head.kind == RSD_LOAD_TARGET)
		{
			load_part(load, &loaded->parts[loaded->nparts++]);
			new_snapshot();
		}
		else
		{
			run_then_sql(load);
			next(load);
		}
	}
	take_end(load, loaded);
	fire_deferred();
	rsd_fault("loader-before-final");
	load->held = !rsd_store_loaded(loaded);
	if (load->held)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_IN_USE),
				errmsg("the statement's row is held, or not loading any more"));
	load->announced = true;
	rsd_fault("loader-before-commit");
}

/*
 * Will it pass by itself?  Locks are for others to give back, so they are
 * waited for however long it takes.
 */
static RsdLoadState
judge(const Load *load, const ErrorData *error, RsdLoadVerdict *verdict)
{
	int			class = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	verdict->wait = RSD_WAIT_BACKOFF;
	if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
	{
		verdict->wait = RSD_WAIT_TARGET_LOCK;
		verdict->no_limit = true;
		return RSD_LOAD_AGAIN;
	}
	if (load->broken || load->held)
	{
		verdict->no_limit = true;
		return RSD_LOAD_AGAIN;
	}
	if (load->announced &&
		error->sqlerrcode == ERRCODE_PROGRAM_LIMIT_EXCEEDED)
	{
		verdict->mute = true;
		return RSD_LOAD_AGAIN;
	}
	return class == ERRCODE_TO_CATEGORY(ERRCODE_TRANSACTION_ROLLBACK) ||
		class == ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES) ?
		RSD_LOAD_AGAIN : RSD_LOAD_FAILED;
}

/* Row and column first, then what PostgreSQL says. */
static void
describe(const Load *load, const ErrorData *error, RsdLoadVerdict *verdict)
{
	const RsdLoadPlace *place = &load->place;
	StringInfoData words;

	initStringInfo(&words);
	if (place->then_sql)
		appendStringInfoString(&words, "then_sql: ");
	else if (place->row > 0)
	{
		appendStringInfo(&words, "row %lld", (long long) place->row);
		if (place->column[0] != '\0')
			appendStringInfo(&words, ", column \"%s\"", place->column);
		appendStringInfoString(&words, ": ");
	}
	appendStringInfoString(&words, error->message);
	if (error->detail != NULL)
		appendStringInfo(&words, " DETAIL: %s", error->detail);
	if (error->hint != NULL)
		appendStringInfo(&words, " HINT: %s", error->hint);
	words.data[pg_mbcliplen(words.data, words.len,
							(int) sizeof(verdict->error) - 1)] = '\0';
	strlcpy(verdict->error, words.data, sizeof(verdict->error));
	verdict->part = load->part;
	strlcpy(verdict->sqlstate, unpack_sql_state(error->sqlerrcode),
			sizeof(verdict->sqlstate));
}

RsdLoadState
rsd_load_run(RsdLoadRing *ring, int64 statement, RsdLoadVerdict *verdict)
{
	Load		load = {.ring = ring, .statement = statement};
	ErrorData  *error;

	/* No transaction before there is something to do in it. */
	if (rsd_load_ring_receive(ring, rsd_guc()->load_stall_timeout,
							  &load.head, &load.bytes) != RSD_LOAD_GOT)
	{
		verdict->wait = RSD_WAIT_BACKOFF;
		verdict->no_limit = true;
		strlcpy(verdict->error, "no rows came", sizeof(verdict->error));
		return RSD_LOAD_AGAIN;
	}
	error = rsd_txn_run(run, &load);
	if (error == NULL)
		return RSD_LOAD_COMMITTED;
	describe(&load, error, verdict);
	return judge(&load, error, verdict);
}
