/*
 * store_session.c
 *	  Sessions by name: rsdata.session.
 *
 * A row is the worker's guess about something that lives at the service;
 * decides nothing (session.c does).
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/memutils.h"

#include "pg/session.h"
#include "pg/store_session.h"
#include "pg/store_sql.h"

/* The service ends each session after a day. */
#define SESSION_LIFE		USECS_PER_DAY

static void
add_key(RsdArgs *args, const RsdLive *live)
{
	rsd_arg_oid(args, live->server);
	rsd_arg_oid(args, live->owner);
	rsd_arg_text(args, live->session);
}

void
rsd_store_read_session(RsdLive *live)
{
	RsdArgs		args = {0};
	RsdRow		row;
	MemoryContext old;

	add_key(&args, live);
	if (rsd_store_run(RSD_SQL_SESSION, &args) == 0)
		return;
	rsd_row_open(&row, 0);
	strlcpy(live->session_id, rsd_row_text(&row), sizeof(live->session_id));
	old = MemoryContextSwitchTo(live->cx);
	live->session_place = rsd_row_text(&row);
	MemoryContextSwitchTo(old);
	live->session_expires = rsd_row_time(&row);
	live->session_keep_alive = rsd_row_int4(&row, 0);
	live->session_refused = rsd_row_int4(&row, 0);
}

/* While a statement runs its session stays; then its time begins anew. */
static void
keep_session(const RsdLive *live)
{
	RsdArgs		args = {0};
	int64		accepted = live->m.accepted_at;
	int64		expires = accepted + SESSION_LIFE;

	if (rsd_status_is_final(live->m.status))
		expires = live->finished_at + live->keep_alive * USECS_PER_SEC;
	add_key(&args, live);
	rsd_arg_text(&args, live->aws_session_id);
	rsd_arg_text(&args, rsd_session_place(live->route));
	rsd_arg_time(&args, accepted);
	rsd_arg_time(&args, expires);
	rsd_arg_int4(&args, live->keep_alive);
	rsd_store_run(RSD_SQL_KEEP_SESSION, &args);
}

void
rsd_store_record_session(const RsdLive *live)
{
	RsdArgs		args = {0};

	if (live->session_lost)
	{
		add_key(&args, live);
		rsd_store_run(RSD_SQL_DROP_SESSION, &args);
	}
	else if (live->session_refused > 0)
	{
		add_key(&args, live);
		rsd_arg_int4(&args, live->session_refused);
		rsd_store_run(RSD_SQL_REFUSED_SESSION, &args);
	}
	if (live->m.accepted_at != 0 && live->aws_session_id[0] != '\0' &&
		live->keep_alive > 0)
		keep_session(live);
}

void
rsd_store_old_sessions(int64 now)
{
	RsdArgs		args = {0};

	rsd_arg_time(&args, now - SESSION_LIFE);
	rsd_store_run(RSD_SQL_OLD_SESSIONS, &args);
}
