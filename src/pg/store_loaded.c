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

	rsd_arg_int8(&args, loaded->statement);
	rsd_arg_int4(&args, loaded->pages);
	rsd_arg_int8(&args, loaded->rows);
	rsd_arg_count(&args, loaded->has_target ? loaded->rows_loaded : -1);
	if (rsd_store_run(RSD_SQL_LOADED, &args) != 1)
		return false;
	rsd_row_open(&row, 0);
	*channel = rsd_row_text(&row);
	*label = rsd_row_text(&row);
	return true;
}

static void
write_part(const RsdLoaded *loaded)
{
	RsdArgs		args = {0};

	rsd_arg_int8(&args, loaded->statement);
	rsd_arg_int4(&args, loaded->part);
	rsd_arg_int4(&args, loaded->pages);
	rsd_arg_int8(&args, loaded->rows);
	rsd_arg_count(&args, loaded->has_target ? loaded->rows_loaded : -1);
	rsd_store_run(RSD_SQL_LOADED_PART, &args);
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
		write_part(loaded);
		if (loaded->notify)
			rsd_store_announce(loaded->statement, RSD_FINISHED, 1, 0, channel,
							   label);
	}
	rsd_caller_down(&caller);
	return done;
}
