/*
 * store_loaded.c
 *	  The final status of a statement, written by its loader.
 *
 * The one place where the loader has other rights than the submitter's: for
 * these queries only, with search_path pinned.  The worker has written
 * everything else of the row before it gave the word to commit, and writes
 * nothing after.
 */
#include "postgres.h"

#include "pg/caller.h"
#include "pg/store_loaded.h"
#include "pg/store_record.h"
#include "pg/store_sql.h"

static bool
write_row(const RsdLoaded *loaded, char **channel, char **label)
{
	RsdArgs		args = {0};
	RsdRow		row;
	int64		rows_loaded = 0;

	for (int i = 0; i < loaded->nparts; i++)
		rows_loaded += loaded->parts[i].rows_loaded;
	rsd_arg_int8(&args, loaded->statement);
	rsd_arg_int4(&args, loaded->pages);
	rsd_arg_int8(&args, loaded->rows);
	rsd_arg_count(&args, loaded->nparts > 0 ? rows_loaded : -1);
	rsd_arg_text(&args, rsd_status_name(loaded->status));
	rsd_arg_utf8(&args, loaded->error.len == 0 ? NULL :
				 pnstrdup(loaded->error.data, loaded->error.len));
	if (rsd_store_run(RSD_SQL_LOADED, &args) != 1)
		return false;
	rsd_row_open(&row, 0);
	*channel = rsd_row_text(&row);
	*label = rsd_row_text(&row);
	return true;
}

static void
write_part(int64 statement, const RsdLoadedPart *part)
{
	RsdArgs		args = {0};

	rsd_arg_int8(&args, statement);
	rsd_arg_int4(&args, part->part);
	rsd_arg_int4(&args, part->pages);
	rsd_arg_int8(&args, part->rows);
	rsd_arg_int8(&args, part->rows_loaded);
	rsd_store_run(RSD_SQL_LOADED_PART, &args);
}

/* The parts: those with a target, and those whose rows are kept. */
static void
write_parts(const RsdLoaded *loaded)
{
	RsdArgs		rest = {0};
	RsdArgs		kept = {0};

	for (int i = 0; i < loaded->nparts; i++)
		write_part(loaded->statement, &loaded->parts[i]);
	rsd_arg_int8(&rest, loaded->statement);
	rsd_store_run(RSD_SQL_FINISHED_PARTS, &rest);
	rsd_arg_int8s(&kept, &loaded->statement, 1);
	rsd_store_run(RSD_SQL_KEEP, &kept);
}

bool
rsd_store_loaded(const RsdLoaded *loaded)
{
	RsdCaller	caller;
	char	   *channel;
	char	   *label;
	bool		done;

	rsd_caller_up(&caller);
	rsd_store_lock();
	done = write_row(loaded, &channel, &label);
	if (done)
	{
		write_parts(loaded);
		if (loaded->notify)
			rsd_store_announce(loaded->statement, loaded->status,
							   loaded->finished, loaded->failed, channel,
							   label);
	}
	rsd_caller_down(&caller);
	return done;
}
