/*
 * workerfuncs.c
 *	  rsdata_worker_status: the workers of all databases, for pg_monitor.
 *
 * Shows what shared memory holds at one moment; who may call it is a matter
 * of GRANT.
 */
#include "postgres.h"

#include "commands/dbcommands.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "pg/compat.h"
#include "pg/shmem.h"

RSD_FUNCTION(rsdata_worker_status);

#define COLUMNS 13

/* One row as it is filled from left to right. */
typedef struct StatusRow
{
	int			n;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];
} StatusRow;

static void
put(StatusRow *row, bool present, Datum value)
{
	Assert(row->n < COLUMNS);
	row->nulls[row->n] = !present;
	row->values[row->n++] = value;
}

static void
put_time(StatusRow *row, TimestampTz time)
{
	put(row, time != 0 && time != DT_NOEND, TimestampTzGetDatum(time));
}

/* The name of a database; one that is gone has none. */
static void
put_database(StatusRow *row, Oid database)
{
	char	   *name = get_database_name(database);

	put(row, name != NULL, name == NULL ? (Datum) 0 :
		DirectFunctionCall1(namein, CStringGetDatum(name)));
}

static void
fill_row(StatusRow *row, const RsdSlotInfo *info)
{
	row->n = 0;
	put_database(row, info->database);
	put(row, info->pid != 0, Int32GetDatum(info->pid));
	put(row, true, CStringGetTextDatum(rsd_worker_state_name(info->state)));
	put_time(row, info->started_at);
	put_time(row, info->idle_since);
	put_time(row, info->wanted_since);
	put_time(row, info->next_due);
	put_time(row, info->not_before);
	put(row, true, Int32GetDatum(info->in_flight));
	put(row, true, Int32GetDatum(info->failures));
	put(row, true, Int64GetDatum(info->starts));
	put_time(row, info->last_error_at);
	put(row, info->last_error[0] != '\0', CStringGetTextDatum(info->last_error));
	Assert(row->n == COLUMNS);
}

/* rsdata_worker_status() returns setof record */
Datum
rsdata_worker_status(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	RsdSlotInfo *slots;
	StatusRow	row;
	int			max = rsd_shmem_slot_count();
	int			n;

	InitMaterializedSRF(fcinfo, 0);
	slots = palloc(sizeof(RsdSlotInfo) * Max(max, 1));
	n = rsd_shmem_snapshot(slots, max);
	for (int i = 0; i < n; i++)
	{
		fill_row(&row, &slots[i]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc,
							 row.values, row.nulls);
	}
	return (Datum) 0;
}
